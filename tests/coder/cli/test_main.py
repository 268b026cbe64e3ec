"""The command line as a process: what is printed where, which exit code, what is refused and how it is said."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from openai_server import Nature, OpenAIServer
from program import GOAL, Console, Program, healthy

from coder.run.events import KINDS
from memory.git.trust import take_in

HEAVY = {"openai", "rich", "git", "langchain_core", "tiktoken", "yaml", "pytest", "httpx", "pydantic", "griffe"}
DEMO = "parse ISO 8601 durations such as P3DT4H30M into seconds"


@pytest.fixture
def coder(tmp_path: Path) -> Program:
    """The command in an empty folder, begun as a person begins it: here it counts what a fresh process does."""
    return Program(tmp_path / "work")


@pytest.fixture(scope="module")
def after_demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder where the demo has filled the library once."""
    program = Program(tmp_path_factory.mktemp("filled") / "work")
    assert program("demo", "--yes", "--library", "lib").code == 0
    return program.library


@pytest.fixture
def filled(coder: Program, after_demo: Path) -> Program:
    """The command in a folder whose library holds what the demo saved."""
    shutil.copytree(after_demo, coder.library)
    take_in(coder.library)  # it was made by somebody with another home
    return coder


def refused(done: object, *words: str) -> None:
    """Exit code 2, one message without a traceback that says all these words, nothing on standard output."""
    assert "Traceback" not in getattr(done, "err", "")
    assert (getattr(done, "code", 0), getattr(done, "out", "")) == (2, "")
    for word in words:
        assert word in getattr(done, "err", "")


# -- nothing heavy ----------------------------------------------------------------------------------------------------


def test_version_is_one_line(coder: Program) -> None:
    for word in ("--version", "-V"):
        done = coder(word)
        assert (done.code, done.err) == (0, "")
        assert done.out.startswith("coder 0.")
        assert done.out.count("\n") == 1


@pytest.mark.parametrize(
    "words", ["--version", "--help", "run --help", "library show --help", "completion bash", "--nope"]
)
def test_help_and_the_like_import_nothing_heavy(coder: Program, words: str) -> None:
    look = f"""
import sys, coder_app
sys.argv = ["coder", *{words.split()!r}]
try:
    coder_app.main()
except SystemExit:
    pass
heavy = {HEAVY!r} | {{"shtab"}} if "completion" not in sys.argv else {HEAVY!r}
print("heavy:", sorted(heavy & set(sys.modules)), file=sys.stderr)
"""
    coder.command = (sys.executable, "-c", look)
    assert "heavy: []" in coder().err


def test_help_shows_examples_and_exit_codes(coder: Program) -> None:
    done = coder("--help")
    assert done.code == 0
    for words in ("examples:", "coder resume", "exit codes:", "130 interrupted", "demo"):
        assert words in done.out


# -- what is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("", ["No goal was given."]),
        ("--nope goal", ["--nope", "coder --help"]),
        ("--max-rounds many goal", ["--max-rounds", "many"]),
        ("--max-rounds 0 --yes goal", ["max_rounds must be more than 0"]),
        ("--max-time nan --yes goal", ["max_time must be more than 0"]),
        ("--max-cost 1 --yes goal", ["the price of 'gpt-5-mini' is not set", "prices"]),
        ("goal", ["no terminal", "--yes"]),
        ("--json goal", ["--json needs --yes"]),
        ("demo", ["no terminal", "--yes"]),
        ("resume", ["The runs there are: none"]),
        ("resume --yes 3f2a", ["no run '3f2a'", "none"]),
        ("log 3f2a", ["no run '3f2a'"]),
        ("undo", ["no library yet"]),
        ("library", ["list, show, search", "path"]),
        ("library show NOPE", ["no function 'NOPE'"]),
        ("library nope", ["nope"]),
        ("replay", ["Which recording?"]),
        ("replay --yes nowhere.jsonl", ["nowhere.jsonl"]),
        ("replay --export", ["no run to export"]),
        ("completion tcsh", ["bash", "fish"]),
        ("config set modell x", ["no setting 'modell'", "base_url"]),
        ("config set max_rounds many", ["max_rounds must be a whole number", "'many'"]),
        ("config set model [", ["the value of model cannot be read", "line 2"]),
        ("config set questions !!timestamp", ["the value of questions cannot be read", "line 1"]),
        ("config get model", ["coder config set NAME VALUE"]),
        ("--sandbox L9 --yes demo", ["L9", "L3"]),
        ("--base-url nonsense --yes goal", ["nonsense"]),
    ],
)
def test_what_cannot_be_used_is_refused_in_a_sentence(coder: Program, line: str, words: list[str]) -> None:
    refused(coder(*line.split(), CODER_API_KEY="k"), *words)
    assert not coder.library.exists()


