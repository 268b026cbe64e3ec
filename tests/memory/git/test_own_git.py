"""The person's own git counts: filters, line ends, hooks, signing; and every odd kind of repository. Real git."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from memory.errors import HookRefused, MemoryFault
from memory.git import trust
from memory.git.repository import Repository
from memory.store import Memory

OLD = "KEY = 'SECRET'\n\n\ndef old():\n    return 1\n"
NEW = OLD + "\n\ndef new():\n    return 2\n"


def git(folder: Path, *words: str) -> str:
    """What the person's git says."""
    done = subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def begin(
    folder: Path, *settings: str, text: str = OLD, start: bool = True, more: dict[str, str] | None = None
) -> Memory:
    """A repository of the person's with these settings ("name=value") and a library.py in its first commit."""
    folder.mkdir(parents=True, exist_ok=True)
    git(folder, "init", "-q", "-b", "main", ".")
    for setting in ("user.name=Ann", "user.email=ann@example.org", *settings):
        git(folder, "config", *setting.split("=", 1))
    for name, content in {"library.py": text, **(more or {})}.items():
        (folder / name).write_bytes(content.encode())
    if start:
        git(folder, "add", "-A")
        git(folder, "commit", "-q", "-m", "start")
    trust.trust_git(folder)
    return Memory(folder)


def hook(memory: Memory, name: str, script: str) -> Path:
    """A hook of the person's."""
    path = memory.root / ".git" / "hooks" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    trust.trust_git(memory.root)
    return path


def titles(memory: Memory) -> list[str]:
    return [commit.title for commit in memory.history()]


def everything_kept(folder: Path) -> bytes:
    """All that lies in the object store, also what no commit names."""
    names = git(folder, "cat-file", "--batch-all-objects", "--batch-check=%(objectname) %(objecttype)").split("\n")
    blobs = [line.split()[0] for line in names if line.endswith(" blob")]
    return b"".join(
        subprocess.run(["git", "cat-file", "blob", b], cwd=folder, capture_output=True).stdout for b in blobs
    )


# -- filters and line ends

MASK = ("filter.mask.clean=sed s/SECRET/xxxx/", "filter.mask.smudge=sed s/xxxx/SECRET/")


def test_what_a_filter_masks_never_comes_into_the_history(tmp_path: Path) -> None:
    memory = begin(tmp_path, *MASK, more={".gitattributes": "*.py filter=mask\n"})
    memory.write({"library.py": NEW}, "save new", kind="save")
    memory.write({"test_library.py": "# SECRET\n"}, "save tests", kind="save")
    (tmp_path / "library.py").write_text(NEW + "# SECRET too\n")
    memory.write({"library.py": NEW}, "back", kind="edit")
    assert titles(memory) == ["back", "Edited by hand: library.py", "save tests", "save new", "start"]
    assert b"SECRET" not in everything_kept(tmp_path)
    assert git(tmp_path, "status", "--porcelain") == ""
    assert memory.read("library.py") == NEW, "the folder has it as the person reads it"
    assert memory.at("library.py", "HEAD") == NEW


def test_undo_gives_back_what_a_filter_masks(tmp_path: Path) -> None:
    memory = begin(tmp_path, *MASK, more={".gitattributes": "*.py filter=mask\n"})
    memory.write({"library.py": NEW}, "save new", kind="save")
    (tmp_path / "library.py").write_text("import re\n" + NEW)
    memory.undo()
    assert memory.read("library.py") == "import re\n" + OLD
    assert b"SECRET" not in everything_kept(tmp_path)
    assert git(tmp_path, "status", "--porcelain") == ""


