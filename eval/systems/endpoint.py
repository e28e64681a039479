"""A whole question-answering system behind an OpenAI-compatible chat interface, asked the bare question.

Unlike `qa.engines.openai_server`, which writes the prompt for a model, this asks one that has its own articles.
The key, where a server wants one, is FOOTNOTE_API_KEY in the environment.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING, Any

from eval.systems.cited import Sources
from eval.systems.replies import answer_of
from index.config import Config
from index.errors import ModelFailed, ModelMissing
from qa.types import Answer, ModelInfo, Timings

if TYPE_CHECKING:
    from index.library import Library

_CONNECT_SECONDS = 5.0
_LARGEST = 16 << 20
"""Bytes; a longer reply is no answer."""


@contextmanager
def opened(address: str, library: Library | None, config: Config) -> Iterator[Endpoint]:
    """The system at "http(s)://host/v1[#model]". Raises ModelMissing when nothing answers there."""
    endpoint = Endpoint(address, library, config)
    try:
        yield endpoint
    finally:
        endpoint.close()


class Endpoint:
    """Asks a server. Threads may share it."""

    def __init__(self, address: str, library: Library | None, config: Config) -> None:
        """Asks the server for its models, unless `address` names one after "#"; one without a list gets "default"."""
        import httpx

        url, _, model = address.partition("#")
        key = os.environ.get("FOOTNOTE_API_KEY", "")
        self._url, self._seconds, self._sources = url.rstrip("/"), config.seconds, Sources(library)
        self._http = httpx.Client(
            headers={"Authorization": f"Bearer {key}"} if key else {},
            timeout=httpx.Timeout(max(0.01, config.seconds), connect=_CONNECT_SECONDS),
        )
        try:
            self.info = ModelInfo(model or self._first_model(), self._url)
        except BaseException:
            self._http.close()
            raise

    def close(self) -> None:
        """Closes the connections."""
        self._http.close()

    def __call__(self, question: str, *, today: date | None = None) -> Answer:
        """The reply as an Answer. Raises ModelFailed for anything else, and after `config.seconds`.

        Its `citations`, beside the choices or in the message, are objects or strings as `Sources.find` reads them;
        markers in the text count them from 1.
        """
        started = time.perf_counter()
        reply = self._post({"role": "user", "content": question})
        try:
            message = reply["choices"][0]["message"]
            text = message["content"]
            if not isinstance(text, str):
                raise TypeError
        except (KeyError, IndexError, TypeError):
            raise ModelFailed(f"{self._url} sent no chat completion: it must be OpenAI-compatible") from None
        listed = [place.get("citations") for place in (reply, message) if isinstance(place, dict)]
        citations = next((items for items in listed if isinstance(items, list)), [])
        usage = reply.get("usage") if isinstance(reply.get("usage"), dict) else {}
        return answer_of(
            question,
            text,
            self._sources.cited(citations),
            model=self.info,
            timings=Timings(total=time.perf_counter() - started),
            prompt_tokens=_count(usage, "prompt_tokens"),
            completion_tokens=_count(usage, "completion_tokens"),
        )

    def _first_model(self) -> str:
        import httpx

        try:
            reply = self._http.get(f"{self._url}/models", timeout=_CONNECT_SECONDS)
        except (httpx.HTTPError, httpx.InvalidURL) as e:
            raise ModelMissing(
                f"no server answers at {self._url} ({type(e).__name__}): start it, or name another system"
            ) from None
        with contextlib.suppress(ValueError, KeyError, IndexError, TypeError):
            return str(reply.json()["data"][0]["id"])
        return "default"

    def _post(self, message: dict[str, str]) -> dict[str, Any]:
        """The server's JSON object, read within the time limit even where it comes in drops."""
        import httpx

        body = {"model": self.info.name, "messages": [message], "temperature": 0, "stream": False}
        deadline = time.monotonic() + self._seconds
        data = b""
        try:
            with self._http.stream("POST", f"{self._url}/chat/completions", json=body) as reply:
                for piece in reply.iter_bytes():
                    data += piece
                    if time.monotonic() > deadline:
                        raise httpx.ReadTimeout("")
                    if len(data) > _LARGEST:
                        raise ModelFailed(
                            f"{self._url} sent more than {_LARGEST >> 20} MB: no answer is as long"
                        )
        except httpx.TimeoutException:
            raise ModelFailed(
                f"{self._url} gave no answer within {self._seconds:g} s: raise FOOTNOTE_SECONDS"
            ) from None
        except (httpx.HTTPError, httpx.InvalidURL) as e:
            raise ModelFailed(
                f"the connection to {self._url} broke ({type(e).__name__}): ask again"
            ) from None
        if not reply.is_success:
            hint = ": set FOOTNOTE_API_KEY" if reply.status_code in (401, 403) else ""
            said = " ".join(data.decode("utf-8", "replace").split())[:200]
            raise ModelFailed(f"{self._url} answers {reply.status_code}: {said}{hint}")
        try:
            found = json.loads(data)
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            raise ModelFailed(f"{self._url} sent something that is no JSON object: is it OpenAI-compatible?")
        return found


def _count(usage: Any, name: str) -> int:
    value = usage.get(name)
    return value if isinstance(value, int) else 0