def test_a_goal_that_is_not_utf8_or_too_long_is_refused(coder: Program) -> None:
    refused(coder("--yes", "-", given=b"caf\xe9"), "UTF-8")
    refused(coder("--yes", given=b"caf\xe9", LANG="C", PYTHONUTF8="1"), "UTF-8")
    refused(coder("--yes", os.fsdecode(b"caf\xe9")), "UTF-8")
    refused(coder("--yes", "-", given="x" * 20_001), "20,001")


def test_without_a_key_five_lines_say_what_to_set(coder: Program) -> None:
    done = coder("--yes", GOAL)
    assert (done.code, done.out) == (4, "")
    lines = done.err.splitlines()
    assert lines[0].startswith("coder: No model")
    assert [word for line in lines[1:5] for word in line.split()[:2]] == [
        *("export", "CODER_API_KEY=..."),
        *("export", "CODER_MODEL=..."),
        *("export", "CODER_BASE_URL=..."),
        *("coder", "demo"),
    ]


def test_options_that_are_not_written_out_are_refused(coder: Program) -> None:
    refused(coder("--lib", "elsewhere", "library", "path"))


# -- the goal ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "given"),
    [
        (["--yes", "--json"], f"{GOAL}\n"),
        (["--json", "--yes", "-"], GOAL),
        (["run", "--yes", "--json", *GOAL.split()], "something else"),
        (["--library", "lib", "--yes", "--json", "--", GOAL], ""),
    ],
    ids=["stdin", "dash", "words", "options first"],
)
def test_the_goal_comes_from_words_or_standard_input(coder: Program, words: list[str], given: str) -> None:
    with OpenAIServer([], Nature(keys=("right",))) as server:
        coder.settings(base_url=server.url, model="test")
        done = coder(*words, given=given)
    assert done.code == 4
    assert [start["goal"] for start in done.told("start")] == [GOAL]
    assert GOAL in server.asked[0].body["messages"][-1]["content"]