def test_a_filter_that_must_work_and_does_not_refuses_the_save(tmp_path: Path) -> None:
    memory = begin(tmp_path, text="x = 1\n")
    (tmp_path / ".gitattributes").write_text("*.py filter=mask\n")
    for setting in ("filter.mask.clean=false", "filter.mask.required=true"):
        git(tmp_path, "config", *setting.split("="))
    trust.trust_git(tmp_path)
    with pytest.raises(MemoryFault, match="filter"):
        memory.write({"library.py": NEW}, "save new", kind="save", key="k")
    assert memory.read("library.py") == "x = 1\n"
    assert titles(memory) == ["start"]


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize(
    ("setting", "attributes"),
    [
        ("core.autocrlf=true", ""),
        ("core.autocrlf=input", ""),
        ("core.autocrlf=false", "*.py text eol=crlf\n"),
        ("core.autocrlf=false", "* text=auto\n"),
        ("core.eol=crlf", "* text=auto\n"),
        ("core.autocrlf=false", "*.py ident\n"),
    ],
)
def test_line_ends_are_git_s_business_and_nothing_looks_edited(
    tmp_path: Path, setting: str, attributes: str, ends: str
) -> None:
    more = {".gitattributes": attributes} if attributes else {}
    memory = begin(tmp_path, setting, text=OLD.replace("\n", ends), more=more)
    made = memory.write({"library.py": NEW.replace("\n", ends)}, "save new", kind="save")
    assert titles(memory) == ["save new", "start"]
    assert git(tmp_path, "status", "--porcelain") == ""
    assert git(tmp_path, "diff", "--numstat", "HEAD~1", "HEAD", "--", "library.py") == "4\t0\tlibrary.py\n"
    assert made is not None
    assert memory.at("library.py", made.sha) == memory.read("library.py") == NEW.replace("\n", ends)
    memory.undo()
    assert memory.read("library.py") == OLD.replace("\n", ends)
    assert git(tmp_path, "status", "--porcelain") == ""


def test_crlf_that_is_in_the_history_stays_though_git_would_convert_a_new_file(tmp_path: Path) -> None:
    memory = begin(tmp_path, "core.autocrlf=false", text=OLD.replace("\n", "\r\n"))
    git(tmp_path, "config", "core.autocrlf", "true")
    memory.write({"library.py": NEW.replace("\n", "\r\n")}, "save new", kind="save")
    assert git(tmp_path, "diff", "--numstat", "HEAD~1", "HEAD", "--", "library.py") == "4\t0\tlibrary.py\n"
    assert git(tmp_path, "status", "--porcelain") == ""


# -- hooks


REFUSING: dict[str, Callable[[Memory], object]] = {
    "pre-commit": lambda memory: hook(memory, "pre-commit", "echo no, thanks >&2; exit 1"),
    "commit-msg": lambda memory: hook(memory, "commit-msg", "echo no, thanks; exit 3"),
    "prepare-commit-msg": lambda memory: hook(memory, "prepare-commit-msg", "echo no, thanks >&2; exit 1"),
    "pre-commit that looks into the index": lambda memory: hook(
        memory, "pre-commit", "git show :library.py | grep -q new && { echo no, thanks >&2; exit 1; }; exit 0"
    ),
    "pre-commit that looks into the folder": lambda memory: hook(
        memory, "pre-commit", "if grep -q new library.py; then echo no, thanks >&2; exit 1; fi"
    ),
}


@pytest.mark.parametrize("which", REFUSING)
def test_a_hook_that_refuses_is_one_sentence_and_nothing_has_begun(tmp_path: Path, which: str) -> None:
    memory = begin(tmp_path)
    REFUSING[which](memory)
    with pytest.raises(HookRefused, match=rf"{which.split()[0]} .*'save new': no, thanks") as refusal:
        memory.write({"library.py": NEW, "test_library.py": "t\n"}, "save new", kind="save", key="k")
    assert "coder resume" in refusal.value.hint
    assert "\n" not in refusal.value.message
    assert memory.read("library.py") == OLD
    assert not (tmp_path / "test_library.py").exists()
    assert git(tmp_path, "status", "--porcelain") == ""
    assert titles(memory) == ["start"]
    (tmp_path / ".git" / "hooks" / which.split()[0]).unlink()
    made = memory.write({"library.py": NEW, "test_library.py": "t\n"}, "save new", kind="save", key="k")
    assert made is not None
    assert titles(memory) == ["save new", "start"]
    assert git(tmp_path, "status", "--porcelain") == ""


