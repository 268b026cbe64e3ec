"""Trust: what coder made here needs none, what a folder brought along is asked about once, and a change asks again."""

import json
import os
import shutil
import stat
import struct
import subprocess
from pathlib import Path

import pytest
from openai_server import Answer, OpenAIServer
from program import GOAL, Console, Program, healthy, sensible

from memory.errors import Untrusted
from memory.git import trust
from memory.store import Memory

KEY = "sk-decoy-of-mine-7731"


def git(root: Path, *words: str) -> str:
    done = subprocess.run(["git", "-C", str(root), *words], capture_output=True, text=True, check=True)
    return done.stdout


@pytest.fixture
def memory(tmp_path: Path) -> Memory:
    """A library that coder made, with one file."""
    memory = Memory(tmp_path / "lib")
    memory.write({"library.py": "x = 1\n"}, "one")
    return memory


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    """A folder with a git of its own that coder did not make, and nothing odd in it."""
    root = tmp_path / "theirs"
    root.mkdir()
    for words in (("init", "-q"), ("config", "user.name", "n"), ("config", "user.email", "n@example.org")):
        git(root, *words)
    git(root, "remote", "add", "origin", "https://example.org/x.git")
    return root


# -- .coder


def test_what_coder_made_is_for_its_owner_only_and_needs_no_trust(memory: Memory, own_home: Path) -> None:
    assert stat.S_IMODE(memory.private.stat().st_mode) == 0o700
    identity = (memory.private / "id").read_text().strip()
    notes = list((own_home / "data" / "coder" / "trust" / "made").iterdir())
    assert len(notes) == 1 and identity not in notes[0].name + notes[0].read_text()
    assert stat.S_IMODE(notes[0].stat().st_mode) == 0o600
    assert trust.is_trusted(memory.root)


def test_a_library_that_is_moved_or_copied_by_its_owner_goes_on(memory: Memory, tmp_path: Path) -> None:
    memory.root.rename(tmp_path / "moved")
    assert Memory(tmp_path / "moved").write({"library.py": "x = 2\n"}, "two")
    shutil.copytree(tmp_path / "moved", tmp_path / "copied")
    assert Memory(tmp_path / "copied").write({"library.py": "x = 3\n"}, "three")


def test_a_private_folder_without_a_known_id_is_not_even_read(memory: Memory) -> None:
    (memory.private / "id").unlink()
    (memory.private / "pending").write_text("not read")
    with pytest.raises(Untrusted, match="was not made by coder on this machine"):
        Memory(memory.root).write({"library.py": "x = 2\n"}, "two")
    assert (memory.private / "pending").read_text() == "not read"


def test_one_from_before_this_was_asked_is_taken_in_once(memory: Memory) -> None:
    (memory.private / "id").unlink()
    memory.private.chmod(0o775)
    trust.take_in(memory.root)
    assert stat.S_IMODE(memory.private.stat().st_mode) == 0o700
    assert Memory(memory.root).write({"library.py": "x = 2\n"}, "two")


def test_one_that_git_tracks_is_refused_for_good(memory: Memory) -> None:
    git(memory.root, "add", "-f", ".coder")
    for _ in range(2):
        with pytest.raises(Untrusted, match="is tracked by git"):
            Memory(memory.root).create()
        with pytest.raises(Untrusted, match="is tracked by git"):
            trust.take_in(memory.root)
    git(memory.root, "rm", "-r", "-q", "--cached", "-f", ".coder")  # what came with it is still there
    with pytest.raises(Untrusted, match="was not made by coder"):
        Memory(memory.root).write({"library.py": "x = 2\n"}, "two")


def test_one_that_only_the_last_commit_holds_is_not_taken_in(memory: Memory) -> None:
    git(memory.root, "add", "-f", ".coder")
    git(memory.root, "-c", "user.name=n", "-c", "user.email=e", "commit", "-qm", "all")
    git(memory.root, "rm", "-r", "-q", "--cached", ".coder")
    with pytest.raises(Untrusted, match="is tracked by git"):
        trust.take_in(memory.root)