def test_a_goal_is_done_unattended_and_every_line_of_json_is_an_event(coder: Program) -> None:
    with healthy() as server:
        coder.settings(base_url=server.url, model="test")
        done = coder("--yes", "--json", GOAL)
    assert (done.code, done.err) == (0, "")
    assert {row["event"] for row in done.rows} <= set(KINDS)
    told = [row["event"] for row in done.rows]
    assert told[: told.index("start")] == ["working"] * 2
    assert [event["what"] for event in done.told("working")[:2]] == ["starting", "starting the sandbox"]
    assert told[-1] == "finish"
    assert done.told("saved")[0]["names"] == ["double"]
    finish = done.told("finish")[0]
    assert (finish["status"], finish["exit_code"], finish["calls"]) == ("done", 0, 2)
    said = subprocess.run(
        ["bash", "-c", finish["usage"].replace("import double", "import double; print(double(21))")],
        capture_output=True,
        text=True,
        check=True,
        cwd=coder.folder.parent,
        env={**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
    )
    assert said.stdout == "42\n4\n", "and it shows what an example gives"


def test_a_limit_that_is_reached_ends_with_3_and_says_how_to_go_on(coder: Program) -> None:
    with healthy() as server:
        coder.settings(base_url=server.url, model="test")
        done = coder("--yes", "--max-rounds", "1", "--library", "a b", GOAL)
        assert done.code == 3
        assert "All 1 rounds are used up" in done.out
        assert f"go on with: coder resume --library '{coder.folder / 'a b'}'" in done.err
        again = coder("resume", "--yes", "--max-rounds", "9", "--library", "a b")
    assert again.code == 0
    assert len(server.asked) == 2


# -- settings ---------------------------------------------------------------------------------------------------------


def test_settings_are_written_shown_and_say_where_they_come_from(coder: Program) -> None:
    assert coder("config", "set", "max_rounds", "7").code == 0
    assert coder("config", "set", "model", "mine").code == 0
    (coder.folder / "coder.yaml").write_text("model: the project's\n")
    out = coder("config", CODER_API_KEY="sk-very-secret").out
    rows = {line.split()[0]: line for line in out.splitlines() if line.strip()}
    assert "7" in rows["max_rounds"]
    assert rows["max_rounds"].endswith("config.yaml")
    assert "the project's" in rows["model"]
    assert rows["model"].endswith("coder.yaml")
    assert rows["silence"].endswith("default")
    assert "present" in rows["key"]
    assert "secret" not in out
    assert not {"sources", "recording"} & set(rows)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("model: a\nsilence: [1\n", ["line 3"]),
        ("model: a\nmodell: b\n", ["modell", "line 2", "model"]),
        ("\n\nmax_rounds: many\n", ["max_rounds", "whole number", "line 3"]),
        ("- a\n", ["list"]),
        ("prices: {m: [1, 2]}\n", ["[input, cached, output]"]),
        ("model: caf\xe9\n".encode("latin-1"), ["cannot be read"]),
    ],
)
def test_a_bad_settings_file_is_named_with_its_line(coder: Program, text: str | bytes, words: list[str]) -> None:
    path = coder.folder / "coder.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    refused(coder("library", "path"), str(path), *words)


def test_a_project_may_not_decide_where_the_key_goes_or_what_is_run(coder: Program) -> None:
    (coder.folder / "coder.yaml").write_text("model: m\nbase_url: https://example.org/v1\n")
    refused(coder("--yes", GOAL, CODER_API_KEY="k"), "base_url", "project")


def test_setting_something_keeps_the_rest_of_the_file(coder: Program, tmp_path: Path) -> None:
    own = tmp_path / "own.yaml"
    own.write_text("model: a\nprices:\n  a: [1, 0.5, 2]\n")
    assert coder("config", "set", "silence", "2.5", CODER_CONFIG=str(own)).code == 0
    assert yaml.safe_load(own.read_text()) == {"model": "a", "prices": {"a": [1, 0.5, 2]}, "silence": 2.5}


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts_can_be_read_by_their_shells(coder: Program, shell: str, tmp_path: Path) -> None:
    done = coder("completion", shell)
    assert done.code == 0
    for word in ("library", "resume", "max-rounds", "completion"):
        assert word in done.out
    (tmp_path / "script").write_text(done.out)
    if shutil.which(shell):  # the text above was checked in any case
        subprocess.run([shell, "-n", str(tmp_path / "script")], check=True)


# -- the library ------------------------------------------------------------------------------------------------------


def test_looking_at_an_empty_library_makes_nothing(coder: Program) -> None:
    for line, words in (
        ("log", "No runs yet"),
        ("plan", "No plan yet"),
        ("library list", "0 functions"),
        ("library test", "no tests"),
        ("library path", str(coder.library)),
        ("library list --json", "[]"),
        ("log --json", ""),
    ):
        done = coder(*line.split())
        assert (done.code, done.err) == (0, "")
        assert words in done.out
    search = coder("library", "search", "roman")
    assert (search.code, search.out) == (3, "Nothing found.\n")
    assert not coder.library.exists()