def test_hooks_of_a_folder_for_all_repositories_count(tmp_path: Path, own_home: Path) -> None:
    memory = begin(tmp_path / "library")
    (own_home / "hooks").mkdir()
    (own_home / "hooks" / "pre-commit").write_text("#!/bin/sh\necho not here >&2\nexit 1\n")
    (own_home / "hooks" / "pre-commit").chmod(0o755)
    (own_home / ".gitconfig").write_text("[core]\n\thooksPath = ~/hooks\n")
    with pytest.raises(HookRefused, match="not here"):
        memory.write({"library.py": NEW}, "save new", kind="save")
    assert titles(memory) == ["start"]


def test_an_edit_by_hand_that_a_hook_refuses_stays_as_it_is(tmp_path: Path) -> None:
    memory = begin(tmp_path)
    hook(memory, "pre-commit", "exit 1")
    (tmp_path / "library.py").write_text("mine\n")
    with pytest.raises(HookRefused, match="Edited by hand"):
        memory.write({"library.py": NEW}, "save new", kind="save")
    assert memory.read("library.py") == "mine\n"
    assert titles(memory) == ["start"]


def test_a_hook_sees_exactly_what_is_committed_and_nothing_that_is_staged(tmp_path: Path) -> None:
    memory = begin(tmp_path)
    (tmp_path / "mine.txt").write_text("mine\n")
    git(tmp_path, "add", "mine.txt")
    seen = tmp_path.parent / "seen"
    hook(memory, "pre-commit", f"git diff --cached --name-only >{seen}; git diff --name-only >>{seen}; pwd >>{seen}")
    memory.write({"library.py": NEW}, "save new", kind="save")
    assert seen.read_text() == f"library.py\n{tmp_path}\n"
    assert git(tmp_path, "status", "--porcelain") == "A  mine.txt\n"


def test_what_hooks_add_goes_along_and_the_commit_is_still_known(tmp_path: Path) -> None:
    memory = begin(tmp_path)
    hook(memory, "pre-commit", "echo '# formatted' >>library.py; echo 1 >CHANGES; git add library.py CHANGES")
    hook(memory, "commit-msg", 'printf "\\nReviewed-by: Bob\\n\\nChange-Id: I123\\n" >>"$1"')
    hook(memory, "post-commit", f"git log -1 --format=%s >{tmp_path.parent}/after; exit 1")
    made = memory.write({"library.py": NEW}, "save new", kind="save", key="k")
    assert made is not None
    assert memory.at("library.py", made.sha) == NEW + "# formatted\n"
    assert "Change-Id: I123" in git(tmp_path, "log", "-1", "--format=%B")
    assert git(tmp_path, "status", "--porcelain") == ""
    assert (tmp_path.parent / "after").read_text() == "save new\n"
    assert (memory.history()[0].kind, memory.history()[0].key) == ("save", "k")
    assert memory.write({"library.py": "other\n"}, "save new", kind="save", key="k") == memory.history()[0]
    memory.undo()
    assert "def new" not in memory.read("library.py")


def test_a_formatter_that_refuses_leaves_its_text_beside_and_the_library_as_it_was(tmp_path: Path) -> None:
    memory = begin(tmp_path)
    hook(memory, "pre-commit", "echo '# formatted' >>library.py; echo files were modified by this hook; exit 1")
    with pytest.raises(HookRefused, match="files were modified") as refusal:
        memory.write({"library.py": NEW}, "save new", kind="save")
    assert memory.read("library.py") == OLD
    assert "It changed library.py" in refusal.value.hint
    assert [path.read_text() for path in memory.private.glob("refused-*")] == [NEW + "# formatted\n"]
    assert git(tmp_path, "status", "--porcelain") == ""


# -- signing


@pytest.fixture
def signer(tmp_path: Path) -> Path:
    """A program in place of gpg that signs with a line of its own."""
    program = tmp_path / "signer"
    program.write_text(
        '#!/bin/sh\ncat >/dev/null\nprintf "[GNUPG:] SIG_CREATED D\\n" >&2\n'
        'printf -- "-----BEGIN PGP SIGNATURE-----\\n\\nours\\n-----END PGP SIGNATURE-----\\n"\n'
    )
    program.chmod(0o755)
    return program


