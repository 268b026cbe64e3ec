"""OpenAI connection: requests through the openai client, whose errors become ours. The only file that imports it."""

import gc
import json
import re
import socket
import sys
import threading
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import SplitResult, urlsplit

from coder.errors import NoModel, RefusedInput, Unreachable, WrongKey
from coder.model.http_errors import Refusal
from coder.model.local_servers import is_loopback
from coder.model.retry_policy import Fault, RetryPolicy
from coder.model.streaming import parsed, shortened

if TYPE_CHECKING:
    import httpx
    import openai

_SHORTEST = 3  # letters of a header's value that are taken for a secret
LISTING_S = 3.0
GRACE_S = 3.0  # after the last word, for the counts of tokens and the end of the stream


@dataclass(frozen=True)
class HttpResponse:
    """An HTTP answer as it comes.

    `kind` is its content type in lower case; `framed`: the transport tells a whole answer from one that was cut.
    """

    kind: str
    framed: bool
    chunks: Iterator[bytes]
    hang_up_soon: Callable[[], None]


class Connection:
    """The openai client: made once, its exceptions turned into ours."""

    def __init__(
        self, base_url: str, key: str, patience: RetryPolicy, headers: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        parts = _parts(base_url)
        if parts is None:
            raise RefusedInput(
                f"{base_url!r} is no URL of an endpoint.", "Write it in full, as in http://127.0.0.1:11434/v1."
            )
        self.where = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
        self.here = is_loopback(base_url)
        self._plain = parts.scheme == "http"
        self._base_url = base_url
        self._key = key
        self._patience = patience
        self._headers = dict(headers)
        self._client: openai.OpenAI | None = None

    def client(self) -> "openai.OpenAI":
        if self._client is None:
            if not all("!" <= letter <= "~" for letter in self._key):
                raise WrongKey(
                    f"The key for {self.where} holds characters that no key has.",
                    "Copy it again, without quotes or blanks.",
                )
            _import_quickly()
            import openai

            self._client = openai.OpenAI(
                api_key=self._key or "none",
                base_url=self._base_url,
                max_retries=0,
                default_headers=self._headers,
                # Certificates take 20 ms to read and plain http needs none; no proxy stands before this machine.
                http_client=openai.DefaultHttpxClient(verify=not self._plain, trust_env=not self.here),
            )
        return self._client

    @contextmanager
    def answer(self, body: dict[str, Any], read_s: float) -> Generator[HttpResponse]:
        """Send one chat request; yield the answer as it comes."""
        client = self.client()
        with self._translated(read_s), ExitStack() as timers:
            try:
                stream = self._posted(client, body, read_s)
            except UnicodeEncodeError:  # half a character, from a terminal or a file with another encoding
                clean = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
                stream = self._posted(client, json.loads(clean), read_s)
            with stream:
                headers = stream.response.headers
                framed = "content-length" in headers or "chunked" in headers.get("transfer-encoding", "").lower()
                kind = headers.get("content-type", "").lower()

                def chunks() -> Iterator[bytes]:
                    with self._translated(read_s):  # here, so that whoever reads sees our own faults
                        yield from stream.response.iter_bytes()

                def hang_up_soon() -> None:
                    timers.push(_hang_up_soon(stream.response))

                yield HttpResponse(kind, framed, chunks(), hang_up_soon)

    def _posted(self, client: "openai.OpenAI", body: dict[str, Any], read_s: float) -> "openai.Stream[object]":
        """Use the client's general `post`: `chat.completions` would first import types, for 300 ms and no use."""
        import openai

        return client.post(
            "/chat/completions",
            cast_to=object,
            body=body,
            options={"timeout": self._timeout(read_s)},
            stream=True,
            stream_cls=openai.Stream[object],
        )

    def models(self) -> tuple[str, ...]:
        import httpx

        client = self.client()
        with self._translated(LISTING_S):
            response = client.get("/models", cast_to=httpx.Response, options={"timeout": self._timeout(LISTING_S)})
        rows = parsed(response.text).get("data")
        found = cast(list[Any], rows) if isinstance(rows, list) else []
        return tuple(str(cast(dict[str, Any], row).get("id")) for row in found if isinstance(row, dict))

    def without_key(self, text: str) -> str:
        """Endpoints like to quote the key that they refuse."""
        for secret in (self._key, *self._headers.values()):
            text = text.replace(secret, "…") if len(secret) > _SHORTEST else text
        return re.sub(r"\b(sk|pk|gsk|xai)[-_][\w*.-]{6,}", "…", text)

    def _timeout(self, read_s: float) -> "httpx.Timeout":
        import httpx

        return httpx.Timeout(read_s, connect=min(self._patience.connect_s, read_s))

    @contextmanager
    def _translated(self, read_s: float) -> Generator[None]:
        import httpx
        import openai

        try:
            yield
        except openai.APIStatusError as error:
            raise Refusal(error.response.status_code, _lowered(error.response.headers), error.response.text) from None
        except openai.APIConnectionError as error:
            raise self._fault(error.__cause__ or error, read_s) from None
        except httpx.HTTPError as error:
            raise self._fault(error, read_s) from None

    def _fault(self, error: BaseException, read_s: float) -> Fault | NoModel:
        import httpx

        said = shortened(str(error)) or type(error).__name__
        if isinstance(error, httpx.ConnectTimeout):
            return Fault(f"no connection within {self._patience.connect_s:g} s", "silent")
        if isinstance(error, httpx.TimeoutException):
            return Fault(f"no word for {read_s:.0f} s", "silent")
        if isinstance(error, httpx.ConnectError) and "CERTIFICATE" in said:
            return Unreachable(f"{self.where} shows no certificate that can be trusted: {said}.", "Check the URL.")
        if isinstance(error, httpx.ConnectError):
            return Fault(f"no connection ({said})", "refused")
        return Fault(f"the connection was cut ({said})", "broken")


def _hang_up_soon(response: "httpx.Response") -> Callable[..., None]:
    """Close the connection after GRACE_S, as servers exist that keep it open for ever; return what calls that off."""
    line = response.extensions["network_stream"].get_extra_info("socket")

    def close() -> None:
        with suppress(OSError):
            line.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(GRACE_S, close)
    timer.daemon = True
    timer.start()
    return lambda *_: timer.cancel()


def _parts(url: str) -> SplitResult | None:
    """The parts of an http or https URL; None for anything else."""
    try:
        parts = urlsplit(url)
        return parts if parts.scheme in ("http", "https") and parts.hostname and parts.port != 0 else None
    except ValueError:  # half a bracket, a port that is no number
        return None


def _lowered(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _import_quickly() -> None:
    """Import openai without the garbage collector, which would look in vain through a thousand new modules."""
    if "openai" in sys.modules or not gc.isenabled():
        return
    gc.disable()
    try:
        import openai

        del openai
        gc.freeze()  # they stay for good, so later collections need not look at them either
    finally:
        gc.enable()