def test_looking_at_a_filled_library(filled: Program) -> None:
    listed = filled("library", "list")
    assert "parse_duration(text: str) -> int\n    Return the seconds" in listed.out
    shown = filled("library", "show", "parse_duration").out
    assert "def parse_duration(text: str) -> int:" in shown
    assert "def test_parse_duration__example_1" in shown
    assert f"save parse_duration: {DEMO}" in shown
    assert "parse_duration" in filled("library", "search", "duration", "seconds").out
    assert "1 of 1 steps done" in filled("plan").out
    assert "5 passed" in filled("library", "test").out
    assert filled("library", "path").out == f"{filled.library}\n"


def test_looking_as_json(filled: Program) -> None:
    assert json.loads(filled("library", "list", "--json").out)[0]["name"] == "parse_duration"
    assert json.loads(filled("library", "search", "duration", "--json").out)[0]["signature"].startswith("parse_dur")
    shown = json.loads(filled("library", "show", "parse_duration", "--json").out)
    assert shown["source"].startswith("def parse_duration")
    assert len(shown["history"]) == 1
    tests = json.loads(filled("library", "test", "--json").out)
    assert {test["outcome"] for test in tests} == {"passed"}
    assert len(tests) == 5
    run = json.loads(filled("log", "--json").out)
    assert (run["goal"], run["status"]) == (DEMO, "done")
    effects = filled("log", run["id"], "--json").rows
    assert [effect["seq"] for effect in effects] == list(range(1, len(effects) + 1))


def test_a_name_that_is_not_there_gets_those_near_it(filled: Program) -> None:
    refused(filled("library", "show", "pars_durations"), "'pars_durations'", "Near it: parse_duration.")
    refused(filled("library", "show", "seconds_of_iso_duration"), "Near it: parse_duration.")


def test_red_tests_of_the_library_end_with_3(filled: Program) -> None:
    library = filled.library / "library.py"
    library.write_text(library.read_text().replace("* 60 + seconds", "* 61 + seconds"))
    done = filled("library", "test")
    assert done.code == 3
    assert "failed" in done.out


def test_options_may_stand_before_the_command(filled: Program) -> None:
    filled.environment["CODER_LIBRARY"] = "elsewhere"
    for line in (
        "--library lib library list",
        "library --library lib list",
        "library list --library lib",
        "--json --library=lib library list",
    ):
        assert "parse_duration" in filled(*line.split()).out
    refused(filled("--at", "abc", "library", "restore", "parse_duration", "--library", "lib"), "abc")