def test_one_beside_an_index_with_a_path_of_megabytes_is_not_used(memory: Memory) -> None:
    entry = bytes(60) + b"\x0f\xff"
    (memory.root / ".git" / "index").write_bytes(
        b"DIRC" + struct.pack(">LL", 4, 60_000) + entry + b"\0" + b"a" * 4_000_000 + b"\0" + (entry + b"\1\0") * 59_999
    )
    for refused in (
        lambda: trust.check(memory.private),
        lambda: trust.take_in(memory.root),
        Memory(memory.root).create,
    ):
        with pytest.raises(Untrusted, match="has a path of more than 4,096 bytes"):
            refused()


# -- git


def test_a_repository_with_nothing_that_runs_needs_no_question(foreign: Path) -> None:
    assert trust.problems(foreign) == []
    assert Memory(foreign).write({"library.py": "x = 1\n"}, "one")


@pytest.mark.parametrize(
    ("name", "value", "asked"),
    [
        ("core.fsmonitor", "true", False),
        ("core.fsmonitor", "./watch", True),
        ("core.autocrlf", "input", False),
        ("branch.main.remote", "origin", False),
        ("commit.gpgsign", "true", False),
        ("gpg.ssh.defaultKeyCommand", "x", True),
        ("gc.recentObjectsHook", "x", True),
        ("lfs.customtransfer.x.path", "x", True),
        ("remote.origin.url", "ext::sh -c x", True),
        ("submodule.a.update", "!x", True),
        ("some.later.invention", "x", True),
    ],
)
def test_a_setting_is_asked_about_unless_it_is_known_to_run_nothing(
    name: str, value: str, asked: bool, foreign: Path
) -> None:
    git(foreign, "config", name, value)
    assert bool(trust.problems(foreign)) == asked
    assert trust.is_trusted(foreign) != asked


def test_trust_holds_for_what_was_seen_and_no_more(foreign: Path, tmp_path: Path) -> None:
    hook = foreign / ".git" / "hooks" / "pre-commit"
    hook.write_text("#!/bin/sh\nexit 0\n")
    hook.chmod(0o755)
    with pytest.raises(Untrusted, match="hook pre-commit"):
        Memory(foreign).write({"library.py": "x = 1\n"}, "one")
    assert not (foreign / "library.py").exists() and not (foreign / ".coder").exists()
    trust.trust_git(foreign)
    assert Memory(foreign).write({"library.py": "x = 1\n"}, "one")
    hook.write_text("#!/bin/sh\nexit 1 # another\n")
    with pytest.raises(Untrusted, match="hook pre-commit"):
        trust.require(foreign)
    foreign.rename(tmp_path / "elsewhere")
    with pytest.raises(Untrusted):
        trust.require(tmp_path / "elsewhere")


def test_hooks_that_the_person_puts_into_what_coder_made_count(memory: Memory) -> None:
    hook = memory.root / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nexit 0\n")
    hook.chmod(0o755)
    assert trust.is_trusted(memory.root)
    shutil.rmtree(memory.root / ".git")  # another git in its place is not what coder made
    git(memory.root, "init", "-q")
    shutil.copy2(__file__, memory.root / ".git" / "hooks" / "post-commit")
    (memory.root / ".git" / "hooks" / "post-commit").chmod(0o755)
    assert not trust.is_trusted(memory.root)


def test_a_second_work_tree_of_the_persons_repository_needs_no_question(foreign: Path, tmp_path: Path) -> None:
    git(foreign, "commit", "-q", "--allow-empty", "-m", "one")
    git(foreign, "worktree", "add", "-q", str(tmp_path / "second"))
    assert trust.problems(tmp_path / "second") == []


# -- the command


def refused(coder: Program, *words: str) -> str:
    done = coder(*words)
    assert done.code == 2 and "Traceback" not in done.err
    return done.err