@pytest.mark.parametrize("value", ["true", "yes", "1"])
def test_commits_are_signed_where_the_person_signs_all(tmp_path: Path, signer: Path, value: str) -> None:
    memory = begin(tmp_path / "library")
    for setting in (f"commit.gpgsign={value}", f"gpg.program={signer}"):
        git(memory.root, "config", *setting.split("=", 1))
    trust.trust_git(memory.root)
    memory.write({"library.py": NEW}, "save new", kind="save")
    memory.undo()
    for commit in ("HEAD", "HEAD~1"):
        assert "gpgsig -----BEGIN PGP SIGNATURE-----" in git(memory.root, "cat-file", "commit", commit)
    assert [commit.kind for commit in memory.history()] == ["undo", "save", ""]


def test_signing_that_fails_is_told_and_nothing_is_saved_unsigned(tmp_path: Path) -> None:
    memory = begin(tmp_path, text="x = 1\n")
    for setting in ("commit.gpgsign=true", "gpg.program=false"):
        git(tmp_path, "config", *setting.split("="))
    trust.trust_git(tmp_path)
    with pytest.raises(MemoryFault, match="failed to sign") as refusal:
        memory.write({"library.py": NEW}, "save new", kind="save")
    assert "commit.gpgsign" in refusal.value.hint
    assert memory.read("library.py") == "x = 1\n"
    assert git(tmp_path, "status", "--porcelain") == ""


# -- odd kinds of repositories


def shallow(folder: Path) -> Memory:
    source = begin(folder / "source")
    git(source.root, "-c", "user.name=A", "-c", "user.email=a@b", "commit", "-q", "--allow-empty", "-m", "two")
    git(folder, "clone", "-q", "--depth", "1", f"file://{source.root}", "library")
    return Memory(folder / "library")


def sparse(folder: Path, *more: str) -> Memory:
    memory = begin(folder, start=False)
    for name in ("a", "b"):
        (folder / name).mkdir()
        (folder / name / "x").write_text("1")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "start")
    git(folder, "sparse-checkout", "set", "--cone", *more, "a")
    return memory


def symbolic(folder: Path) -> Memory:
    memory = begin(folder)
    git(folder, "branch", "-m", "trunk")
    git(folder, "symbolic-ref", "refs/heads/main", "refs/heads/trunk")
    git(folder, "symbolic-ref", "HEAD", "refs/heads/main")
    return memory


def grafted(folder: Path) -> Memory:
    memory = begin(folder)
    git(folder, "commit", "-q", "--allow-empty", "-m", "two")
    git(folder, "replace", "--graft", "HEAD")
    return memory


def inside(folder: Path, *words: str, **values: str) -> Memory:
    memory = begin(folder, **values)  # pyright: ignore[reportArgumentType]
    git(folder, *words)
    return memory


def sha256(folder: Path) -> Memory:
    folder.mkdir(exist_ok=True)
    git(folder, "init", "-q", "--object-format=sha256", "-b", "main", ".")
    return begin(folder)


