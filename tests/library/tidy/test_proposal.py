"""The tidy pass: what it finds, what it leaves alone, and that each step keeps what functions give; git, sandbox."""

import json
from pathlib import Path

import pytest
from program import Console, Program

from coder.cli.main import main
from library.evidence.usage import usage
from library.examples.example import parse_example
from library.sandbox import Sandbox
from library.source.function import parse
from library.store import Library
from library.suite.suite import Suite
from library.tidy.proposal import Checked, Dropped, Proposal, Tidy
from library.tidy.recurring_parts import recurring
from library.tidy.step import TidyStep, done
from memory.store import Memory

SLUGS = '''def slugify(text: str) -> str:
    """Lower-case words joined by dashes."""
    words = text.lower().split()
    return "-".join(words)


def make_slug(title: str) -> str:
    """A slug of a title."""
    parts = title.lower().split()
    return "-".join(parts)


def page(title: str) -> str:
    """The path of a page."""
    return "/" + make_slug(title) + "/"
'''
RATES = '''def vat_19(price: float) -> float:
    """The price with 19%."""
    return round(price * 1.19, 2)


def vat_7(net: float) -> float:
    """The price with 7%."""
    return round(net * 1.07, 2)
'''
WORDS = '''def long_words(text: str) -> list[str]:
    """Words of more than three letters."""
    kept = []
    for word in text.split():
        bare = word.strip(".,;!?").lower()  # what stands around a word is none of it
        if bare and bare not in kept:
            kept.append(bare)
    return [word for word in kept if len(word) > 3]


def first_word(text: str, default: str = "") -> str:
    """The first word in the order of letters."""
    if not text:
        return default
    seen = []
    for part in text.split():
        name = part.strip(".,;!?").lower()
        if name and name not in seen:
            seen.append(name)
    return min(seen, default=default)
'''
SPELLED = '''def mean(values: list[float]) -> float:
    """The mean of some numbers, 0.0 of none."""
    return sum(values) / len(values) if len(values) > 0 else 0.0


def spread(numbers: list[float]) -> float:
    """How far the largest is from the mean."""
    middle = sum(numbers) / len(numbers) if len(numbers) > 0 else 0.0
    return max(numbers, default=0.0) - middle
'''


def library_of(folder: Path, code: str, *examples: str) -> Library:
    library = Library(Memory(folder))
    library.save(library.plan_save(code), "a library")
    for example in examples:
        parsed = parse_example(example)
        name = parsed.call.split("(")[0]
        source = library.get(name)
        assert source is not None
        library.save(library.plan_save(source.source, examples=[parsed], name=name, replace=True), f"test {name}")
    return library


def propose(library: Library, sandbox: Sandbox, *, remove: bool = False) -> tuple[Tidy, Proposal]:
    work = Tidy(library, sandbox, remove)
    return work, work.propose()


def only(found: Proposal) -> Checked:
    assert [one.step.title for one in found.steps] == [found.steps[0].step.title], found.dropped
    return found.steps[0]


def test_of_two_that_say_the_same_one_calls_the_other_and_both_names_stay(tmp_path: Path, sandbox: Sandbox) -> None:
    library = library_of(tmp_path, SLUGS, "slugify('A b') == 'a-b'", "slugify('') == ''", "make_slug('X  y') == 'x-y'")
    work, found = propose(library, sandbox)
    one = only(found)
    assert one.step.title == "make_slug says the same as slugify: make_slug calls it"
    assert (one.tests, one.step.proved) == (1, True), "those of the one that stays cannot change"
    assert one.calls > 20
    done = work.keep(found.steps, "tidy")
    assert done.sha
    assert done.impact.red == ()
    text = Library(library.memory).source()
    assert 'def make_slug(title: str) -> str:\n    """A slug of a title."""\n    return slugify(title)\n' in text
    assert 'return "/" + slugify(title) + "/"' in text, "its caller calls the one that stays"


