"""Secrets: the keys and passwords of this run, taken out of every text that is stored or shown."""

import json
import os
import re
from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import parse_qsl, unquote, urlsplit

KEYS = ("CODER_API_KEY", "OPENAI_API_KEY")  # the first that is set is the key for the endpoint
HIDDEN = "***"
_SHORTEST = 8  # letters; a shorter one would be found in words that are none
_NAME = r"[\w.-]*(?:key|token|secret|sig|passw|pwd|auth|code|credential)[\w.-]*"
_SECRET_NAME = re.compile(rf"{_NAME}|.*headers|.*cookies", re.IGNORECASE)
_IN_QUERY = re.compile(rf"([?&;]{_NAME}=)[^&;\s#'\"<>]+", re.IGNORECASE)
_IN_PLACE = re.compile(r"(\b[a-zA-Z][a-zA-Z0-9+.-]*://)[^/?#@\s'\"<>]*@")
_more: set[str] = set()


def keep_secret(value: Any, name: str = "") -> None:
    """From now on take this out of every text: a setting's value, with all that looks like a secret in it.

    Args:
        value: text, URL, or a mapping or list of such.
        name: what it is called there; a word such as "api_key" makes the whole text one.
    """
    if isinstance(value, Mapping):
        for inner, one in cast(Mapping[Any, Any], value).items():
            keep_secret(one, name if _is_secret(name) else str(inner))
    elif isinstance(value, list | tuple):
        for one in cast(list[Any], value):
            keep_secret(one, name)
    elif isinstance(value, str):
        found = [value] if _is_secret(name) else _secrets_of(value)
        _more.update(secret for secret in found if len(secret) >= _SHORTEST)


def _is_secret(name: str) -> bool:
    return _SECRET_NAME.fullmatch(name) is not None and name.lower() not in ("max_tokens", "tokens")


def _secrets_of(url: str) -> list[str]:
    try:
        parts = urlsplit(url)
        raw = [parts.password or "", parts.username or "" if parts.password is None else ""]
        query = [value for name, value in parse_qsl(parts.query) if _is_secret(name)]
    except ValueError:
        return []
    return [*raw, *map(unquote, raw), *query] if parts.scheme and parts.netloc else []


def without_secrets(text: str) -> str:
    """The text without the key in the environment and whatever else was to be kept secret; all else stays."""
    for secret in _all():
        if secret in text:
            text = text.replace(secret, HIDDEN)
        if (escaped := json.dumps(secret)[1:-1]) in text:
            text = text.replace(escaped, HIDDEN)
    return text


def _all() -> list[str]:
    values = {os.environ.get(name, "").strip() for name in KEYS} | _more
    return sorted((value for value in values if len(value) >= _SHORTEST), key=len, reverse=True)


def masked(text: str) -> str:
    """A message for people: also without what stands as a password or key in any URL in it."""
    return _IN_QUERY.sub(rf"\1{HIDDEN}", _IN_PLACE.sub(rf"\1{HIDDEN}@", without_secrets(text)))


def shown(value: Any, name: str = "") -> Any:
    """A setting's value as it may be shown: what is named like a secret is hidden, URLs are without theirs."""
    if isinstance(value, Mapping):
        given = cast(Mapping[Any, Any], value)
        return {inner: shown(one, name if _is_secret(name) else str(inner)) for inner, one in given.items()}
    if isinstance(value, list | tuple):
        return [shown(one, name) for one in cast(list[Any], value)]
    if _is_secret(name) and value not in (None, ""):
        return HIDDEN
    return masked(value) if isinstance(value, str) else value


def discreet(value: Any) -> Any:
    """Data (texts in mappings and lists) without the secrets of this run."""
    if not _all():
        return value
    if isinstance(value, str):
        return without_secrets(value)
    if isinstance(value, Mapping):
        return {key: discreet(one) for key, one in cast(Mapping[Any, Any], value).items()}
    return [discreet(one) for one in cast(list[Any], value)] if isinstance(value, list | tuple) else value
