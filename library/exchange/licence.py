"""Licences: which one a text, a project's metadata or a package's own says; "" where nothing does. Pure."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from typing import Any, cast

_SPDX = re.compile(r"SPDX-License-Identifier:\s*([\w.+-]+(?:\s+(?:OR|AND|WITH)\s+[\w.+-]+)*)")
_COPYRIGHT = re.compile(r"(copyright\b.*(\d{4}|\(c\)|©| by )|\(c\) *\d{4}|© *\d{4})", re.IGNORECASE)
# The first words by which each can be told, most particular first.
_WORDS = (
    ("AGPL-3.0", "gnu affero general public license"),
    ("LGPL-3.0", "gnu lesser general public license version 3"),
    ("LGPL-2.1", "gnu lesser general public license"),
    ("GPL-3.0", "gnu general public license version 3"),
    ("GPL-2.0", "gnu general public license version 2"),
    ("Apache-2.0", "apache license version 2.0"),
    ("MPL-2.0", "mozilla public license version 2.0"),
    ("PSF-2.0", "python software foundation license"),
    ("Unlicense", "this is free and unencumbered software released into the public domain"),
    ("CC0-1.0", "cc0 1.0 universal"),
    ("ISC", "permission to use, copy, modify, and/or distribute this software for any purpose with or without fee"),
    ("MIT", "permission is hereby granted, free of charge, to any person obtaining a copy"),
    ("BSD-3-Clause", "neither the name of"),
    ("BSD-2-Clause", "redistribution and use in source and binary forms"),
    ("MIT", "mit license"),
)


def in_header(source: str) -> str:
    """The identifier in a source file's first lines."""
    match = _SPDX.search("\n".join(source.split("\n")[:40]))
    return match[1] if match else ""


def of_text(text: str) -> str:
    """The short name of a licence's text; its first line if it is none of the usual ones."""
    plain = " ".join(re.sub(r"[^\w.,/]+", " ", text.lower()).split()).replace("license, version", "license version")
    for name, words in _WORDS:
        if words.replace("-", " ") in plain:
            return name
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    return lines[0][:60] if lines else ""


def copyright_lines(text: str) -> tuple[str, ...]:
    """The lines that say whose it is, of a licence or of the comments at a file's top; at most four."""
    lines = [line.strip().lstrip("#*").strip() for line in text.split("\n")[:60]]
    return tuple(dict.fromkeys(line[:200] for line in lines if _COPYRIGHT.match(line)))[:4]


def of_project(pyproject: str) -> str:
    """What a pyproject.toml says."""
    try:
        data: dict[str, Any] = tomllib.loads(pyproject)
    except tomllib.TOMLDecodeError:
        return ""
    found: Any = data.get("project", {}).get("license", "")
    if isinstance(found, Mapping):
        text = cast(Mapping[str, Any], found).get("text", "")
        return _short(str(text))
    return _short(str(found))


def of_metadata(metadata: Iterable[tuple[str, str]]) -> str:
    """What an installed package's METADATA says: the expression, the field, or the classifiers."""
    pairs = list(metadata)
    for field in ("license-expression", "license"):
        for name, value in pairs:
            if name.lower() == field and value.strip() and value.strip().lower() not in ("unknown", "none"):
                return _short(value)
    marks = [value for name, value in pairs if name.lower() == "classifier" and value.startswith("License ::")]
    named = [mark.rsplit("::", 1)[1].strip() for mark in marks]
    return " AND ".join(name for name in named if name != "OSI Approved")


def _short(text: str) -> str:
    text = text.strip()
    return text if len(text) <= 60 and "\n" not in text else of_text(text)