def test_the_command_trusts_lists_and_forgets(coder: Program) -> None:
    assert coder("demo", "--yes", "--library", "lib").code == 0
    git(coder.library, "config", "core.sshCommand", "x")  # in what coder made, it is the person's own
    (coder.library / ".coder" / "id").unlink()
    assert "coder trust" in refused(coder, "undo", "--yes")
    assert "core.sshcommand" in coder("trust", str(coder.library)).out
    assert str(coder.library) in coder("trust", "--list").out
    assert coder("undo", "--yes").code == 0
    assert coder("trust", "--forget", str(coder.library)).code == 0
    assert "coder trust" in refused(coder, "undo", "--yes")
    assert "No folder" in coder("trust", "--list").out
    assert coder("doctor").out.count("MISSING") >= 1


def test_reading_goes_on_where_nothing_is_trusted(coder: Program) -> None:
    assert coder("demo", "--yes", "--library", "lib").code == 0
    (coder.library / ".coder" / "id").unlink()
    git(coder.library, "config", "core.fsmonitor", "touch ran")
    for words in (("list",), ("show", "parse_duration"), ("search", "duration"), ("report",)):
        done = coder("library", *words)
        assert done.code == 0 and "parse_duration" in done.out
    assert coder("plan").code == 0
    assert not (coder.library / "ran").exists()


def test_somebody_at_the_terminal_is_asked_once(coder: Program) -> None:
    assert coder("demo", "--yes", "--library", "lib").code == 0
    (coder.library / ".coder" / "id").unlink()
    with Console(coder, "undo") as console:
        console.wait_for("Trust it? [y/N]")
        console.type("n\n")
        assert console.end() == 2
    with Console(coder, "undo") as console:
        console.wait_for("Trust it? [y/N]")
        console.type("y\n")
        console.wait_for("Take it back?")
        console.type("n\n")
        assert console.end() == 0
    assert coder("undo", "--yes").code == 0


# -- keys


def test_no_key_and_no_password_is_stored_or_shown(coder: Program) -> None:
    def answer(asked: object, number: int) -> Answer:
        if number == 0:  # an endpoint that says the key in its refusal, as some do
            return Answer(
                status=429, body=json.dumps({"error": {"message": f"slow down, {KEY}"}}), headers={"retry-after": "0"}
            )
        reply = sensible(asked)  # pyright: ignore[reportArgumentType]
        return Answer(reply.text + f"\n# {KEY}\n" if "```" in reply.text else reply.text, calls=reply.calls)

    with OpenAIServer(answer) as server:
        url = server.url.replace("://", "://me:pass-word-of-mine@") + "?api_key=query-key-of-mine"
        secrets = {"CODER_API_KEY": KEY, "CODER_MODEL": "test"}
        coder.settings(langchain_options={"api_key": "chain-key-of-mine", "default_headers": {"x": "header-of-mine"}})
        told = [coder("--yes", "--base-url", url, GOAL, **secrets), coder("config", CODER_BASE_URL=url, **secrets)]
        told += [coder("log", **secrets), coder("doctor", CODER_BASE_URL=url, **secrets)]
        told += [coder("replay", "--export", **secrets)]
    said = "".join(done.out + done.err for done in told)
    files = [path.read_bytes() for path in coder.library.rglob("*") if path.is_file() and ".git" not in path.parts]
    history = git(coder.library, "log", "-p", "--all") if (coder.library / ".git").exists() else ""
    for secret in (KEY, "pass-word-of-mine", "query-key-of-mine", "chain-key-of-mine", "header-of-mine"):
        assert secret not in said and secret not in history
        assert not [data for data in files if secret.encode() in data]


def test_files_with_settings_are_for_their_owner_only(coder: Program) -> None:
    os.umask(0o022)
    assert coder("config", "set", "model", "m").code == 0
    assert stat.S_IMODE(Path(coder.environment["CODER_CONFIG"]).stat().st_mode) == 0o600
    with healthy() as server:
        assert coder("--yes", GOAL, CODER_BASE_URL=server.url, CODER_MODEL="test").code == 0
    for name in ("journal.db", "id"):
        assert stat.S_IMODE((coder.library / ".coder" / name).stat().st_mode) == 0o600
