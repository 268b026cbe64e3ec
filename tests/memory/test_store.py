"""Memory: files in git that survive kills, other gits, hand edits and four writers at once. Real git, real SIGKILL."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from places import ROOT

from memory.errors import CoderError, Locked, MemoryFault, NothingToUndo
from memory.store import Memory


@pytest.fixture
def memory(tmp_path: Path) -> Memory:
    return Memory(tmp_path / "library")


def git(memory: Memory, *arguments: str) -> str:
    """What git itself says in the folder, as the person's own git would."""
    done = subprocess.run(
        ["git", "-c", "user.name=Ada", "-c", "user.email=ada@example.org", *arguments],
        cwd=memory.root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def assert_sane(memory: Memory, *, status: str = "") -> None:
    """Git finds nothing wrong, nothing half done, no lock left, and `status` is all that is not committed."""
    assert git(memory, "fsck", "--strict", "--no-dangling") == ""
    assert git(memory, "status", "--porcelain") == status
    assert not list((memory.root / ".git").rglob("*.lock"))
    assert not [left for form in ("new-*", "next-*", "last-*", "pending") for left in memory.private.glob(form)]


# -- plain use


def test_a_fresh_folder_becomes_a_repository_of_its_own_on_branch_main(memory: Memory) -> None:
    memory.create()
    memory.create()
    assert git(memory, "symbolic-ref", "HEAD") == "refs/heads/main\n"
    made = memory.write({"library.py": "x = 1\n", "test_library.py": "import library\n"}, "begin", kind="save")
    assert made is not None
    assert (made.kind, made.why) == ("save", "begin")
    assert memory.read("library.py") == "x = 1\n"
    assert git(memory, "log", "--format=%an <%ae> %s") == "coder <coder@localhost> begin\n"
    assert git(memory, "ls-files").split() == [".gitignore", "library.py", "test_library.py"]
    assert_sane(memory)


def test_reading_appending_and_locking_do_not_need_git(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from memory.store import Memory\n"
        f"m = Memory(Path({str(tmp_path)!r}))\n"
        "with m.lock(): m.append('log.txt', 'a'); assert m.read('log.txt') == 'a\\n'; assert m.read('none') == ''\n"
        "assert 'git' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def test_each_write_is_one_commit_of_exactly_these_files(memory: Memory) -> None:
    memory.write({"library.py": "x = 1\n"}, "one")
    second = memory.write({"library.py": "x = 2\n", "notes/a.txt": "a", "notes/b.txt": "b"}, "two")
    third = memory.write({"notes/a.txt": None}, "three\n\nwith a reason")
    assert second is not None
    assert third is not None
    assert memory.write({"library.py": "x = 2\n"}, "nothing new") is None
    assert [(commit.why, commit.files) for commit in memory.history()] == [
        ("three\n\nwith a reason", ("notes/a.txt",)),
        ("two", ("library.py", "notes/a.txt", "notes/b.txt")),
        ("one", (".gitignore", "library.py")),
    ]
    assert [commit.sha for commit in memory.history("library.py", limit=1)] == [second.sha]
    assert memory.at("notes/a.txt", second.sha[:10]) == "a"
    assert memory.at("notes/a.txt", third.sha) == ""
    assert memory.read("notes/a.txt") == ""
    assert_sane(memory)


def test_text_comes_back_byte_for_byte(memory: Memory) -> None:
    text = "\ufeffdef größe():\r\n\treturn '長'\r\n# no end"
    made = memory.write({"library.py": text}, "odd – “text” 長", key="ключ")
    assert made is not None
    assert (memory.root / "library.py").read_bytes() == text.encode()
    assert memory.read("library.py") == memory.at("library.py", made.sha) == text
    assert memory.history()[0].why == "odd – “text” 長"
    assert_sane(memory)


def test_the_person_s_name_is_used_when_git_knows_it(memory: Memory, own_home: Path) -> None:
    (own_home / ".gitconfig").write_text("[user]\n\tname = Ada Lovelace\n\temail = ada@example.org\n")
    memory.write({"library.py": "x = 1\n"}, "one")
    assert git(memory, "log", "--format=%an <%ae> %cn") == "Ada Lovelace <ada@example.org> Ada Lovelace\n"


def test_no_settings_of_the_person_are_written(memory: Memory, own_home: Path) -> None:
    memory.write({"library.py": "x = 1\n"}, "one")
    assert [path.name for path in own_home.iterdir()] == ["data"]  # which folders coder has made


def test_the_same_key_changes_nothing_and_gives_the_same_commit(memory: Memory) -> None:
    first = memory.write({"library.py": "x = 1\n"}, "one", key="run-1")
    memory.write({"library.py": "x = 2\n"}, "two", key="run-2")
    again = Memory(memory.root).write({"library.py": "x = 3\n"}, "one", key="run-1")
    assert first is not None
    assert again is not None
    assert (again.sha, again.key) == (first.sha, "run-1")
    assert memory.read("library.py") == "x = 2\n"


def test_keys_are_known_again_in_a_clone_without_our_notes(memory: Memory, tmp_path: Path) -> None:
    first = memory.write({"library.py": "x = 1\n"}, "one", key="run-1")
    git(memory, "clone", "-q", ".", str(tmp_path / "clone"))
    again = Memory(tmp_path / "clone").write({"library.py": "x = 3\n"}, "one", key="run-1")
    assert again is not None
    assert first is not None
    assert again.sha == first.sha


def test_a_key_whose_note_was_lost_with_the_power_is_found_in_the_newest_commits(memory: Memory) -> None:
    memory.write({"library.py": "x = 1\n"}, "one", key="run-1")
    second = memory.write({"library.py": "x = 2\n"}, "two", key="run-2")
    notes = memory.private / "keys"
    notes.write_bytes(notes.read_bytes().splitlines(keepends=True)[0] + b'{"key": "run-2", "com')
    again = Memory(memory.root).write({"library.py": "x = 3\n"}, "two", key="run-2")
    assert again is not None
    assert again == second


def test_log_lines_go_along_with_the_next_commit_and_the_same_key_appends_once(memory: Memory) -> None:
    memory.append("logs.txt", "first", key="a")
    memory.append("logs.txt", "first", key="a")
    memory.append("logs.txt", "first", key="b")
    (memory.root / "logs.txt").open("a").write("by hand, no end of line")
    memory.append("logs.txt", "last")
    made = memory.write({"library.py": "x = 1\n"}, "one", kind="save")
    assert memory.read("logs.txt") == "first\nfirst\nby hand, no end of line\nlast\n"
    assert made is not None
    assert "logs.txt" in made.files
    memory.append("logs.txt", "the end")
    ended = memory.write({}, "log: done", kind="log")
    assert ended is not None
    assert ended.files == ("logs.txt",)
    assert memory.write({}, "log: nothing") is None
    assert_sane(memory)


def test_writing_a_log_as_it_stands_commits_its_lines_as_ours(memory: Memory) -> None:
    memory.append("logs.txt", "one")
    made = memory.write({"logs.txt": memory.read("logs.txt")}, "log: done", kind="log")
    assert made is not None
    assert made.kind == "log"
    assert [commit.why for commit in memory.history()] == ["log: done"]
    assert_sane(memory)


# -- the person's own work


def test_hand_edits_are_committed_on_their_own_before_a_write(memory: Memory) -> None:
    memory.write({"library.py": "x = 1\n"}, "one")
    (memory.root / "library.py").write_text("x = 'mine'\n")
    (memory.root / "test_library.py").write_text("mine too\n")
    memory.write({"library.py": "x = 2\n", "test_library.py": "theirs\n"}, "two", kind="save")
    newest, mine, _ = memory.history()
    assert (newest.why, mine.why) == ("two", "Edited by hand: library.py, test_library.py")
    assert memory.at("library.py", mine.sha) == "x = 'mine'\n"
    assert memory.at("test_library.py", mine.sha) == "mine too\n"
    assert memory.read("library.py") == "x = 2\n"
    assert_sane(memory)


def test_other_files_stay_staged_dirty_and_untracked_as_they_are(tmp_path: Path) -> None:
    memory = Memory(tmp_path)
    subprocess.run(["git", "init", "-q", "-b", "trunk", str(tmp_path)], check=True)
    for name in ("clean", "dirty", "staged", "both", "gone"):
        (tmp_path / name).write_text(name)
    git(memory, "add", ".")
    git(memory, "commit", "-q", "-m", "theirs")
    (tmp_path / "dirty").write_text("changed")
    (tmp_path / "staged").write_text("changed")
    (tmp_path / "both").write_text("staged")
    (tmp_path / "new").write_text("new")
    git(memory, "add", "staged", "both", "new")
    git(memory, "rm", "-q", "--cached", "gone")
    (tmp_path / "both").write_text("and dirty")
    (tmp_path / "untracked").write_text("x")
    before = git(memory, "status", "--porcelain")
    memory.create()
    memory.append("logs.txt", "a line")
    memory.write({"library.py": "x = 1\n"}, "one", kind="save")
    memory.write({"library.py": "x = 2\n"}, "two", kind="save")
    memory.undo()
    assert git(memory, "symbolic-ref", "--short", "HEAD") == "trunk\n"
    assert git(memory, "show", "--format=", "--name-only", "HEAD~1").split() == ["library.py"]
    assert not (tmp_path / ".gitignore").exists(), "somebody's repository gets no files that nobody asked for"
    assert git(memory, "diff", "--cached", "--name-only").split() == ["both", "gone", "new", "staged"]
    assert git(memory, "show", ":both") == "staged"
    assert_sane(memory, status=before)


@pytest.mark.parametrize("setting", ["index.version=4", "core.splitIndex=true", "core.untrackedCache=true"])
def test_every_kind_of_index_is_kept_whole(tmp_path: Path, setting: str) -> None:
    memory = Memory(tmp_path)
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    git(memory, "config", *setting.split("="))
    for number in range(20):
        (tmp_path / f"file{number}").write_text("x")
    git(memory, "add", ".")
    git(memory, "update-index", "--force-write-index")
    memory.write({"library.py": "x = 1\n", "sub/a.py": "a"}, "one")
    memory.write({"library.py": "x = 2\n", "sub/a.py": None}, "two")
    assert len(git(memory, "diff", "--cached", "--name-only").split()) == 20
    git(memory, "commit", "-q", "-m", "theirs")
    assert len(git(memory, "ls-tree", "-r", "--name-only", "HEAD").split()) == 21
    assert_sane(memory)


def test_a_big_index_is_kept_whole(tmp_path: Path) -> None:
    memory = Memory(tmp_path)
    memory.write({"library.py": "x = 0\n"}, "zero")
    blob = git(memory, "rev-parse", "HEAD:library.py").strip()
    lines = "".join(f"100644 {blob}\tdeep/{'folder' * 5}/file{number}\n" for number in range(4000))
    subprocess.run(["git", "update-index", "--index-info"], cwd=tmp_path, input=lines, text=True, check=True)
    memory.write({"library.py": "x = 1\n"}, "one")
    assert git(memory, "diff", "--name-only", "HEAD~1", "HEAD") == "library.py\n"
    assert len(git(memory, "diff", "--cached", "--name-only").split()) == 4000


def test_a_folder_inside_another_repository_gets_its_own(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    memory = Memory(tmp_path / "inner")
    memory.write({"library.py": "x = 1\n"}, "one")
    assert (tmp_path / "inner" / ".git").is_dir()
    outer = subprocess.run(["git", "log"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "does not have any commits yet" in outer.stderr


def test_the_environment_of_a_git_hook_does_not_lead_us_astray(
    memory: Memory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path / "other")], check=True)
    for name, value in (("GIT_DIR", ".git"), ("GIT_INDEX_FILE", ".git/index"), ("GIT_WORK_TREE", ".")):
        monkeypatch.setenv(name, str(tmp_path / "other" / value))
    memory.write({"library.py": "x = 1\n"}, "one", kind="save", key="k")
    memory.write({"library.py": "x = 2\n"}, "two", kind="save")
    memory.undo()
    seen = len(memory.history())
    for name in ("GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE"):
        monkeypatch.delenv(name)
    assert seen == 3
    assert not (tmp_path / "other" / ".git" / "index").exists()
    assert_sane(memory)


def test_a_detached_head_gets_the_commit_and_no_branch_moves(memory: Memory) -> None:
    memory.write({"library.py": "x = 1\n"}, "one")
    git(memory, "checkout", "-q", "--detach")
    made = memory.write({"library.py": "x = 2\n"}, "two")
    assert made is not None
    assert git(memory, "rev-parse", "HEAD").strip() == made.sha
    assert git(memory, "log", "--format=%s", "main") == "one\n"
    assert_sane(memory)


def test_packed_refs_and_objects_are_read(memory: Memory) -> None:
    first = memory.write({"library.py": "x = 1\n", "a/b.txt": "b"}, "one", kind="save")
    git(memory, "gc", "-q", "--prune=now")
    fresh = Memory(memory.root)
    fresh.write({"library.py": "x = 2\n"}, "two", kind="save")
    assert first is not None
    assert fresh.at("a/b.txt", first.sha) == "b"
    fresh.undo()
    assert fresh.read("library.py") == "x = 1\n"
    assert_sane(memory)


def test_a_linked_work_tree_of_the_person_works_too(memory: Memory, tmp_path: Path) -> None:
    memory.write({"library.py": "x = 1\n"}, "one")
    git(memory, "worktree", "add", "-q", "-b", "side", str(tmp_path / "side"))
    side = Memory(tmp_path / "side")
    side.write({"library.py": "x = 2\n"}, "two", kind="save")
    assert git(side, "log", "-1", "--format=%s", "side") == "two\n"
    assert git(memory, "log", "-1", "--format=%s", "main") == "one\n"
    assert git(side, "status", "--porcelain") == ""
    assert_sane(memory)


@contextmanager
def conflict(memory: Memory, how: str) -> Generator[None]:
    """A merge or rebase of the person that stopped at library.py."""
    memory.write({"library.py": "x = 1\n", "plan.txt": "a plan\n"}, "one")
    git(memory, "checkout", "-q", "-b", "side")
    (memory.root / "library.py").write_text("x = 2\n")
    git(memory, "commit", "-q", "-a", "-m", "side")
    git(memory, "checkout", "-q", "main")
    (memory.root / "library.py").write_text("x = 3\n")
    git(memory, "commit", "-q", "-a", "-m", "main")
    subprocess.run(
        ["git", "-c", "user.name=Ada", "-c", "user.email=a@b", how, "side"], cwd=memory.root, capture_output=True
    )
    yield
    git(memory, how, "--abort")


@pytest.mark.parametrize("how", ["merge", "rebase"])
def test_a_half_merged_library_can_be_read_and_is_not_overwritten(memory: Memory, how: str) -> None:
    with conflict(memory, how):
        assert "<<<<<<<" in memory.read("library.py")
        with pytest.raises(MemoryFault, match=rf"library\.py .* in the middle of a {how}") as refusal:
            memory.write({"library.py": "x = 4\n", "plan.txt": "b\n"}, "four", kind="save")
        assert f"git {how} --abort" in refusal.value.hint
        assert "<<<<<<<" in memory.read("library.py")
        assert memory.read("plan.txt") == "a plan\n"
        if how == "merge":
            made = memory.write({"plan.txt": "a better plan\n"}, "plan", kind="plan")
            assert made is not None, "everything else goes on"
            assert made.files == ("plan.txt",)
            assert git(memory, "ls-files", "-u") != "", "the conflict is still the person's to resolve"
            memory.write({"plan.txt": "a plan\n"}, "back", kind="plan")
    assert git(memory, "fsck", "--strict", "--no-dangling") == ""


# -- undo


FIRST = "def first():\n    return 1\n"
SECOND = "\n\ndef second():\n    return 2\n"
MINE = "\n\ndef mine():\n    return 3\n"


def test_undo_takes_back_the_last_save_then_the_one_before_then_none_is_left(memory: Memory) -> None:
    memory.create()
    memory.append("logs.txt", "a line")
    memory.write({"library.py": FIRST, "test_library.py": "t1\n"}, "save first", kind="save")
    memory.write({"plan.txt": "[x]\n"}, "plan", kind="plan")
    memory.append("logs.txt", "another")
    second = memory.write({"library.py": FIRST + SECOND, "test_library.py": "t1\nt2\n"}, "save second", kind="save")
    taken = memory.undo()
    assert second is not None
    assert (taken.kind, taken.undoes, taken.why) == ("undo", second.sha, "Undo: save second")
    assert (memory.read("library.py"), memory.read("test_library.py")) == (FIRST, "t1\n")
    memory.undo()
    assert not (memory.root / "library.py").exists()
    assert memory.read("plan.txt") == "[x]\n"
    assert memory.read("logs.txt") == "a line\nanother\n", "the log tells what happened, also what was taken back"
    with pytest.raises(NothingToUndo):
        memory.undo()
    memory.write({"library.py": FIRST}, "save first again", kind="save")
    memory.undo()
    with pytest.raises(NothingToUndo):
        memory.undo()
    assert_sane(memory)


EDITS: dict[str, Callable[[str], str]] = {
    "above": lambda text: "import math\n\n\n" + text,
    "right below": lambda text: text + MINE,
    "right above": lambda text: text.replace(SECOND, MINE + SECOND),
    "in another function": lambda text: text.replace("return 1", "return 10"),
}


@pytest.mark.parametrize("committed", [True, False])
@pytest.mark.parametrize("later", EDITS)
def test_undo_leaves_what_the_person_changed_after_the_save(memory: Memory, later: str, committed: bool) -> None:
    memory.write({"library.py": FIRST}, "save first", kind="save")
    memory.write({"library.py": FIRST + SECOND}, "save second", kind="save")
    edited = EDITS[later](FIRST + SECOND)
    (memory.root / "library.py").write_text(edited)
    if committed:
        git(memory, "commit", "-q", "-a", "-m", "mine")
    memory.undo()
    assert memory.read("library.py") == edited.replace(SECOND, "")
    assert edited in {memory.at("library.py", commit.sha) for commit in memory.history()}, "and nothing is lost"
    assert_sane(memory)


def test_undo_refuses_when_the_person_changed_the_saved_lines_themselves(memory: Memory) -> None:
    memory.write({"library.py": FIRST, "test_library.py": "t\n"}, "save first", kind="save")
    edited = FIRST.replace("return 1", "return 100")
    (memory.root / "library.py").write_text(edited)
    before = memory.history()
    with pytest.raises(MemoryFault, match="same lines") as refusal:
        memory.undo()
    assert "git show" in refusal.value.hint
    assert (memory.read("library.py"), memory.read("test_library.py")) == (edited, "t\n")
    assert memory.history() == before


def test_undo_is_done_when_the_person_has_taken_it_back_by_hand(memory: Memory) -> None:
    memory.write({"library.py": FIRST}, "save first", kind="save")
    memory.write({"library.py": FIRST + SECOND}, "save second", kind="save")
    (memory.root / "library.py").write_text(FIRST)
    memory.undo()
    assert memory.read("library.py") == FIRST
    memory.undo()
    assert not (memory.root / "library.py").exists()


@pytest.mark.parametrize("instant", [1, 2])
def test_what_the_person_saves_while_a_write_is_worked_out_is_not_written_over(memory: Memory, instant: int) -> None:
    memory.write({"library.py": FIRST}, "save first", kind="save")
    asked: list[str] = []

    def grown() -> dict[str, str | None]:
        text = memory.read("library.py")
        asked.append(text)
        if len(asked) == instant:
            (memory.root / "library.py").write_text(text + MINE)
        return {"library.py": text + SECOND}

    memory.write(grown, "save second", kind="save")
    assert memory.read("library.py") == FIRST + MINE + SECOND
    assert [commit.why for commit in memory.history()][:2] == ["save second", "Edited by hand: library.py"]
    assert_sane(memory)


def test_a_file_that_the_person_deletes_while_it_is_written_is_looked_at_again(memory: Memory) -> None:
    memory.write({"library.py": FIRST}, "save first", kind="save")
    asked: list[str] = []

    def grown() -> dict[str, str | None]:
        asked.append(text := memory.read("library.py"))
        if len(asked) == 2:
            (memory.root / "library.py").unlink()
        return {"library.py": text + SECOND}

    memory.write(grown, "save second", kind="save")
    assert memory.read("library.py").endswith(SECOND)
    assert memory.history()[0].why == "save second"
    assert_sane(memory)


# -- refusals


@pytest.mark.parametrize(
    "name", ["/etc/passwd", "../out", "a/../../out", ".git/config", ".GIT/hooks/x", "", ".coder/lock"]
)
def test_files_outside_the_folder_or_inside_git_are_refused(memory: Memory, name: str) -> None:
    memory.create()
    for attempt in (
        lambda: memory.write({name: "x"}, "no"),
        lambda: memory.read(name),
        lambda: memory.append(name, "x"),
    ):
        with pytest.raises(MemoryFault):
            attempt()


def test_a_symbolic_link_in_place_of_a_file_is_not_followed(memory: Memory, tmp_path: Path) -> None:
    memory.create()
    (tmp_path / "target").write_text("precious")
    (memory.root / "library.py").symlink_to(tmp_path / "target")
    with pytest.raises(MemoryFault, match="not an ordinary file"):
        memory.write({"library.py": "x"}, "no")
    assert (tmp_path / "target").read_text() == "precious"


def test_a_file_that_is_not_utf_8_is_named_with_its_line(memory: Memory) -> None:
    memory.create()
    (memory.root / "library.py").write_bytes(b"x = 1\ny = '\xe9'\n")
    with pytest.raises(MemoryFault, match=r"library\.py, line 2: byte 0xe9"):
        memory.read("library.py")
    memory.write({"library.py": "y = 'é'\n"}, "repaired")
    assert memory.read("library.py") == "y = 'é'\n"


def test_a_folder_that_cannot_be_made_is_one_clear_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(MemoryFault, match="cannot make the library folder") as refusal:
        Memory(tmp_path / "file" / "library").create()
    assert refusal.value.hint


def test_a_broken_git_folder_is_one_clear_sentence(memory: Memory) -> None:
    (memory.root / ".git").mkdir(parents=True)
    with pytest.raises(MemoryFault, match="is not a git repository"):
        memory.write({"library.py": "x"}, "one")


def test_a_folder_without_history_has_none(memory: Memory) -> None:
    assert memory.history() == []
    assert memory.read("library.py") == ""
    assert not memory.root.exists()
    memory.create()
    assert memory.history() == []
    with pytest.raises(NothingToUndo):
        memory.undo()
    with pytest.raises(MemoryFault, match="no commit 'abcdef'"):
        memory.at("library.py", "abcdef")


# -- locks


def child(code: str, *arguments: str) -> subprocess.Popen[str]:
    """A process of its own that has `memory` for the folder in its first argument."""
    head = "import os, sys, time\nfrom pathlib import Path\nfrom memory.store import Memory\n"
    head += "memory = Memory(Path(sys.argv[1]))\n"
    return subprocess.Popen(
        [sys.executable, "-c", head + code, *arguments], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )


def lines(process: subprocess.Popen[str]) -> Iterator[str]:
    assert process.stdout is not None
    return iter(process.stdout)


def test_the_lock_names_its_holder_and_dies_with_it(memory: Memory) -> None:
    memory.create()
    holder = child("with memory.lock(): print('held', flush=True); time.sleep(600)", str(memory.root))
    try:
        assert next(lines(holder)) == "held\n"
        with pytest.raises(Locked, match=rf"pid {holder.pid}, since 20"), memory.lock(wait_s=0.05):
            pass
    finally:
        holder.kill()
        holder.wait()
    with memory.lock(wait_s=60), memory.lock(wait_s=0), Memory(memory.root).lock(wait_s=0):
        memory.write({"library.py": "x = 1\n"}, "one")
    assert_sane(memory)


def test_a_fork_does_not_inherit_the_lock(memory: Memory) -> None:
    memory.create()
    with memory.lock():
        if (pid := os.fork()) == 0:
            try:
                with memory.lock(wait_s=0):
                    os._exit(1)
            except CoderError:
                os._exit(0)
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


@pytest.mark.parametrize("lock", ["index.lock", "refs/heads/main.lock"])
def test_a_lock_that_a_dead_git_left_does_not_stop_us(memory: Memory, lock: str) -> None:
    memory.write({"library.py": "x = 1\n"}, "one")
    (memory.root / ".git" / lock).touch()
    memory.write({"library.py": "x = 2\n"}, "two")
    assert_sane(memory)


def test_a_git_that_is_at_work_is_not_disturbed(memory: Memory, tmp_path: Path) -> None:
    memory.write({"library.py": "x = 1\n"}, "one")
    (memory.root / "mine.txt").write_text("mine")
    git(memory, "add", "mine.txt")
    editor = tmp_path / "editor"
    editor.write_text(
        f"#!/bin/sh\ntouch {tmp_path}/open\nwhile test -e {tmp_path}/open; do sleep 0.05; done\necho mine > $1\n"
    )
    editor.chmod(0o755)
    command = ["git", "-c", "user.name=A", "-c", "user.email=a@b", "-c", f"core.editor={editor}", "commit", "-q", "-a"]
    with subprocess.Popen(command, cwd=memory.root) as theirs:
        while not (tmp_path / "open").exists():
            time.sleep(0.01)
        with pytest.raises(MemoryFault, match=r"git \(pid \d+\) is at work"):
            memory.write({"library.py": "x = 2\n"}, "two")
        assert memory.read("library.py") == "x = 1\n"
        (tmp_path / "open").unlink()
    assert theirs.returncode == 0
    memory.write({"library.py": "x = 2\n"}, "two")
    assert [commit.why for commit in memory.history()] == ["two", "mine", "one"]
    assert_sane(memory)


def test_four_processes_and_a_persons_git_at_once_lose_nothing(memory: Memory) -> None:
    memory.write({"library.py": ""}, "begin")
    code = """
for number in range(12):
    with memory.lock():
        text = memory.read("library.py")
        memory.append("logs.txt", f"{sys.argv[2]}-{number}", key=f"{sys.argv[2]}-{number}")
        memory.write({"library.py": text + f"{sys.argv[2]}-{number}\\n"}, "w", kind="save")
"""
    writers = [child(code, str(memory.root), str(name)) for name in range(4)]
    mine = 0
    while any(writer.poll() is None for writer in writers):
        (memory.root / f"mine{mine}").write_text("x")
        added = subprocess.run(["git", "add", f"mine{mine}"], cwd=memory.root, capture_output=True, check=False)
        mine += added.returncode == 0
        time.sleep(0.02)
    assert [writer.wait() for writer in writers] == [0, 0, 0, 0]
    expected = {f"{name}-{number}" for name in range(4) for number in range(12)}
    assert sorted(memory.read("library.py").split()) == sorted(expected)
    assert sorted(memory.read("logs.txt").split()) == sorted(expected)
    assert len(memory.history(limit=100)) == 49
    staged = git(memory, "diff", "--cached", "--name-only").split()
    assert {f"mine{number}" for number in range(mine)} <= set(staged)
    assert git(memory, "fsck", "--strict", "--no-dangling") == ""


# -- kills

WRITER = """
start = int(sys.argv[2])
memory.create()
memory.history()
print("ready", flush=True)
for number in range(start, start + 1000):
    memory.append("logs.txt", f"line {number}", key=f"line-{number}")
    body = f"# {number}\\n" * 300
    memory.write({"library.py": body, "tests/test_library.py": body}, f"w {number}", kind="save", key=f"key-{number}")
    print(number, flush=True)
"""


@pytest.mark.long
@pytest.mark.parametrize("seed", range(2))
def test_after_forty_kills_nothing_acknowledged_is_lost_and_each_key_is_done_once(tmp_path: Path, seed: int) -> None:
    memory, chance = Memory(tmp_path / "library"), random.Random(seed)
    done = -1
    for _ in range(20):
        writer = child(WRITER, str(memory.root), str(done + 1))
        said = lines(writer)
        next(said)  # it is ready: what is killed is a write, not the start of Python
        for _ in range(chance.randint(0, 3)):
            done = int(next(said))
        time.sleep(chance.uniform(0, 0.02))
        os.kill(writer.pid, signal.SIGKILL)
        done = max([done, *(int(line) for line in said)])
        writer.wait()
        assert memory.read("library.py") in ("", *(f"# {done + ahead}\n" * 300 for ahead in range(2)))
    assert done > 0
    last = child(WRITER.replace("start + 1000", "start + 1"), str(memory.root), str(done + 1))
    assert last.wait() == 0
    history = list(reversed(memory.history(limit=10_000)))
    assert [commit.key for commit in history] == [f"key-{number}" for number in range(done + 2)]
    assert memory.read("library.py") == memory.read("tests/test_library.py") == f"# {done + 1}\n" * 300
    assert memory.read("logs.txt").splitlines() == [f"line {number}" for number in range(done + 2)]
    assert_sane(memory)
    memory.undo()
    assert memory.read("library.py") == f"# {done}\n" * 300
    assert_sane(memory)


def kill_at(memory: Memory, instant: int, text: str) -> bool:
    """A write of `text`, killed right before it renames, links or removes a file or starts a git for the n-th time.

    Returns:
        Whether there was such an instant; else the write is done.
    """
    code = f"""
import signal
def watch(event, arguments, seen=[0]):
    if armed and event in ("os.rename", "os.link", "os.remove", "subprocess.Popen"):
        seen[0] += 1
        if seen[0] == {instant}:
            os.kill(os.getpid(), signal.SIGKILL)
armed = False
memory.create()
sys.addaudithook(watch)
armed = True
memory.write({{"library.py": {text!r}, "test_library.py": {text!r}}}, "killed", kind="save", key="k")
armed = False
print("survived")
"""
    writer = child(code, str(memory.root))
    output, _ = writer.communicate()
    assert (writer.returncode, output) in [(-signal.SIGKILL, ""), (0, "survived\n")]
    return writer.returncode != 0


INSTANTS = 60  # more than there are


@pytest.mark.parametrize("part", range(6))
def test_a_write_killed_between_any_two_steps_is_whole_or_not_there(tmp_path: Path, part: int) -> None:
    for instant in range(1 + part, INSTANTS, 6):
        memory = Memory(tmp_path / f"library{instant}")
        memory.write({"library.py": "old\n", "test_library.py": "old\n"}, "old", kind="save")
        if not kill_at(memory, instant, "new\n"):
            assert instant > 20, "a write has many steps"
            return
        fresh = Memory(memory.root)
        fresh.create()
        assert (fresh.read("library.py"), fresh.read("test_library.py")) in {("old\n", "old\n"), ("new\n", "new\n")}
        made = fresh.write({"library.py": "new\n", "test_library.py": "new\n"}, "killed", kind="save", key="k")
        assert made is not None
        assert [commit.key for commit in fresh.history()] == ["k", ""]
        assert fresh.read("library.py") == fresh.read("test_library.py") == "new\n"
        assert_sane(fresh)
    raise AssertionError("a write has fewer steps than this")


@pytest.mark.parametrize("instant", [10, 13, 16, 19, 22])
def test_what_the_person_did_after_a_kill_is_kept(memory: Memory, instant: int) -> None:
    memory.write({"library.py": "old\n", "test_library.py": "old\n"}, "old", kind="save")
    assert kill_at(memory, instant, "new\n")
    (memory.root / "library.py").write_text("mine\n")
    (memory.root / "mine.txt").write_text("mine\n")
    git(memory, "add", "mine.txt")
    git(memory, "commit", "-q", "-m", "mine", "mine.txt")
    fresh = Memory(memory.root)
    fresh.create()
    assert fresh.read("library.py") == "mine\n"
    fresh.write({"library.py": "newer\n"}, "newer", kind="save")
    history = fresh.history()
    assert [commit.why for commit in history][:2] == ["newer", "Edited by hand: library.py"]
    assert fresh.at("library.py", history[1].sha) == "mine\n"
    assert "mine" in [commit.why for commit in history]
    assert git(fresh, "show", "HEAD:mine.txt") == "mine\n"
    assert git(fresh, "fsck", "--strict", "--no-dangling") == ""


def test_the_beginning_can_be_killed_too(memory: Memory) -> None:
    code = """
import signal
def watch(event, arguments, seen=[0]):
    if event == "os.rename":
        seen[0] += 1
        if seen[0] == int(sys.argv[2]):
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(watch)
memory.create()
"""
    for number in (1, 2, 2):  # our .gitignore, that of the library, .git itself
        with child(code, str(memory.root), str(number)) as writer:
            assert writer.wait() == -signal.SIGKILL
        assert not (memory.root / ".git").exists()
    memory.write({"library.py": "x = 1\n"}, "one")
    assert git(memory, "ls-files").split() == [".gitignore", "library.py"]
    assert_sane(memory)