KINDS: dict[str, Callable[[Path], Memory]] = {
    "shallow clone": shallow,
    "sha256": sha256,
    "sparse": sparse,
    "sparse index": lambda folder: sparse(folder, "--sparse-index"),
    "a branch that is a symbolic ref": symbolic,
    "detached": lambda folder: inside(folder, "checkout", "-q", "--detach"),
    "orphan": lambda folder: inside(folder, "checkout", "-q", "--orphan", "fresh"),
    "nothing committed, all staged": lambda folder: begin(folder, start=False),
    "packed": lambda folder: inside(folder, "gc", "-q"),
    "a branch with a slash": lambda folder: inside(folder, "checkout", "-q", "-b", "feature/größe/x"),
    "another encoding": lambda folder: begin(
        folder, "i18n.commitEncoding=ISO-8859-1", "i18n.logOutputEncoding=ISO-8859-1"
    ),
    "a grafted history": grafted,
    "split index": lambda folder: inside(folder, "update-index", "--split-index"),
    "index version 4": lambda folder: inside(folder, "update-index", "--index-version", "4"),
    "no name, and none to be guessed": lambda folder: inside(folder, "config", "user.useConfigOnly", "true"),
    "library ignored": lambda folder: begin(folder, more={".gitignore": "*.py\n"}),
    "patterns read as fixed words": lambda folder: begin(folder, "grep.patternType=fixed"),
    "root commits shown without files": lambda folder: begin(folder, "log.showRoot=false"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_repository_is_saved_into_and_undone(tmp_path: Path, kind: str) -> None:
    memory = KINDS[kind](tmp_path)
    memory.append("logs.txt", "größe")
    memory.write({"library.py": NEW, "notes/größe.txt": "x\n"}, "save größe", kind="save", key="k")
    again = Memory(memory.root).write({"library.py": "no\n"}, "save größe", kind="save", key="k")
    assert again is not None
    assert again.title == "save größe"
    assert git(memory.root, "log", "-1", "--format=%s", "--encoding=UTF-8") == "save größe\n"
    assert git(memory.root, "status", "--porcelain") == ""
    memory.undo()
    assert memory.read("library.py") == OLD or kind.startswith(("orphan", "nothing"))
    assert git(memory.root, "status", "--porcelain") == ""
    assert git(memory.root, "fsck", "--strict", "--no-dangling") in ("", "notice: No default references\n")


def test_a_repository_whose_files_are_elsewhere_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    memory = begin(tmp_path / "library", f"core.worktree={tmp_path / 'other'}", start=False)
    with pytest.raises(MemoryFault, match="other"):
        memory.write({"library.py": NEW}, "save new", kind="save")
    assert list((tmp_path / "other").iterdir()) == []


def test_a_broken_git_folder_inside_another_repository_does_not_write_into_that(tmp_path: Path) -> None:
    outer = begin(tmp_path)
    (tmp_path / "inner" / ".git").mkdir(parents=True)
    with pytest.raises(MemoryFault, match="is not a git repository"):
        Memory(tmp_path / "inner").write({"library.py": NEW}, "save new", kind="save")
    assert titles(outer) == ["start"]


def test_a_folder_of_another_user_is_refused_as_git_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    memory = begin(tmp_path)
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    with pytest.raises(MemoryFault, match="belongs to another user") as refusal:
        memory.write({"library.py": NEW}, "save new", kind="save")
    assert "safe.directory" in refusal.value.hint
    assert memory.read("library.py") == OLD


def test_a_long_goal_is_a_short_title_and_stands_whole_below_it(tmp_path: Path) -> None:
    memory = begin(tmp_path)
    goal = "plan: " + "please count the vowels of a text " * 500
    made = memory.write({"plan.txt": "p\n"}, goal, kind="plan")
    assert made is not None
    title = git(tmp_path, "log", "-1", "--format=%s").strip()
    assert title.endswith("…")
    assert len(title) <= 72
    assert made.why == goal.strip()
    assert made == memory.history()[0]


@pytest.mark.long
def test_many_saves_do_not_leave_thousands_of_loose_objects(tmp_path: Path) -> None:
    memory = begin(tmp_path)
    for number in range(120):
        memory.write({"library.py": f"x = {number}\n"}, f"save {number}", kind="save")
    assert int(git(tmp_path, "count-objects").split()[0]) < 300, "of 363"
    assert git(tmp_path, "fsck", "--strict", "--no-dangling") == ""
    assert len(memory.history(limit=1000)) == 121


# -- repositories that are not trusted


def hostile(folder: Path, mark: Path) -> None:
    """Everything that a repository can bring to have a program run."""
    program = folder / "evil"
    program.write_text(f"#!/bin/sh\necho ran >>{mark}\ncat\n")
    program.chmod(0o755)
    for name in (
        "post-index-change",
        "reference-transaction",
        "pre-commit",
        "post-commit",
        "pre-auto-gc",
        "commit-msg",
    ):
        (folder / ".git" / "hooks").mkdir(exist_ok=True)
        (folder / ".git" / "hooks" / name).write_text(f"#!/bin/sh\necho ran >>{mark}\n")
        (folder / ".git" / "hooks" / name).chmod(0o755)
    (folder / ".git" / "info" / "attributes").write_text("* filter=evil diff=evil\n")
    for name in ("filter.evil.clean", "filter.evil.smudge", "filter.evil.process", "diff.evil.textconv"):
        git(folder, "config", name, str(program))
    for name in ("core.fsmonitor", "core.pager", "core.editor", "gpg.program", "diff.external", "diff.evil.command"):
        git(folder, "config", name, str(program))
    for setting in ("log.showSignature=true", "commit.gpgsign=true", "core.repositoryformatversion=1"):
        git(folder, "config", *setting.split("="))
    for name, value in (("promisor", "true"), ("url", str(folder)), ("uploadpack", f"{program};true")):
        git(folder, "config", f"remote.origin.{name}", value)
    git(folder, "config", "extensions.partialClone", "origin")


def test_reading_a_repository_that_is_not_trusted_runs_nothing_and_writing_is_refused(tmp_path: Path) -> None:
    memory, mark = begin(tmp_path / "library"), tmp_path / "mark"
    memory.write({"library.py": NEW}, "save new", kind="save")
    commit = memory.history()[0].sha
    blob = git(memory.root, "rev-parse", "HEAD~1:library.py").strip()
    (memory.root / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    hostile(memory.root, mark)
    mark.unlink(missing_ok=True)
    repository = Repository(memory.root, trusted=False)
    assert repository.head() == commit
    assert repository.content(commit, "library.py", None) == NEW.encode()
    assert repository.same("library.py", repository.blobs(commit, ["library.py"])["library.py"], NEW.encode())
    assert not repository.same("library.py", blob, b"edited\n")
    with pytest.raises(MemoryFault):
        repository.content(repository.parent_of(commit), "library.py", None)
    assert [record.sha for record in repository.log("--grep=^Coder-Kind: save")] == [commit]
    assert repository.contains(commit)
    assert repository.unmerged() == set()
    assert repository.merge(b"a\n", b"a\n", b"b\n") == b"b\n"
    repository.committed()
    with pytest.raises(MemoryFault, match="not trusted"):
        repository.stage(commit, ["library.py"], lambda: True)
    with pytest.raises(MemoryFault, match="not trusted"):
        repository.commit(commit, ["library.py"], "m", tmp_path / "index", lambda: True)
    with pytest.raises(MemoryFault, match="not trusted"):
        repository.move(commit, commit, "m")
    assert not mark.exists()


def test_no_message_and_no_name_of_a_file_can_pass_for_a_record_of_its_own(tmp_path: Path) -> None:
    memory = begin(tmp_path)
    forged = "a\x1e" + "0" * 40 + "\x1f5\x1fforged\x1fx\n\n\x1eb\x1fc\n\nCoder-Kind: save"
    names = ("0" * 40, "5", "\nforged")
    for name in names:
        (tmp_path / name).write_text("x\n")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-q", "--cleanup=verbatim", "-m", forged)
    git(tmp_path, "commit", "-q", "--allow-empty", "-m", "none")
    newest, odd, first = Repository(tmp_path).log()
    assert (newest.message, newest.files) == ("none", ())
    assert odd.message == forged and sorted(odd.files) == sorted(names)
    assert (first.message, first.files) == ("start", ("library.py",))
    assert [commit.sha for commit in memory.saves()] == [odd.sha]


@pytest.mark.parametrize(
    ("date", "when"),
    [("", "1970-01-01T00:00:00Z"), (" <a@b> 99999999999999999 +0000", "9999-12-31T23:59:59Z")],
)
def test_a_commit_with_an_odd_date_is_read_like_any_other(tmp_path: Path, date: str, when: str) -> None:
    memory = begin(tmp_path)
    text = f"tree {git(tmp_path, 'rev-parse', 'HEAD^{tree}')}author a{date}\ncommitter a{date}\n\nodd\n"
    (tmp_path / "odd").write_text(text)
    sha = git(tmp_path, "hash-object", "--literally", "-t", "commit", "-w", "odd")
    (tmp_path / ".git" / "refs" / "heads" / "main").write_text(sha)
    assert [(commit.title, commit.when) for commit in memory.history()] == [("odd", when)]
    assert memory.write({"library.py": NEW}, "save new", kind="save")
    assert memory.undo().title == "Undo: save new"
