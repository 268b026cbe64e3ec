"""How many tokens a reply may have, and tools that an endpoint takes and shows to nobody."""

from pathlib import Path
from typing import Any

import pytest
from openai_server import Answer, Asked, OpenAIServer, refuses

from coder.model.endpoint_features import EndpointFeatures
from coder.model.model import Reply, ReplyOptions, Tool, Turn, Watch
from coder.model.openai_model import OpenAIModel
from coder.model.request import Options, Request

CHAT: list[Turn] = [{"role": "user", "content": "A plan."}]
TOOLS = [Tool("write_code", "Writes the code of a step.")]
SHORT_REPLY = ReplyOptions(max_tokens=300)
THOUGHTS = Answer("<think>They want a function that doubles. Let me see", finish="length")
HIDDEN = Answer("", finish="length", usage={"completion_tokens_details": {"reasoning_tokens": 300}})
TEXT_CALL = '[{"command": "write_code", "arguments": {"step": 1}}]'


def ask(model: OpenAIModel, wishes: ReplyOptions = SHORT_REPLY, watch: Watch | None = None) -> Reply:
    return model.complete("plan", CHAT, [], watch or Watch(), wishes)


def limits(server: OpenAIServer) -> list[Any]:
    return [asked.body.get("max_tokens") for asked in server.asked]


@pytest.mark.parametrize(
    ("here", "wish", "own", "limit"),
    [
        (True, None, {}, 4_000),
        (False, None, {}, 16_000),
        (False, 300, {}, 300),
        (False, None, {"reply_tokens": 2_000}, 2_000),
        (False, 9_000, {"reply_tokens": 2_000}, 2_000),
        (True, None, {"window": 4_096}, 2_048),
    ],
)
def test_every_request_has_a_limit(here: bool, wish: int | None, own: dict[str, Any], limit: int) -> None:
    request = Request("m", CHAT, [], ReplyOptions(max_tokens=wish), Options(**own), here, "plan")
    assert request.body(EndpointFeatures())["max_tokens"] == limit