def test_what_gives_the_same_in_another_way_is_shown_as_no_more_than_tried(tmp_path: Path, sandbox: Sandbox) -> None:
    code = (
        'def total(xs: list[int]) -> int:\n    """Sum."""\n    return sum(xs)\n\n\n'
        'def add_up(ys: list[int]) -> int:\n    """All together."""\n    if not ys:\n        return 0\n'
        "    return ys[0] + add_up(ys[1:])\n"
    )
    one = only(propose(library_of(tmp_path, code), sandbox)[1])
    assert "add_up gives the same as total on all" in one.step.title
    assert not one.step.proved


def test_private_duplicates_go_and_public_ones_only_if_the_person_says_so(tmp_path: Path, sandbox: Sandbox) -> None:
    code = SLUGS.replace("make_slug", "_make_slug")
    library = library_of(tmp_path / "private", code, "page('A b') == '/a-b/'")
    work, found = propose(library, sandbox)
    work.keep(found.steps, "tidy")
    assert "_make_slug" not in library.source()
    assert 'return "/" + slugify(title) + "/"' in library.source()
    library = library_of(
        tmp_path / "public", SLUGS, "slugify('A b') == 'a-b'", "slugify('') == ''", "make_slug('C') == 'c'"
    )
    work, found = propose(library, sandbox, remove=True)
    assert list(only(found).step.instead) == ["make_slug"]
    assert work.keep(found.steps, "tidy").sha
    assert "make_slug" not in library.source()
    assert "assert slugify('C') == 'c'" in library.tests(), "its tests are kept, of the one that stays"


