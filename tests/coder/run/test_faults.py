"""What a model's endpoint can do wrong, and how a process can be ended: a clear end or success, and nothing lost."""

import re
import signal
import socket
from dataclasses import replace

import pytest
from openai_server import Answer, Asked, Nature, OpenAIServer, refuses
from program import GOAL, PATIENCE_S, Console, Done, Program, healthy, sensible, wait_until

BOUND_S = 2.0
QUICK = {"model": "test", "retry_time": BOUND_S, "silence": 3.0}
PASSING = {
    "busy": [
        refuses(429, "slow down", Retry_After="1"),
        refuses(429, "slow down"),
        refuses(500, "oops"),
        Answer(status=503, body="busy", content_type="text/plain"),
    ],
    "broken": [
        Answer("some words of a reply that never ends", cut_after=3),
        Answer("some words of a reply that never ends", cut_after=2, reset=True),
        Answer(raw="data: {nonsense\n\n"),
        Answer(raw='data: {"choices": []}\n\ndata: [DONE]\n\n'),
    ],
    "odd": [Answer(delay_s=60), Answer(body="<html>Sign in</html>", content_type="text/html")],
}
LASTING = {
    "busy": [
        (refuses(429, "slow down"), "429"),
        (refuses(429, "slow down", Retry_After="30"), "asks to wait 30 s"),
        (refuses(500, "oops"), "oops"),
        (Answer(delay_s=60), "no word"),
    ],
    "broken": [
        (Answer("half a reply", cut_after=2), "cut"),
        (Answer(raw="data: {nonsense\n\n"), "JSON"),
        (Answer(raw='data: {"choices": []}\n\ndata: [DONE]\n\n'), "no choices"),
        (Answer(body="<html>Sign in</html>", content_type="text/html"), "text/html"),
    ],
}


def failing(faults: list[Answer], at: int = 1) -> OpenAIServer:
    """A server that answers sensibly, but with these faults in turn from request number `at` on."""

    def answer(asked: Asked, number: int) -> Answer:
        return faults[number - at] if at <= number < at + len(faults) else sensible(asked)

    return OpenAIServer(answer, Nature(models=("test",)))


def waited(done: Done) -> list[float]:
    """How long each wait was to be, in seconds, in the order they were announced."""
    found, attempt = list[float](), 0
    for row in done.rows:
        if row["event"] == "reply":
            attempt = 0  # of the next call
        elif row["event"] == "wait" and row["attempt"] != attempt:  # the same one again is its countdown
            attempt = row["attempt"]
            found.append(row["seconds"])
    return found


def finished_later(coder: Program) -> None:
    """The stopped run goes on against a healthy server: the plan that was paid for is not asked for again."""
    with healthy() as server:
        coder.settings(**QUICK, base_url=server.url)
        done = coder("resume", "--yes", "--json")
    assert done.code == 0, done.err
    assert "def double" in coder.text()
    assert not [asked for asked in server.asked if asked.body["messages"][0]["content"].startswith("You plan")]