@pytest.mark.parametrize("cut", [THOUGHTS, HIDDEN], ids=["thoughts in the text", "hidden thoughts"])
def test_a_reply_that_was_cut_in_its_thoughts_gets_more_and_then_still_more(cut: Answer, tmp_path: Path) -> None:
    why: list[str] = []
    file = tmp_path / "endpoints.json"
    with OpenAIServer([cut, cut, "1. [ ] double", "again", "next run"]) as server:
        model = OpenAIModel("test", server.url, options=Options(abilities=file))
        reply = ask(model, watch=Watch(on_restart=why.append))
        assert (reply.text, ask(model).text) == ("1. [ ] double", "again")
        assert ask(OpenAIModel("test", server.url, options=Options(abilities=file))).text == "next run"
    assert limits(server) == [300, 4_000, 16_000, 4_000, 4_000]  # who thinks is not held to what a purpose wishes
    assert why == ["its thoughts took all the tokens it had; it gets more"] * 2
    assert reply.tokens_in == 3 * (reply.tokens_in // 3) > 0  # all three were paid


def test_an_answer_that_was_cut_without_any_thoughts_is_not_asked_for_again() -> None:
    with OpenAIServer([Answer("1. [ ] double(", finish="length")]) as server:
        assert ask(OpenAIModel("test", server.url)).ended == "length"
    assert limits(server) == [300]


def test_thoughts_without_an_end_are_given_up_and_what_there_is_comes_back() -> None:
    with OpenAIServer([THOUGHTS] * 3) as server:
        reply = ask(OpenAIModel("test", server.url))
    assert limits(server) == [300, 4_000, 16_000]
    assert "nothing but thoughts" in reply.note


def test_the_limit_that_the_person_has_set_holds_for_thoughts_too() -> None:
    with OpenAIServer([THOUGHTS] * 2) as server:
        ask(OpenAIModel("test", server.url, options=Options(reply_tokens=1_000)))
    assert limits(server) == [300, 1_000]


@pytest.mark.parametrize(
    ("words", "remembered"),
    [
        ("max_tokens is too large: 4000. This model supports at most 1024 completion tokens", True),
        ("Invalid max_tokens value, the valid range of max_tokens is [1, 1024]", True),
        ("max_tokens: 4000 > 1024, which is the maximum allowed number of output tokens for this model", True),
        (
            "This model's maximum context length is 8192 tokens. You requested 9000 tokens (8000 in the messages, 1000"
            " in the completion).",
            False,
        ),
    ],
)
def test_a_limit_that_is_too_high_for_an_endpoint_is_halved_until_it_fits(
    words: str, remembered: bool, tmp_path: Path
) -> None:
    def script(asked: Asked, number: int) -> Answer | str:
        return "ok" if asked.body["max_tokens"] <= 1_024 else refuses(400, words)

    with OpenAIServer(script) as server:
        model = OpenAIModel("test", server.url, options=Options(abilities=tmp_path / "endpoints.json"))
        assert [ask(model, ReplyOptions()).text, ask(model, ReplyOptions()).text] == ["ok", "ok"]
    assert limits(server) == [4_000, 2_000, 1_000, *([1_000] if remembered else [4_000, 2_000, 1_000])]


def test_an_endpoint_that_knows_no_limit_at_all_is_asked_without() -> None:
    def script(asked: Asked, number: int) -> Answer | str:
        named = next((name for name in asked.body if name.startswith("max_")), "")
        return refuses(422, f"Extra inputs are not permitted: {named}") if named else "ok"

    with OpenAIServer(script) as server:
        model = OpenAIModel("test", server.url)
        assert [ask(model).text, ask(model).text] == ["ok", "ok"]
    assert len(server.asked) == 4


# Tools that nobody is shown


def blind(asked: Asked, number: int) -> Answer | str:
    """A server that takes tools and drops them."""
    told = "write_code" in str(asked.body["messages"][0]["content"])
    return TEXT_CALL if told else "I would begin with the code of the first step."


def control(model: OpenAIModel, watch: Watch | None = None) -> Reply:
    return model.complete("control", [{"role": "user", "content": "Go on."}], TOOLS, watch or Watch())


def test_tools_that_a_server_takes_and_shows_to_nobody_are_told_in_words_from_then_on(tmp_path: Path) -> None:
    why: list[str] = []
    file = tmp_path / "endpoints.json"
    with OpenAIServer(blind) as server:
        model = OpenAIModel("test", server.url, options=Options(abilities=file))
        first = control(model, Watch(on_restart=why.append))
        later = [control(model), control(OpenAIModel("test", server.url, options=Options(abilities=file)))]
    assert [[call.name for call in reply.calls] for reply in (first, *later)] == [["write_code"]] * 3
    assert ["tools" in asked.body for asked in server.asked] == [True, False, False, False]
    assert why == ["it called nothing; the commands are told in words this time"]


def test_a_model_that_answers_in_words_with_and_without_tools_keeps_them(tmp_path: Path) -> None:
    answers = ["Which step?", "Which step, please?", Answer(calls=[("write_code", {})]), "Done, I think."]
    with OpenAIServer(answers) as server:
        model = OpenAIModel("test", server.url, options=Options(abilities=tmp_path / "endpoints.json"))
        replies = [control(model) for _ in range(3)]
    assert [reply.text for reply in replies] == ["Which step, please?", "", "Done, I think."]
    assert ["tools" in asked.body for asked in server.asked] == [True, False, True, True]  # it has called before


def test_a_chat_with_calls_in_it_shows_that_tools_are_seen() -> None:
    called = Reply(calls=(), text="").turn()
    called["tool_calls"] = [{"id": "c1", "type": "function", "function": {"name": "write_code", "arguments": "{}"}}]
    chat = [*CHAT, called, {"role": "tool", "tool_call_id": "c1", "content": "red"}]
    with OpenAIServer(["I do not know how."]) as server:
        assert OpenAIModel("test", server.url).complete("control", chat, TOOLS, Watch()).calls == ()
    assert len(server.asked) == 1


def test_a_second_request_that_fails_does_not_lose_the_first_reply() -> None:
    heard: list[str] = []
    with OpenAIServer(["Which step?"]) as server:
        assert control(OpenAIModel("test", server.url), Watch(on_text=heard.append)).text == "Which step?"
    assert "".join(heard).endswith("Which step?")
