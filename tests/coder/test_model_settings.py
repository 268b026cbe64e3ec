"""Request options, headers and named models in the settings: what is sent where, and what is shown nowhere."""

from pathlib import Path
from typing import Any

import pytest
from openai_server import Nature, OpenAIServer

from coder.cli.build_parts import model_of, settings_of
from coder.cli.parser import parser
from coder.errors import RefusedInput, WrongModel
from coder.model.model import Turn, Watch
from coder.settings import Settings, settle
from memory.secrets import masked

CHAT: list[Turn] = [{"role": "user", "content": "Hello?"}]


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "own.yaml"
    monkeypatch.setenv("CODER_CONFIG", str(file))
    for name in ("CODER_API_KEY", "OPENAI_API_KEY", "CODER_MODEL", "CODER_BASE_URL", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "project").mkdir()
    return file


def asked(server: OpenAIServer, settings: Settings) -> tuple[dict[str, Any], Any]:
    """Body and headers of one request."""
    model_of(settings).complete("code", CHAT, [], Watch())
    return server.asked[-1].body, server.asked[-1].headers


def test_what_is_set_for_requests_is_sent_with_each(own: Path, tmp_path: Path) -> None:
    with OpenAIServer(["ok"]) as server:
        own.write_text(
            f"base_url: {server.url}\ntemperature: 0\nreply_tokens: 900\nreasoning_effort: low\nstream: false\n"
            "request: {top_p: 0.9, provider: {sort: price}}\n"
        )
        body, _ = asked(server, settle({}, tmp_path / "project"))
    wanted = {"temperature": 0, "max_tokens": 900, "reasoning_effort": "low", "stream": False, "top_p": 0.9}
    assert {name: body[name] for name in wanted} == wanted
    assert body["provider"] == {"sort": "price"}
    assert "stream_options" not in body


def test_the_command_line_goes_before_the_file(own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path / "project")
    own.write_text("temperature: 1\nrequest: {top_p: 0.9}\nstream: true\n")
    words = ["run", "--temperature", "0", "--request", '{"seed": 7}', "--no-stream", "--window", "8192", "a goal"]
    settings = settings_of(parser().parse_args(words))
    found = (settings.temperature, settings.request, settings.stream, settings.window)
    assert found == (0, {"seed": 7}, False, 8192)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "no JSON"),
        ('{"messages": []}', "cannot set 'messages'"),
        ("[1]", "must be `name: value` pairs"),
    ],
)
def test_request_fields_that_cannot_be_sent_are_refused(text: str, says: str, own: Path) -> None:
    with pytest.raises(RefusedInput, match=says):
        settings_of(parser().parse_args(["run", "--request", text, "a goal"]))


def test_headers_are_sent_with_variables_filled_in_and_shown_nowhere(
    own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GATEWAY", "hush-hush-5678")
    with OpenAIServer(["ok"]) as server:
        own.write_text(
            f"base_url: {server.url}\nheaders: {{X-Gateway: 'Bearer ${{GATEWAY}}', X-Team: ordinary-team}}\n"
        )
        settings = settle({}, tmp_path / "project")
        _, headers = asked(server, settings)
    assert (headers["x-gateway"], headers["x-team"]) == ("Bearer hush-hush-5678", "ordinary-team")
    everywhere = f"{settings.shown()} {settings.to_json()} {settings!r}"
    assert "ordinary-team" not in everywhere
    assert "hush-hush" not in masked(f"{everywhere} the endpoint quotes hush-hush-5678 and ordinary-team")


@pytest.mark.parametrize("line", ["headers: {A: b}", "request: {a: 1}", "models: {a: {model: b}}"])
def test_a_projects_file_may_not_decide_what_has_power(line: str, own: Path, tmp_path: Path) -> None:
    (tmp_path / "project" / "coder.yaml").write_text(line)
    with pytest.raises(RefusedInput, match="a project's file may not set it"):
        settle({}, tmp_path / "project")


def test_a_projects_file_may_set_temperature_and_limits(own: Path, tmp_path: Path) -> None:
    (tmp_path / "project" / "coder.yaml").write_text("temperature: 0.2\nreply_tokens: 1000\nstream: false\n")
    assert settle({}, tmp_path / "project").temperature == 0.2


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("models: {a: 1}", "must be `name: value` pairs"),
        ("models: {a: {colour: red}}", "a model has no 'colour'"),
        ("models: {a: {temperature: hot}}", "temperature must be a number"),
        ("models: {a: {key_env: sk-123}}", "must name a variable"),
        ("models: {a: {headers: {'X Y': b}}}", "cannot be the name of a header"),
        ("headers: {A: 'two\n\n  lines'}", "text of one line"),
        ("fallback: [1]", "list of names"),
    ],
)
def test_a_model_that_cannot_be_one_is_refused(text: str, says: str, own: Path, tmp_path: Path) -> None:
    own.write_text(text)
    with pytest.raises(RefusedInput, match=says):
        settle({}, tmp_path / "project")


