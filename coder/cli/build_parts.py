"""What a command is put together of, by its options: settings, person, listener, model; and what must hold first."""

import argparse
import json
import sys
from typing import Any

from coder.errors import NoModel, RefusedInput
from coder.model_settings import with_variables
from coder.settings import Settings, settle


def settings_of(options: argparse.Namespace) -> Settings:
    """The settings, with the options of a command line first."""
    names = (
        "library",
        "model",
        "base_url",
        "langchain",
        "window",
        "reply_tokens",
        "temperature",
        "reasoning_effort",
        "stream",
        "sandbox",
        "library_off",
        "max_rounds",
        "max_tokens",
        "max_cost",
        "max_time",
    )
    given = {name: getattr(options, name, None) for name in names}
    return settle({**given, "request": _request(getattr(options, "request", None))})


def _request(text: str | None) -> Any:
    """The fields that --request gives.

    Raises:
        RefusedInput: it is no JSON.
    """
    try:
        return None if text is None else json.loads(text)
    except (ValueError, RecursionError) as error:
        raise RefusedInput(
            f"--request is no JSON ({error}).", """Write it as in --request '{"top_p": 0.9}'"""
        ) from error


def check_person(options: argparse.Namespace) -> None:
    """Raise RefusedInput when nobody can review and nobody said --yes."""
    if options.json and not options.yes:
        raise RefusedInput("--json needs --yes: nobody can review on a stream of events.")
    if not options.yes and not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise RefusedInput("Nobody can review here: this is no terminal.", "Add --yes to accept what is green.")


def check_price(settings: Settings) -> None:
    """A limit that could not hold is worse than none."""
    if settings.max_cost is not None and settings.model not in settings.prices and not settings.recording:
        raise RefusedInput(
            f"max_cost is {settings.max_cost:g}, and the price of {settings.model!r} is not set.",
            f"coder config set prices '{{{settings.model}: [INPUT, CACHED, OUTPUT]}}' (for a million tokens), "
            "or limit with --max-tokens.",
        )


def person_and_listener(options: argparse.Namespace, settings: Settings) -> tuple[Any, Any]:
    """Who is asked, and who is told what happens: a screen, or lines of JSON."""
    from coder.people.unattended import Unattended

    if options.json:
        from coder.cli.json_events import JsonLines

        return Unattended(), JsonLines(sys.stdout)
    from coder.terminal.screen import Screen

    screen = Screen()
    if options.yes:
        return Unattended(), screen
    from coder.terminal.person import TerminalPerson

    return TerminalPerson(screen, settings.root / ".coder", settings.editor or None), screen


def model_of(settings: Settings) -> Any:
    """The model that the settings name, with those that stand in for it and those that can be chosen instead.

    Raises:
        RefusedInput: no model has a name that stands in for one.
        NoModel: there is no key, and no other model to ask.
    """
    if unknown := [name for name in settings.fallback if name not in settings.models]:
        raise RefusedInput(f"fallback names {unknown[0]!r}, and models has no such.", "coder config shows both.")
    if not settings.models:
        return _model(settings)
    from coder.model.named_models import NamedModels

    names = [settings.model, *settings.fallback]
    found = NamedModels(names, list(settings.models), lambda name: _model(settings.of_model(name)))
    if len(names) == 1:
        found.prepare()  # what cannot be had is told before anything begins
    return found


def _model(settings: Settings) -> Any:
    """The one model of these settings.

    Raises:
        NoModel: there is no key; says in five lines what to set.
    """
    if settings.langchain:
        from coder.model.langchain_model import Bounds, LangChainModel

        return LangChainModel(settings.langchain, settings.langchain_options, bounds=Bounds(settings.silence))
    from coder.model.local_servers import find, is_loopback

    if not settings.key and not is_loopback(settings.base_url):
        servers = [
            f"  {server.kind} answers at {server.base_url} with {', '.join(server.models[:3])}" for server in find()
        ]
        lines = [
            "No model: there is no key in the environment.",
            "  export CODER_API_KEY=...        (or OPENAI_API_KEY)",
            "  export CODER_MODEL=...          the model's name at the endpoint",
            "  export CODER_BASE_URL=...       any OpenAI-compatible endpoint, a local one needs no key",
            "  coder demo                      see it work without any of that",
            *(servers or []),
        ]
        raise NoModel("\n".join(lines))
    from coder.model.openai_model import OpenAIModel, Options
    from coder.model.retry_policy import RetryPolicy

    patience = RetryPolicy(read_s=settings.silence, total_s=settings.retry_time)
    own = {"temperature": settings.temperature, "reasoning_effort": settings.reasoning_effort or None}
    options = Options(
        window=settings.window,
        reply_tokens=settings.reply_tokens,
        extra={**{name: value for name, value in own.items() if value is not None}, **settings.request},
        headers={name: with_variables(value) for name, value in settings.headers.items()},
        stream=settings.stream,
        abilities=settings.root / ".coder" / "abilities.json",
    )
    return OpenAIModel(settings.model, settings.base_url, settings.key, patience=patience, options=options)
