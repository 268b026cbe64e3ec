"""What is wished of a reply: what is sent, what goes before it, and what becomes of it where an endpoint refuses."""

import json
from pathlib import Path
from typing import Any

import pytest
from openai_server import Answer, Asked, OpenAIServer, refuses

from coder.errors import WrongModel
from coder.model.model import Reply, ReplyOptions, Tool, Turn, Watch
from coder.model.openai_model import OpenAIModel, Options

CHAT: list[Turn] = [{"role": "user", "content": "A plan, as JSON."}]
SCHEMA: dict[str, Any] = {"title": "plan", "type": "object", "properties": {"steps": {"type": "array"}}}
TOOL = Tool("write_code", "Writes the code of a step.")
WISHES = ReplyOptions(temperature=0.2, max_tokens=300, schema=SCHEMA)
PLAN = '{"steps": []}'


def model_at(server: OpenAIServer, **options: Any) -> OpenAIModel:
    return OpenAIModel("test", server.url, options=Options(**options))


def ask(model: OpenAIModel, options: ReplyOptions = WISHES, tools: tuple[Tool, ...] = ()) -> Reply:
    return model.complete("plan", CHAT, tools, Watch(), options)


def sent(server: OpenAIServer, *fields: str) -> list[tuple[Any, ...]]:
    return [tuple(asked.body.get(field) for field in fields) for asked in server.asked]


def test_temperature_limit_and_schema_are_sent_when_they_are_wished_for() -> None:
    with OpenAIServer([PLAN]) as server:
        assert ask(model_at(server)).text == PLAN
    form = {"type": "json_schema", "json_schema": {"name": "plan", "strict": True, "schema": SCHEMA}}
    assert sent(server, "temperature", "max_tokens", "response_format", "tools") == [(0.2, 300, form, None)]


def test_what_the_person_has_set_goes_before_what_is_wished() -> None:
    mine = {"temperature": 1, "max_completion_tokens": 9000, "response_format": {"type": "json_object"}}
    with OpenAIServer([PLAN]) as server:
        ask(model_at(server, extra=mine))
    assert sent(server, *mine, "max_tokens") == [(1, 9000, {"type": "json_object"}, None)]


def refusing(field: str, words: str, *answers: Answer | str) -> Any:
    """A server that refuses what has the field, and else gives the answers in turn."""
    left = list(answers)

    def answer(asked: Asked, number: int) -> Answer | str:
        return refuses(400, words) if field in asked.body else left.pop(0)

    return answer


REFUSALS = {
    "temperature": "Unsupported value: 'temperature' does not support 0.2 with this model. Only the default (1) value"
    " is supported.",
    "max_tokens": "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens'"
    " instead.",
    "response_format": "This response_format type is unavailable now",
}


@pytest.mark.parametrize("field", REFUSALS)
def test_a_refused_wish_is_left_out_and_not_sent_again_by_the_next_run(field: str, tmp_path: Path) -> None:
    file = tmp_path / "endpoints.json"
    with OpenAIServer(refusing(field, REFUSALS[field], PLAN, PLAN, PLAN)) as server:
        model = model_at(server, abilities=file)
        assert [ask(model).text, ask(model).text, ask(model_at(server, abilities=file)).text] == [PLAN] * 3
    assert [field in asked.body for asked in server.asked] == [True, False, False, False]
    assert [asked.body.get("max_completion_tokens") for asked in server.asked[1:]] == [
        300 if field == "max_tokens" else None
    ] * 3


def test_a_temperature_that_the_person_has_set_is_not_left_out_but_told_to_be_refused() -> None:
    with (
        OpenAIServer(refusing("temperature", REFUSALS["temperature"], PLAN)) as server,
        pytest.raises(WrongModel, match="Only the default"),
    ):
        ask(model_at(server, extra={"temperature": 0.7}))


@pytest.mark.parametrize(
    "words",
    [
        '"response_format" type must be one of "text" or "json_object", but got: json_schema',
        "Invalid parameter: 'response_format' of type 'json_schema' is not supported with this model.",
        "This model does not support response format `json_schema`.",
        "Unrecognized request argument supplied: response_format",
    ],
)
def test_without_schemas_the_answer_is_asked_for_as_the_arguments_of_a_tool(words: str, tmp_path: Path) -> None:
    called = Answer(calls=[("plan", {"steps": []})])
    with OpenAIServer(refusing("response_format", words, called, called)) as server:
        replies = [ask(model_at(server, abilities=tmp_path / "endpoints.json")) for _ in range(2)]
    assert [(reply.text, reply.calls) for reply in replies] == [(PLAN, ())] * 2
    assert len(server.asked) == 3
    (tool,) = server.asked[1].body["tools"]
    assert (tool["function"]["name"], tool["function"]["parameters"]) == ("plan", SCHEMA)


def test_without_schemas_and_tools_the_words_of_the_prompt_must_do() -> None:
    def answer(asked: Asked, number: int) -> Answer | str:
        refused = next((field for field in ("response_format", "tools") if field in asked.body), "")
        return refuses(400, f"{refused} is not supported here") if refused else PLAN

    with OpenAIServer(answer) as server:
        assert ask(model_at(server)).text == PLAN
    assert server.asked[-1].body["messages"] == CHAT
    assert len(server.asked) == 3


def test_a_schema_that_is_refused_for_what_is_in_it_is_sent_again_the_next_time(tmp_path: Path) -> None:
    words = "Invalid schema for response_format 'plan': 'additionalProperties' is required to be false."
    with OpenAIServer(refusing("response_format", words, PLAN, PLAN)) as server:
        model = model_at(server, abilities=tmp_path / "endpoints.json")
        ask(model)
        ask(model)
    assert ["response_format" in asked.body for asked in server.asked] == [True, False, True, False]


def test_where_calls_are_wanted_no_schema_is_sent() -> None:
    with OpenAIServer([Answer(calls=[("write_code", {"step": 1})])]) as server:
        assert [call.name for call in ask(model_at(server), WISHES, (TOOL,)).calls] == ["write_code"]
    assert sent(server, "response_format") == [(None,)]
    assert json.dumps(server.asked[0].body["tools"]).count('"name"') == 1