def test_a_reader_that_has_gone_is_no_fault(filled: Program) -> None:
    run = json.loads(filled("log", "--json").out)["id"]
    done = subprocess.run(
        ["bash", "-c", f"'{filled.command[0]}' log {run} | head -1; exit ${{PIPESTATUS[0]}}"],
        cwd=filled.folder,
        env={**filled.environment, "PYTHONUNBUFFERED": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    assert done.returncode in (0, 141)  # 0 if everything was written before head had gone
    gone = subprocess.run(
        ["bash", "-c", f"exec 3> >(:); wait $!; '{filled.command[0]}' log {run} >&3"],
        cwd=filled.folder,
        env=filled.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (gone.returncode, gone.stderr) == (141, "")


def test_closed_streams_and_a_full_disk_are_no_tracebacks(filled: Program) -> None:
    for line, code in (
        ("demo --yes --library a >&-", 0),
        ("demo --yes --library b <&-", 0),
        ("<&-", 2),
        ("library list >/dev/full", 1),
        ("library list >&- 2>&-", 0),
    ):
        done = subprocess.run(
            ["bash", "-c", f"'{filled.command[0]}' {line}"],
            cwd=filled.folder,
            env=filled.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, "Traceback" in done.stderr) == (code, False), f"{line}: {done.stderr}"


def test_undo_takes_back_the_save_once_and_says_so_in_the_log(filled: Program) -> None:
    done = filled("undo")
    assert done.code == 0
    assert "Taken back: save parse_duration" in done.out
    assert "Work on it again with: coder plan --start" in done.out
    assert "parse_duration" not in filled.text()
    assert "undo  ok  Undo: save parse_duration" in filled.text("logs_extlib.txt")
    assert filled.git("status", "--porcelain") == ""
    refused(filled("undo"), "no save that could be taken back")


def test_undo_asks_on_a_terminal(filled: Program) -> None:
    for key, left in (("n\r", True), ("\x04", True), ("y\r", False)):
        with Console(filled, "undo") as console:
            console.wait_for("Take it back? [y/N]")
            assert "save parse_duration" in console.shown
            console.type(key)
            assert console.end() == 0
        assert ("def parse_duration" in filled.text()) is left


def test_the_plan_can_be_edited_and_a_text_that_is_no_plan_is_refused(filled: Program) -> None:
    done = filled("plan", "--edit", EDITOR="sed -i s/1209600/1209601/")
    assert (done.code, done.out) == (0, "The plan is saved.\n")
    assert "1209601" in filled.text("plan_extlib.txt")
    assert filled.git("log", "-1", "--format=%s") == "plan: edited by hand\n"
    refused(filled("plan", "--edit", EDITOR="sed -i s/parse_duration(text/parse(duration(text/"), "line")
    assert "parse_duration(text" in filled.text("plan_extlib.txt")
    refused(filled("plan", "--edit", EDITOR="false"), "ended with 1")


# -- folders ----------------------------------------------------------------------------------------------------------


def test_a_library_inside_another_repository_is_one_of_its_own(coder: Program) -> None:
    outer = ["git", "-C", str(coder.folder)]
    subprocess.run([*outer, "init", "-q"], check=True, env=coder.environment)
    assert coder("demo", "--yes", "--library", "lib").code == 0
    assert (coder.library / ".git").is_dir()
    assert "save parse_duration" in coder.git("log", "--format=%s")
    said = subprocess.run([*outer, "log"], capture_output=True, text=True, check=False, env=coder.environment)
    assert "does not have any commits" in said.stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_named(coder: Program) -> None:
    coder.library.mkdir()
    coder.library.chmod(0o500)
    done = coder("demo", "--yes", "--library", "lib")
    assert done.code == 1
    assert str(coder.library) in done.err
    assert "Traceback" not in done.err


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a folder where even root can make nothing")
def test_a_folder_that_cannot_be_made_is_named(coder: Program) -> None:
    done = coder("demo", "--yes", "--library", "/proc/library")
    assert done.code == 1
    assert "/proc/library" in done.err
    assert "Traceback" not in done.err


def test_a_library_that_is_a_file_is_named(coder: Program) -> None:
    coder.library.write_text("")
    done = coder("demo", "--yes", "--library", "lib")
    assert done.code == 1
    assert str(coder.library) in done.err
    assert "Traceback" not in done.err


# -- demo and replay --------------------------------------------------------------------------------------------------


def test_the_demo_from_an_empty_folder_to_green_tests_and_a_history(coder: Program) -> None:
    done = coder("demo", "--yes")
    assert (done.code, done.err) == (0, "")
    assert [path.name for path in coder.folder.iterdir()] == ["coder-demo"]
    library = coder.folder / "coder-demo"
    assert "def parse_duration" in (library / "library.py").read_text()
    log = subprocess.run(["git", "-C", str(library), "log", "--format=%s"], capture_output=True, text=True, check=True)
    assert [line.split(":")[0] for line in reversed(log.stdout.splitlines())] == [
        "save parse_duration",
        "log",
    ]
    tests = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=library,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "5 passed" in tests.stdout


def test_a_second_demo_leaves_the_first_alone(coder: Program) -> None:
    (coder.folder / "coder-demo").mkdir()
    (coder.folder / "coder-demo" / "library.py").write_text("mine = 1\n")
    assert coder("demo", "--yes", "--json").told("finish")[0]["usage"].count("coder-demo-2") == 1
    assert (coder.folder / "coder-demo" / "library.py").read_text() == "mine = 1\n"


def test_a_demo_that_was_left_at_the_keyboard_goes_on(coder: Program) -> None:
    with Console(coder, "demo", "--library", "lib") as console:
        console.wait_for("[q]uit [?]")
        console.type("a")
        console.wait_for("[q]uit [?]")
        console.type("q")
        assert console.end() == 130
        assert "coder resume --library" in console.shown
    done = coder("resume", "--yes")
    assert done.code == 0
    assert "def parse_duration" in coder.text()


def test_an_exported_run_gives_the_same_library_when_it_is_replayed(filled: Program) -> None:
    recording = filled("replay", "--export").out
    (filled.folder / "run.jsonl").write_text(recording)
    assert str(filled.folder) not in recording
    assert filled("replay", "--yes", "run.jsonl", "--library", "again").code == 0
    assert (filled.folder / "again" / "library.py").read_text() == filled.text()


@pytest.mark.parametrize(
    ("line", "text", "words"),
    [
        (3, '{"name": "model:plan", "value', ["line 3", "not JSON"]),
        (2, "[1]", ["line 2"]),
        (2, '{"value": 1}', ["line 2", "name"]),
        (2, '{"name": "model:plan", "value": {"text": "a", "calls": [1]}}', ["line 2", "no reply of a model"]),
        (1, '{"coder": 99, "goal": "g"}', ["format 1"]),
    ],
)
def test_a_damaged_recording_is_refused_with_its_line(filled: Program, line: int, text: str, words: list[str]) -> None:
    lines = filled("replay", "--export").out.splitlines()
    lines[line - 1] = text
    (filled.folder / "run.jsonl").write_text("\n".join(lines))
    refused(filled("replay", "--yes", "run.jsonl"), "run.jsonl", *words)


# -- doctor -----------------------------------------------------------------------------------------------------------


def test_doctor_checks_what_a_run_needs_and_never_prints_the_key(coder: Program) -> None:
    with OpenAIServer([], Nature(models=("test",))) as server:
        coder.settings(base_url=server.url, model="test")
        done = coder("doctor", CODER_API_KEY="sk-very-secret")
        wrong = coder("doctor", "--json", CODER_MODEL="other")
    assert done.code == 0
    rows = {line.split()[0]: line for line in done.out.splitlines()}
    assert {"python", "git", "sandbox", "library", "key", "model"} <= set(rows)
    assert "canaries held" in rows["sandbox"]
    assert "secret" not in done.out + done.err
    assert wrong.code == 1
    found = {row["what"]: row for row in json.loads(wrong.out)}
    assert not found["model"]["ok"]
    assert "test" in found["model"]["detail"]


def test_doctor_without_a_key_says_what_is_missing(coder: Program) -> None:
    done = coder("doctor")
    assert done.code == 1
    assert "MISSING" in next(line for line in done.out.splitlines() if line.startswith("key"))


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (["resum"], "coder resume"),
        (["list"], "coder library list"),
        (["help"], "coder --help"),
        (["version"], "coder --version"),
        (["show", "slugify"], "coder library show slugify"),
        (["test"], "coder library test"),
        (["status"], "coder plan"),
        (["init"], 'coder "goal"'),
        (["--yes", "undoo"], "coder undo"),
        (["lsit"], "coder library list"),
        (["Docter"], "coder doctor"),
    ],
)
def test_a_command_misspelt_is_told_and_never_sent_as_a_goal(words: list[str], meant: str, coder: Program) -> None:
    with healthy() as server:
        done = coder(*words, CODER_BASE_URL=server.url, CODER_MODEL="test")
        assert server.asked == []
    refused(done, f"Did you mean: {meant}", "coder run")


@pytest.mark.parametrize("goal", [["fibonacci"], ["list the primes"], ["run", "list"], ["test whether it is prime"]])
def test_a_goal_of_one_word_or_with_a_word_of_ours_is_a_goal(goal: list[str], coder: Program) -> None:
    with healthy() as server:
        coder("--yes", *goal, CODER_BASE_URL=server.url, CODER_MODEL="test")
        assert server.asked
