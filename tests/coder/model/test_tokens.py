"""Token counts without the network: the estimate, what it learns from replies, and tiktoken when its file is there."""

import base64
import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
from places import ROOT

from coder.model.model import Tool, Turn, calls
from coder.model.tokens import KNOWN, Encoding, TokenCounter, cached_file, estimate

CHAT: list[Turn] = [{"role": "user", "content": "Please write a function that parses a duration."}]


@pytest.mark.parametrize(
    ("text", "real"),  # by hand, as cl100k cuts them
    [
        ("Hello world, this is a test.\n\nAnother paragraph here.", 12),
        ("def read_file(path):\n    return path", 8),
        ('{"a": 1, "b": [2, 3]}', 15),
        ("", 0),
        ("\n\n\n", 0),  # one token, and nothing that matters
    ],
)
def test_the_estimate_is_near_what_a_tokenizer_counts(text: str, real: int) -> None:
    assert estimate(text) == pytest.approx(real, abs=max(0.5, real * 0.15))


def test_calls_results_and_schemas_count_too() -> None:
    counter = TokenCounter()
    alone = counter.count(CHAT, [], "m")
    with_call = counter.count([*CHAT, calls(("write_code", {"step": 1})).turn()], [], "m")
    with_tool = counter.count(CHAT, [Tool("write_code", "Writes the code of one step.")], "m")
    assert with_call > alone + 5
    assert with_tool > alone + 15


def test_the_first_reply_takes_away_the_bias_of_a_model_and_of_no_other() -> None:
    counter = TokenCounter()
    before = counter.count(CHAT, [], "chinese-model")
    counter.calibrate("chinese-model", before, before * 2)
    assert counter.count(CHAT, [], "chinese-model") == pytest.approx(before * 2, abs=1)
    assert counter.count(CHAT, [], "other") == before
    assert counter.kind("chinese-model") == "estimate, calibrated on 1 reply"
    assert counter.kind("other") == "estimate"


def test_many_replies_settle_on_their_mean_and_nonsense_teaches_nothing() -> None:
    counter = TokenCounter()
    raw = counter.count(CHAT, [], "m")
    for factor in (1.0, 2.0) * 30:
        counter.calibrate("m", counter.count(CHAT, [], "m"), round(raw * factor))
    assert counter.count(CHAT, [], "m") == pytest.approx(raw * 1.5, rel=0.1)
    before = counter.count(CHAT, [], "m")
    counter.calibrate("m", 0, 100)
    counter.calibrate("m", 100, 0)
    assert counter.count(CHAT, [], "m") == before


def test_a_missing_or_damaged_file_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path))
    encoding = KNOWN["o200k_base"]
    assert cached_file(encoding) is None
    (tmp_path / hashlib.sha1(encoding.url.encode()).hexdigest()).write_text("half a download")
    assert cached_file(encoding) is None
    counter = TokenCounter(prefer_exact=True)
    assert counter.count(CHAT, [], "gpt-4o") > 5
    assert counter.kind("gpt-4o") == "estimate"
    assert [file.read_text() for file in tmp_path.iterdir()] == ["half a download"]  # tiktoken would have deleted it


@pytest.mark.parametrize("name", ["TIKTOKEN_CACHE_DIR", "DATA_GYM_CACHE_DIR", "TMPDIR"])
def test_the_file_is_looked_for_where_tiktoken_looks(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for other in ("TIKTOKEN_CACHE_DIR", "DATA_GYM_CACHE_DIR"):
        monkeypatch.delenv(other, raising=False)
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.setenv(name, str(tmp_path))
    folder = tmp_path / "data-gym-cache" if name == "TMPDIR" else tmp_path
    folder.mkdir(exist_ok=True)
    encoding = Encoding("https://x.invalid/tiny", hashlib.sha256(b"data").hexdigest())
    file = folder / hashlib.sha1(encoding.url.encode()).hexdigest()
    file.write_bytes(b"data")
    assert cached_file(encoding) == file


PLUGIN = """
from tiktoken.load import load_tiktoken_bpe
def tiny():
    ranks = load_tiktoken_bpe("https://x.invalid/tiny", "{sha256}")
    return {{"name": "tiny", "pat_str": r"\\S+|\\s+", "mergeable_ranks": ranks, "special_tokens": {{}}}}
ENCODING_CONSTRUCTORS = {{"tiny": tiny}}
"""
EXACT = """
import sys
from coder.model.tokens import Encoding, TokenCounter
counter = TokenCounter(True, {"tiny": Encoding("https://x.invalid/tiny", sys.argv[1])}, "tiny")
print(counter.count_texts(["abab ab"], "some-model"), counter.kind("some-model"))
"""


WINDOW = """
import sys
from coder.errors import WrongModel
from coder.model.model import Watch
from coder.model.openai_model import OpenAIModel, Options
from coder.model.tokens import Encoding, TokenCounter
tokens = TokenCounter(True, {"tiny": Encoding("https://x.invalid/tiny", sys.argv[1])}, "tiny")
model = OpenAIModel("some-model", "http://127.0.0.1:9/v1", options=Options(window=3, tokens=tokens))
try:
    model.complete("code", [{"role": "user", "content": "abab ab"}], [], Watch())
except WrongModel as error:
    print(error.message)
"""


def with_tiny(folder: Path, script: str, cached: bool) -> str:
    """What a program prints that may find the file of a tiny encoding in tiktoken's cache."""
    tokens = [bytes([byte]) for byte in range(256)] + [b"ab"]
    data = b"".join(base64.b64encode(token) + b" %d\n" % rank for rank, token in enumerate(tokens))
    sha256 = hashlib.sha256(data).hexdigest()
    if cached:
        (folder / hashlib.sha1(b"https://x.invalid/tiny").hexdigest()).write_bytes(data)
    (folder / "tiktoken_ext").mkdir()
    (folder / "tiktoken_ext" / "tiny.py").write_text(PLUGIN.format(sha256=sha256))
    done = subprocess.run(
        [sys.executable, "-c", script, sha256],
        env={**os.environ, "TIKTOKEN_CACHE_DIR": str(folder), "PYTHONPATH": str(folder)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    return done.stdout


def test_with_its_file_on_disk_tiktoken_counts_exactly(tmp_path: Path) -> None:
    assert with_tiny(tmp_path, EXACT, cached=True) == "4 tiktoken tiny\n"  # ab, ab, a blank, ab


@pytest.mark.parametrize(("cached", "about"), [(True, 8), (False, 6)])  # four of them are the turn's own
def test_a_model_counts_a_request_before_it_is_sent_and_asks_no_network_for_that(
    cached: bool, about: int, tmp_path: Path
) -> None:
    said = with_tiny(tmp_path, WINDOW, cached)
    assert said.startswith(f"The chat is about {about} tokens, and the window of model 'some-model' is set to 3.")
