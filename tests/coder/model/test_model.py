"""Replies as values, and the scripted model that stands in for a real one."""

import pytest

from coder.errors import NoAnswer, Unreachable
from coder.model.model import Call, Reply, ScriptedModel, Tool, Turn, Watch, calls, says
from memory.json_values import from_json

CHAT: list[Turn] = [{"role": "user", "content": "hello"}]


def test_a_reply_survives_its_way_through_json() -> None:
    reply = Reply("text", (Call("finish", '{"a": 1}', "c1"),), 100, 60, 7, 1.25, "m", "usage", "stop")
    assert from_json(Reply, reply.to_json()) == reply


def test_a_reply_from_an_older_file_takes_defaults_for_what_it_does_not_know() -> None:
    assert from_json(Reply, {"text": "hi", "gone": 1}) == Reply("hi")


def test_a_reply_becomes_the_assistants_turn_with_its_calls() -> None:
    turn = calls(("write_code", {"step": 1})).turn()
    assert turn["content"] is None
    assert turn["tool_calls"][0] == {
        "id": "call_1",
        "type": "function",
        "function": {"name": "write_code", "arguments": '{"step": 1}'},
    }


def test_a_scripted_model_streams_its_texts_and_remembers_the_chats() -> None:
    heard: list[str] = []
    model = ScriptedModel(["one", says("two", tokens_in=5), calls(("finish", {}))])
    chat = list(CHAT)
    assert model.complete("code", chat, [], Watch(on_text=heard.append)).text == "one"
    chat.append({"role": "user", "content": "more"})
    assert model.complete("code", chat, [], Watch(on_text=heard.append)).tokens_in == 5
    assert model.complete("control", chat, [], Watch(on_text=heard.append)).calls[0].name == "finish"
    assert heard == ["one", "two"]
    assert [len(seen) for seen in model.chats] == [1, 2, 2]
    assert model.purposes == ["code", "code", "control"]


def test_a_scripted_model_raises_and_computes_as_told() -> None:
    def count(chat: object, tools: object) -> Reply:
        return says(f"{len(CHAT)} turn")

    model = ScriptedModel([Unreachable("gone"), count])
    with pytest.raises(Unreachable, match="gone"):
        model.complete("code", CHAT, [], Watch())
    assert model.complete("code", CHAT, [Tool("a", "b")], Watch()).text == "1 turn"
    assert model.left == 0


def test_a_scripted_model_that_has_no_reply_left_says_how_many_it_had() -> None:
    model = ScriptedModel(["only"])
    model.complete("code", CHAT, [], Watch())
    with pytest.raises(NoAnswer, match="asked 2 times and has 1 replies"):
        model.complete("code", CHAT, [], Watch())
