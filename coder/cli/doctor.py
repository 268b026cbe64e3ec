"""`coder doctor`: whether this machine has what a run needs; the key is never printed."""

import argparse
import json
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from coder.errors import CoderError
from coder.model.local_servers import find, is_loopback
from coder.model_settings import with_variables
from coder.settings import Settings
from library.sandbox import Sandbox
from memory.git.trust import PRIVATE, check, require
from memory.secrets import masked


@dataclass(frozen=True)
class Finding:
    """One line of the report; `ok` None means: works, with less than the best."""

    what: str
    ok: bool | None
    detail: str


def run(options: argparse.Namespace, settings: Settings) -> int:
    """Print the report; 0 if everything a run needs is there, else 1."""
    findings: list[Finding] = []
    for finding in _findings(settings):
        findings.append(finding)
        if not options.json:
            mark = {True: "ok", False: "MISSING", None: "so-so"}[finding.ok]
            print(f"{finding.what:<10} {mark:<8} {finding.detail}", flush=True)
    if options.json:
        print(json.dumps([asdict(finding) for finding in findings]))
    return 0 if all(finding.ok is not False for finding in findings) else 1


def _findings(settings: Settings) -> Iterator[Finding]:
    settings = settings.of_model()
    yield Finding("python", sys.version_info >= (3, 11), f"{platform.python_version()} at {sys.executable}")
    yield _git()
    yield _sandbox(settings)
    yield _library(settings)
    local = is_loopback(settings.base_url)
    key = "present" if settings.key else "not needed for a local endpoint" if local else "not set: CODER_API_KEY"
    yield Finding("key", bool(settings.key) or local or bool(settings.langchain), key)
    yield _model(settings)
    for server in find():
        yield Finding(
            "local", True, f"{server.kind} at {server.base_url}: {', '.join(server.models[:5]) or 'no model'}"
        )


def _library(settings: Settings) -> Finding:
    try:
        check(settings.root / PRIVATE)
        require(settings.root)
    except CoderError as problem:
        return Finding("library", False, str(problem))
    return Finding("library", True, str(settings.root) + ("" if settings.root.exists() else "  (will be made)"))


def _git() -> Finding:
    path = shutil.which("git")
    if path is None:
        return Finding("git", False, "not found on PATH; the library is a git repository")
    said = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout.strip()
    return Finding("git", True, said)


def _sandbox(settings: Settings) -> Finding:
    try:
        with Sandbox(level=settings.sandbox) as sandbox:
            level = sandbox.level
    except CoderError as error:
        return Finding("sandbox", False, str(error))
    held = sum(canary.held for canary in level.canaries)
    gaps = f"; gaps: {', '.join(level.gaps)}" if level.gaps else ""
    detail = f"{level.name} ({', '.join(level.parts)}), {held} of {len(level.canaries)} canaries held{gaps}"
    return Finding("sandbox", True if held == len(level.canaries) else None, detail)


def _model(settings: Settings) -> Finding:
    if settings.langchain:
        return Finding("model", None, f"{settings.langchain}: asked when a run starts")
    from coder.model.openai_model import OpenAIModel, Options  # half a second, and only here

    own = Options(headers={name: with_variables(value) for name, value in settings.headers.items()})
    try:
        models = OpenAIModel(settings.model, settings.base_url, settings.key, options=own).list_models()
    except CoderError as error:
        return Finding("model", False, masked(str(error)))
    if not models or settings.model in models:
        return Finding("model", True, f"{settings.model} at {masked(settings.base_url)}")
    return Finding(
        "model", False, f"{settings.model} is not at {masked(settings.base_url)}; there: {', '.join(models[:8])}"
    )