def test_functions_that_differ_in_a_literal_become_calls_of_one_with_a_parameter(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    library = library_of(tmp_path, RATES, "vat_19(100.0) == 119.0", "vat_7(100.0) == 107.0")
    work, found = propose(library, sandbox)
    one = only(found)
    assert one.step.kind == "general"
    assert work.keep(found.steps, "tidy").sha
    text = library.source()
    assert "def vat(price: float, factor: float) -> float:" in text
    assert "return vat(price, 1.19)" in text
    assert "return vat(net, 1.07)" in text
    assert propose(Library(library.memory), sandbox)[1].steps == (), "nothing is left to do"


def test_a_run_of_statements_that_two_have_becomes_a_private_function(tmp_path: Path, sandbox: Sandbox) -> None:
    library = library_of(tmp_path, WORDS, "long_words('To be, or not to be: that') == ['that']")
    work, found = propose(library, sandbox)
    one = only(found)
    assert one.step.added == "_kept"
    assert work.keep(found.steps, "tidy").sha
    text = library.source()
    assert "# what stands around a word is none of it" in text
    assert text.count(".strip(") == 1
    assert "    kept = _kept(text)\n    return [word for word in kept" in text
    assert "    seen = _kept(text)\n    return min(seen, default=default)" in text


def test_an_expression_that_another_function_is_becomes_a_call_of_it(tmp_path: Path, sandbox: Sandbox) -> None:
    library = library_of(tmp_path, SPELLED, "spread([1.0, 3.0]) == 1.0")
    one = only(propose(library, sandbox)[1])
    assert one.step.title == "spread spells out what mean does: call it"
    assert "+    middle = mean(numbers)" in one.change.diff


@pytest.mark.parametrize(
    "why",
    [
        # a name that is read later must come back, a name that may not be there must not be handed in
        "if {n} > 2:\n        extra = {n} * {n} + {n} - 7\n    total = sum({n} * k + extra for k in range({n}))",
        # a function that is made here reads its name later
        "made = [lambda: {n} + k for k in range({n} * {n} + 7)]\n    {n} = {n} + 1",
        # what comes later from a generator
        "rows = (k * {n} + {n} // 7 - k for k in range({n} + {n}))\n    {n} = {n} + 1",
        # it leaves the loop around it
        "for k in range({n}):\n        if k * k + {n} > 40 and {n} % 3 != k % 2:\n            break\n        print(k)",
        # it looks at its own frame
        "held = len(locals()) + {n} * {n} - {n} // 7 + {n}",
        # it yields
        "yield {n} * {n} + {n} // 7 - {n} % 5 + {n}",
    ],
)
def test_what_cannot_be_moved_safely_is_moved_right_or_not_at_all(why: str, tmp_path: Path, sandbox: Sandbox) -> None:
    body = "def {f}(a: int, n: int) -> int:\n    n = n % 9\n    {why}\n    return a + n\n"
    code = "\n\n".join(
        body.format(f=f, why=why.format(n="n")).replace("return a + n", end)
        for f, end in (("one", "return a + n"), ("two", "return (a - n, n)"))
    )
    found = propose(library_of(tmp_path, code), sandbox)[1]
    assert found.dropped == (), "what cannot hold is not even proposed"


def test_a_step_that_does_not_hold_is_left_out_and_said_so(tmp_path: Path, sandbox: Sandbox) -> None:
    library = library_of(tmp_path, RATES, "vat_19(100.0) == 119.0")
    parsed = parse(library.source())
    piece = parsed.definition("vat_7")
    assert piece is not None
    wrong = TidyStep("shared", "wrong", {"vat_7": piece.text.replace("1.07", "1.08")}, {"vat_7": piece.text})
    found = Tidy(library, sandbox).check(wrong)
    assert isinstance(found, Dropped)
    assert "vat_7(" in found.why


def test_what_has_neither_tests_nor_calls_that_can_be_made_is_left_alone(tmp_path: Path, sandbox: Sandbox) -> None:
    head = 'def {}({}: str) -> str:\n    """Text."""\n'
    body = "    with open({}) as file:\n        return file.read().strip()\n"
    code = "\n\n".join(head.format(*names) + body.format(names[1]) for names in (("one", "path"), ("two", "name")))
    found = propose(library_of(tmp_path, code), sandbox)[1]
    assert found.steps == ()
    assert "nothing to check" in found.dropped[0].why


def test_steps_touch_no_function_twice_so_that_any_can_be_taken_alone(tmp_path: Path, sandbox: Sandbox) -> None:
    library = library_of(tmp_path, "\n\n".join((SLUGS, RATES, WORDS, SPELLED)))
    work, found = propose(library, sandbox)
    touched = [name for one in found.steps for name in one.step.texts]
    assert len(found.steps) == 4
    assert len(touched) == len(set(touched))
    assert work.keep([found.steps[2], found.steps[0]], "two of them").sha
    assert parse(library.source())
    assert len(propose(Library(library.memory), sandbox)[1].steps) == 2


def test_a_function_that_changed_meanwhile_is_not_written_over(tmp_path: Path, sandbox: Sandbox) -> None:
    library = library_of(tmp_path, RATES)
    work, found = propose(library, sandbox)
    other = Library(library.memory)
    new = RATES.split("\n\n\n")[1].replace("1.07", "1.05")
    other.save(other.plan_save(new, replace=True), "a new rate")
    with pytest.raises(Exception, match="changed meanwhile"):
        work.keep(found.steps, "tidy")
    assert "1.05" in library.source()
    assert "factor" not in library.source()


def test_evidence_follows_the_new_text(tmp_path: Path, sandbox: Sandbox) -> None:
    library = library_of(tmp_path, RATES, "vat_7(100.0) == 107.0")
    function = library.get("vat_7")
    assert function is not None
    evidence: dict[str, object] = {
        "name": "vat_7",
        "digest": function.digest,
        "when": "2026-01-01T00:00:00Z",
        "results": [],
    }
    library.memory.write({"evidence/vat_7.json": json.dumps(evidence)}, "evidence", kind="edit")
    work, found = propose(library, sandbox)
    assert work.keep(found.steps, "tidy").sha
    now = library.get("vat_7")
    assert now is not None
    assert json.loads(library.memory.read("evidence/vat_7.json"))["digest"] == now.digest != function.digest


def test_helpers_and_imports_that_nothing_needs_any_more_go_too() -> None:
    code = (
        "import re\n\n\ndef _words(text):\n    return re.findall('a', text)\n\n\n"
        "def a(text):\n    return len(text)\n\n\ndef b(text):\n    return len(_words(text))\n"
    )
    parsed = parse(code)
    piece = parsed.definition("b")
    assert piece is not None
    step = TidyStep("duplicate", "", {"b": "def b(text):\n    return a(text)\n"}, {"b": piece.text}, above="a")
    spliced, _ = done(parsed, Suite(parse("")), [step])
    assert spliced.text == "def a(text):\n    return len(text)\n\n\ndef b(text):\n    return a(text)\n"


def test_a_big_library_is_looked_through_without_running_anything() -> None:
    code = "\n\n".join(f"def f{n}(x: int) -> int:\n    return x * {n} + len(str(x)) % {n + 2}\n" for n in range(2000))
    groups = recurring(parse(code))
    assert groups
    assert max(map(len, groups)) < 100


# -- the command


def run(library: Library, *words: str) -> int:
    return main(["library", "tidy", "--library", str(library.memory.root), *words])


def test_without_a_terminal_it_only_shows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    library = library_of(tmp_path, RATES)
    before = library.source()
    assert run(library) == 0
    said = capsys.readouterr().out
    assert "1. vat_19 and vat_7 differ only in 1.19 and 1.07: one vat with factor, which they call" in said
    assert "+    return vat(price, 1.19)" in said
    assert "--yes takes all" in said
    assert run(library, "--yes", "--dry-run") == 0
    assert library.source() == before


def test_yes_saves_one_commit_that_undo_takes_back(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    library = library_of(tmp_path, "\n\n".join((RATES, SPELLED)), "vat_7(100.0) == 107.0")
    before, commits = library.source(), len(library.memory.history())
    assert run(library, "--yes") == 0
    assert "2 steps, 1 test green" in capsys.readouterr().out
    assert len(library.memory.history()) == commits + 1
    assert "middle = mean(numbers)" in library.source()
    assert main(["undo", "--yes", "--library", str(tmp_path)]) == 0
    assert library.source() == before


def test_some_steps_can_be_taken_by_number(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    library = library_of(tmp_path, "\n\n".join((RATES, SPELLED)))
    assert run(library, "--yes", "--steps", "2") == 0
    assert ("factor" in library.source(), "mean(numbers)" in library.source()) == (False, True)
    assert run(library, "--yes", "--steps", "7") == 2
    assert "There are steps 1 to 1" in capsys.readouterr().err


def test_json_tells_steps_for_programs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    library = library_of(tmp_path, RATES)
    assert run(library, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert [(step["number"], step["kind"], step["functions"], step["added"]) for step in told["steps"]] == [
        (1, "general", ["vat_19", "vat_7"], "vat")
    ]
    assert (told["taken"], told["commit"]) == ([], "")
    assert run(library, "--json", "--yes") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["taken"] == [1]
    assert library.memory.history()[0].sha == told["commit"]


def test_where_nothing_is_to_do_it_says_so_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(library_of(tmp_path / "lib", RATES.split("\n\n\n")[0])) == 0
    assert capsys.readouterr().out == "Nothing to tidy in 1 function.\n"
    assert run(Library(Memory(tmp_path / "none"))) == 0
    assert capsys.readouterr().out == "Nothing to tidy in 0 functions.\n"
    assert not (tmp_path / "none").exists()


def test_at_a_terminal_the_person_names_the_new_function_and_picks(tmp_path: Path) -> None:
    program = Program(tmp_path / "work")
    library = library_of(program.library, "\n\n".join((RATES, SPELLED)))
    with Console(program, "library", "tidy") as console:
        console.wait_for("Take which?")
        console.type("1=with_rate\r")
        console.wait_for("one with_rate with factor")
        console.type("1=mean\r")
        console.wait_for("is taken")
        console.type("1\r")
        console.wait_for("coder undo takes it back")
    assert "return with_rate(price, 1.19)" in library.source()
    assert "mean(numbers)" not in library.source()


def test_calls_that_the_tidy_pass_wrote_are_no_reuse_and_are_told_apart(tmp_path: Path, sandbox: Sandbox) -> None:
    library = library_of(tmp_path, SLUGS, "slugify('A b') == 'a-b'", "make_slug('X  y') == 'x-y'", "page('A') == '/a/'")
    work, found = propose(library, sandbox)
    done = work.keep(found.steps, "tidy: 1 step")
    assert done.sha, done.impact.red
    rows = {row.name: row for row in usage(Library(library.memory))}
    assert rows["make_slug"].callers == {}
    assert set(rows["make_slug"].tidied) == {"slugify"}