@pytest.mark.parametrize("faults", PASSING.values(), ids=PASSING)
def test_faults_that_pass_are_told_and_the_goal_is_done(coder: Program, faults: list[Answer]) -> None:
    def answer(asked: Asked, number: int) -> Answer:
        """Each call meets the next fault first."""
        return faults[number // 2] if number % 2 == 0 and number // 2 < len(faults) else sensible(asked)

    with OpenAIServer(answer, Nature(models=("test",))) as server:
        coder.settings(**QUICK, base_url=server.url, control="model")
        done = coder("--yes", "--json", GOAL)
    assert done.code == 0, done.err
    assert "def double" in coder.text()
    assert len(server.asked) == 4 + len(faults)  # plan, two of control, code; the examples leave nothing to ask about
    assert len(waited(done)) == len(faults)
    assert max(waited(done)) <= BOUND_S
    if "Retry-After" in faults[0].headers:
        assert server.asked[1].at - server.asked[0].at >= 1.0
    assert done.told("finish")[0]["calls"] == 4


@pytest.mark.long
@pytest.mark.parametrize("faults", LASTING.values(), ids=LASTING)
def test_faults_that_last_end_in_a_sentence_within_the_bound_and_nothing_is_lost(
    coder: Program, faults: list[tuple[Answer, str]]
) -> None:
    now: list[Answer] = []
    with OpenAIServer(lambda asked, number: now[0] if number else sensible(asked), Nature(models=("test",))) as server:
        coder.settings(**QUICK, base_url=server.url)
        for number, (fault, words) in enumerate(faults):
            now[:] = [fault]
            before = len(server.asked)
            done = coder(*([GOAL] if number == 0 else ["resume"]), "--yes", "--json")
            assert done.code == 4
            message, hint = done.err.splitlines()
            assert message.startswith("coder: http://127.0.0.1:")
            assert words in message
            assert "coder resume" in hint
            assert sum(waited(done)) <= BOUND_S + 0.1
            assert 1 <= len(server.asked) - before <= 6
            assert done.told("finish")[0]["status"] == "no_model"
    finished_later(coder)


def test_a_countdown_is_shown_while_waiting(coder: Program) -> None:
    with failing([refuses(429, "slow down", Retry_After="2")], at=0) as server:
        coder.settings(model="test", base_url=server.url)
        with Console(coder, "--yes", GOAL) as console:
            assert console.end() == 0
            counted = [float(left) for left in re.findall(r"slow down.*? · try 2 in (\d\.\d) s", console.shown)]
    assert len(set(counted)) >= 2
    assert counted == sorted(counted, reverse=True)
    assert min(counted) >= 0 and max(counted) <= 2.2
    assert len(server.asked) == 3  # plan, code, and code again


def test_a_refused_connection_is_reported_after_two_seconds_of_tries(coder: Program) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # taken, and nobody listens
        coder.settings(**{**QUICK, "retry_time": 60.0}, base_url=f"http://127.0.0.1:{nobody.getsockname()[1]}/v1")
        done = coder("--yes", "--json", GOAL)
    assert done.code == 4
    assert sum(waited(done)) <= 4.0
    assert "no connection" in done.err
    with healthy() as server:
        coder.settings(**QUICK, base_url=server.url)
        assert coder("resume", "--yes").code == 0


def test_a_wrong_key_is_said_at_once_and_not_shown(coder: Program) -> None:
    with OpenAIServer(lambda asked, number: sensible(asked), Nature(keys=("right",))) as server:
        coder.settings(**QUICK, base_url=server.url)
        done = coder("--yes", "--json", GOAL, CODER_API_KEY="sk-wrong-secret")
        assert (done.code, len(server.asked), done.told("wait")) == (4, 1, [])
        assert "refuses the key" in done.err
        assert "secret" not in done.out + done.err
        assert coder("resume", "--yes", CODER_API_KEY="right").code == 0


def test_a_wrong_model_is_said_at_once_with_those_there_are(coder: Program) -> None:
    nature = Nature(models=("test", "other"), only_these_models=True)
    with OpenAIServer(lambda asked, number: sensible(asked), nature) as server:
        coder.settings(**{**QUICK, "model": "typo"}, base_url=server.url)
        done = coder("--yes", "--json", GOAL)
        assert (done.code, len(server.asked), done.told("wait")) == (4, 1, [])
        assert "'typo'" in done.err
        assert "test, other" in done.told("finish")[0]["summary"]
        coder.settings(**QUICK, base_url=server.url)
        assert coder("resume", "--yes").code == 0


def test_no_file_of_a_run_holds_the_key(coder: Program) -> None:
    with OpenAIServer([], Nature(keys=("right",))) as server:
        coder.settings(**QUICK, base_url=server.url)
        assert coder("--yes", GOAL, CODER_API_KEY="sk-very-secret").code == 4
    files = [path for path in coder.folder.rglob("*") if path.is_file()]
    assert any(path.name == "journal.db" for path in files)
    assert not [path for path in files if b"very-secret" in path.read_bytes()]


# -- ended from outside -----------------------------------------------------------------------------------------------

SILENT = replace(Answer(), delay_s=200.0)


@pytest.mark.long
def test_a_process_that_is_ended_during_a_model_call_goes_on_later(coder: Program) -> None:
    ends = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129, signal.SIGKILL: -9}
    with failing([SILENT] * len(ends)) as server:
        coder.settings(model="test", base_url=server.url)
        for number, (sent, code) in enumerate(ends.items()):
            process = coder.start(*(["resume"] if number else [GOAL]), "--yes", "--json")
            wait_until(lambda number=number: len(server.asked) == 2 + number, process)
            process.send_signal(sent)
            out, err = process.communicate(timeout=PATIENCE_S)
            assert process.returncode == code
            assert "Traceback" not in err
            if sent != signal.SIGKILL:
                assert "go on with: coder resume" in err
                assert '"status": "interrupted"' in out
    assert "  interrupted  " in coder("log").out
    finished_later(coder)


def test_a_run_that_lives_is_not_resumed_beside_itself(coder: Program) -> None:
    with failing([SILENT]) as server:
        coder.settings(model="test", base_url=server.url)
        process = coder.start("--yes", "--json", GOAL)
        wait_until(lambda: len(server.asked) == 2, process)
        done = coder("resume", "--yes")
        process.kill()
        process.communicate()
    assert done.code == 1
    assert f"pid {process.pid}" in done.err


@pytest.mark.parametrize(
    ("keys", "code", "words"),
    [("g", 0, "done"), ("fmake it short\r", 0, "done"), ("x", 3, "unfinished"), ("q", 130, "coder resume")],
    ids=["go on", "feedback", "finish", "quit"],
)
def test_ctrl_c_while_the_model_is_silent_asks_what_to_do(coder: Program, keys: str, code: int, words: str) -> None:
    with failing([SILENT]) as server:
        coder.settings(model="test", base_url=server.url, questions=0)
        with Console(coder, GOAL) as console:
            console.wait_for("[q]uit [?]")
            console.type("a")
            wait_until(lambda: len(server.asked) == 2, console.process)
            console.wait_for("writing code")
            console.type("\x03")
            console.wait_for("[g]o on [f]eedback [x] finish [q]uit")
            console.type(keys[0])
            if keys[1:]:
                console.wait_for("> ")
                console.type(keys[1:])
            if code == 0:
                console.wait_for("[r]eject")
                console.type("a")
            assert console.end() == code
            assert words in console.shown
    if keys[1:]:
        assert "make it short" in str(server.asked[2].body["messages"])


def test_ctrl_c_twice_leaves(coder: Program) -> None:
    with failing([SILENT], at=0) as server:
        coder.settings(model="test", base_url=server.url)
        with Console(coder, GOAL) as console:
            wait_until(lambda: len(server.asked) == 1, console.process)
            console.type("\x03")
            console.wait_for("[g]o on")
            console.type("\x03")
            assert console.end() == 130
            assert "coder resume" in console.shown