def test_a_named_model_has_its_own_address_and_key_and_takes_nothing_meant_for_another(
    own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CODER_API_KEY", "key-of-the-usual")
    monkeypatch.setenv("OTHER_KEY", "key-of-the-other")
    with OpenAIServer(["ok"] * 3) as server:
        own.write_text(
            "base_url: https://usual.invalid/v1\nheaders: {X-Usual: mine}\nrequest: {top_p: 0.9}\ntemperature: 1\n"
            "models:\n"
            f"  here: {{base_url: '{server.url}', model: small, temperature: 0}}\n"
            f"  there: {{base_url: '{server.url}', key_env: OTHER_KEY}}\n"
        )
        here, headers = asked(server, settle({"model": "here"}, tmp_path / "project"))
        assert (here["model"], here["temperature"], "top_p" in here) == ("small", 0, False)
        assert "key-of-the-usual" not in str(headers)
        assert "x-usual" not in headers
        there, headers = asked(server, settle({"model": "there"}, tmp_path / "project"))
        assert (there["model"], there["temperature"]) == ("there", 1)
        assert headers["authorization"] == "Bearer key-of-the-other"
        given, _ = asked(server, settle({"model": "here", "temperature": 0.5}, tmp_path / "project"))
        assert given["temperature"] == 0.5  # an option goes before what the model is set to
    settings = settle({"model": "there"}, tmp_path / "project")
    assert "key-of-the-other" not in f"{settings!r} {settings.shown()} {masked('key-of-the-other')}"


OUT = "models:\n  first: {{base_url: '{nobody}', model: a}}\n  second: {{base_url: '{url}', model: b}}\n"


def test_when_a_model_is_out_the_next_is_asked_and_the_person_told_once(own: Path, tmp_path: Path) -> None:
    told: list[str] = []
    with OpenAIServer([]) as gone:
        nobody = gone.url  # from here on nobody listens there
    with OpenAIServer(["ok", "ok"]) as server:
        own.write_text("model: first\nfallback: [second]\n" + OUT.format(url=server.url, nobody=nobody))
        model = model_of(settle({}, tmp_path / "project"))
        replies = [model.complete("code", CHAT, [], Watch(on_note=told.append)) for _ in range(2)]
    assert [(reply.text, reply.model) for reply in replies] == [("ok", "b")] * 2
    (line,) = told
    assert line.startswith(f"first is out: {nobody} gave no reply: no connection")
    assert line.endswith("second is asked from now on.")


def test_a_model_without_its_key_is_out_and_one_that_is_unknown_is_a_mistake(own: Path, tmp_path: Path) -> None:
    with OpenAIServer(["ok"], Nature(models=["b"], only_these_models=True)) as server:
        own.write_text(
            "fallback: [second]\nmodels:\n  keyless: {base_url: 'https://a.invalid/v1', key_env: NO_SUCH}\n"
            f"  wrong: {{base_url: '{server.url}'}}\n  second: {{base_url: '{server.url}', model: b}}\n"
        )
        keyless = model_of(settle({"model": "keyless"}, tmp_path / "project"))
        assert keyless.complete("code", CHAT, [], Watch()).model == "b"
        with pytest.raises(WrongModel, match="does not exist"):
            model_of(settle({"model": "wrong"}, tmp_path / "project")).complete("code", CHAT, [], Watch())


def test_a_fallback_that_is_no_named_model_is_refused_at_once(own: Path, tmp_path: Path) -> None:
    own.write_text("fallback: [nobody]\n")
    with pytest.raises(RefusedInput, match="fallback names 'nobody'"):
        model_of(settle({}, tmp_path / "project"))
