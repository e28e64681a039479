"""Language models behind an OpenAI-compatible server: vLLM, SGLang, llama-server, Ollama, or a paid one.

Knows nothing of weights, nor of other servers: `qa.engines.servers` chooses among several. The key, where a server
wants one, is FOOTNOTE_API_KEY in the environment.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from typing import Any

from index.errors import BadSetting, ModelFailed, ModelMissing
from index.shown import without_password
from qa.engines.text import chat, delta_of, neutralise, until_stop
from qa.types import Delta, Message, ModelInfo

_CONNECT_SECONDS = 5.0
_PATIENCE = 600.0  # for a server's next piece, when the caller sets no limit
_MOST_STOPS = 4  # servers refuse more; all of them are looked for here as well
# What some servers refuse to hear of. It is left out from then on.
_OPTIONAL = ("logprobs", "top_logprobs", "stream_options", "seed")
_REQUESTS_FAULT = (400, 413, 422)
"""The statuses that any server would answer with."""
_AGAIN = 60.0
"""Seconds after which a server that didn't count tokens when it was asked is asked again."""


class ServerFailed(ModelFailed):
    """A server failed.

    `brief` is the message without the server's own words, which may repeat what it was sent. `reached` says whether
    it got the request, `elsewhere` whether another server may do better.
    """

    def __init__(
        self, brief: str, said: str = "", hint: str = "", *, reached: bool = True, elsewhere: bool = True
    ) -> None:
        super().__init__(f"{brief}: {said}{hint}" if said else f"{brief}{hint}")
        self.brief, self.reached, self.elsewhere = brief, reached, elsewhere


class ServerSilent(ServerFailed):
    """A server sent nothing for too long."""


class OpenAIServer:
    """A model of a server. Threads may share it."""

    def __init__(
        self, base_url: str, model: str | None = None, *, context: int = 4096, api_key: str | None = None
    ) -> None:
        """Asks the server at `base_url` (it ends in /v1) for its models; the first one when none is named.

        `api_key` None means FOOTNOTE_API_KEY. `context` is believed when the server doesn't tell its own.
        Raises ModelMissing when nothing answers there, or when it has no models.
        """
        import httpx

        self._url = base_url.rstrip("/")
        self._where = without_password(self._url)
        key = api_key if api_key is not None else os.environ.get("FOOTNOTE_API_KEY", "")
        if not (key.isascii() and key.isprintable()):
            raise BadSetting("FOOTNOTE_API_KEY holds characters that no key has: set it again")
        self._http = httpx.Client(
            headers={"Authorization": f"Bearer {key}"} if key else {},
            timeout=httpx.Timeout(_PATIENCE, connect=_CONNECT_SECONDS),
            # Where no certificate is looked at, none has to be loaded, which takes longer than all else here.
            verify=not self._url.startswith("http://"),
        )
        try:
            models = self._models()
            found = next(
                (m for m in models if m.get("id") == model), models[0] if models and not model else {}
            )
            if not (model or found):
                raise ModelMissing(
                    f"the server at {self._where} lists no models: name one with {self._where}#MODEL"
                )
        except BaseException:
            self._http.close()
            raise
        self._model = model or str(found.get("id"))
        self._listed = bool(found)
        self.info = ModelInfo(self._model, self._where)
        told = found.get("max_model_len")
        self.context = told if isinstance(told, int) and told > 0 else context
        self._left_out: tuple[str, ...] = ()
        self._estimates_until = 0.0

    def count_tokens(self, text: str) -> int:
        """How many tokens `text` takes: asked of servers that tell, else estimated with the bundled vocabulary."""
        import httpx

        text = neutralise(text)
        if time.monotonic() >= self._estimates_until:
            root = self._url.removesuffix("/v1")
            asked = {"model": self._model, "prompt": text, "add_special_tokens": False}  # vLLM's words
            asked |= {"content": text, "parse_special": False}  # llama-server's
            try:
                reply = self._http.post(f"{root}/tokenize", json=asked, timeout=_CONNECT_SECONDS)
                if reply.is_success and isinstance(tokens := reply.json().get("tokens"), list):
                    return len(tokens)
                self._estimates_until = math.inf
            except httpx.HTTPError:  # it may be back, but each try may take seconds
                self._estimates_until = time.monotonic() + _AGAIN
            except (ValueError, TypeError, AttributeError):
                self._estimates_until = math.inf
        from index.models.tokens import count

        return count(text)

    def generate(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int = 256,
        stop: Sequence[str] = (),
        top_logprobs: int = 0,
        seconds: float | None = None,
        fresh: bool = False,
        adapted: bool = False,
        patience: float | None = None,
    ) -> Iterator[Delta]:
        """Pieces of the reply, as they come; closing the iterator hangs up.

        A server that isn't done after `seconds` is given up: what came until then is the reply. One that hasn't begun
        its text after `patience` seconds has failed; one that began and then sends nothing for as long is given up.
        Raises ServerFailed.
        """
        body: dict[str, Any] = {
            "model": self._model,
            "messages": chat(messages),
            "max_tokens": max_tokens,
            "temperature": 0,
            "stream": True,
            "seed": 0,
            "logprobs": True,
            "top_logprobs": max(1, top_logprobs),
            "stream_options": {"include_usage": True},
        }
        if marks := [mark for mark in stop if mark][:_MOST_STOPS]:
            body["stop"] = marks
        usage: dict[str, int] = {}
        with closing(self._deltas(body, top_logprobs, seconds, patience, usage)) as deltas:
            yield from until_stop(deltas, stop)
        yield Delta("", prompt_tokens=usage.get("prompt_tokens"))

    def check(self) -> None:
        """Asks the server whether it is there, with its model. Raises ModelMissing when it isn't."""
        models = self._models()
        if self._listed and all(each.get("id") != self._model for each in models):
            raise ModelMissing(f"the server at {self._where} no longer has {self._model}: start it with that")

    def health(self) -> dict[str, bool]:
        """Whether the server answers now, by its address."""
        with contextlib.suppress(ModelMissing):
            self.check()
            return {self._where: True}
        return {self._where: False}

    def close(self) -> None:
        """Closes the connections."""
        self._http.close()

    def _models(self) -> list[dict[str, Any]]:
        import httpx

        try:
            reply = self._http.get(f"{self._url}/models", timeout=_CONNECT_SECONDS)
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as e:  # the last: a label of 64 letters
            raise ModelMissing(
                f"no server answers at {self._where} ({type(e).__name__}): start it, or name another model"
            ) from None
        if reply.status_code in (401, 403):
            raise ModelMissing(f"the server at {self._where} wants a key: set FOOTNOTE_API_KEY")
        try:
            listed = reply.raise_for_status().json()["data"]
            return [m for m in listed if isinstance(m, dict)]
        except (httpx.HTTPStatusError, ValueError, KeyError, TypeError):
            raise ModelMissing(
                f"no OpenAI-compatible server at {self._where} (/models answers {reply.status_code}): "
                f"its address usually ends in /v1"
            ) from None

    def _deltas(
        self,
        body: dict[str, Any],
        top_logprobs: int,
        seconds: float | None,
        patience: float | None,
        usage: dict[str, int],
    ) -> Generator[Delta, None, None]:
        """The pieces until the end or the time limit; what the server says of token counts goes into `usage`."""
        began, started = False, time.monotonic()
        try:
            for chunk in self._chunks(body, seconds, patience):
                if isinstance(error := chunk.get("error"), dict | str):
                    raise ServerFailed(f"{self._model} at {self._where} failed", _message(error))
                usage.update({k: v for k, v in (chunk.get("usage") or {}).items() if isinstance(v, int)})
                if (delta := delta_of(chunk, top_logprobs)) is not None:
                    began = True
                    yield delta
                passed = time.monotonic() - started
                if seconds is not None and passed > seconds:
                    return
                if not began and patience is not None and passed > patience:
                    raise self._silent(patience)
        except ServerSilent:
            if seconds is None or not (began or patience is None):
                raise

    def _silent(self, seconds: float) -> ServerSilent:
        return ServerSilent(f"the server at {self._where} sent nothing for {seconds:.0f} s")

    def _chunks(
        self, body: dict[str, Any], seconds: float | None, patience: float | None
    ) -> Iterator[dict[str, Any]]:
        import httpx

        silence = min(_PATIENCE if each is None else max(0.01, each) for each in (seconds, patience))
        sent = {k: v for k, v in body.items() if k not in self._left_out}
        try:
            with self._http.stream(
                "POST",
                f"{self._url}/chat/completions",
                json=sent,
                timeout=httpx.Timeout(silence, connect=_CONNECT_SECONDS),
            ) as reply:
                if reply.is_success:
                    yield from _events(reply.iter_lines())
                    return
                said = reply.read().decode("utf-8", "replace")
        except httpx.ReadTimeout:
            raise self._silent(silence) from None
        except httpx.HTTPError as e:
            reached = not isinstance(e, httpx.ConnectError | httpx.ConnectTimeout)
            line = f"the connection to {self._where} broke ({type(e).__name__})"
            raise ServerFailed(line, hint=": ask again", reached=reached) from None
        if reply.status_code in (400, 422) and not self._left_out and any(word in said for word in _OPTIONAL):
            self._left_out = _OPTIONAL
            yield from self._chunks(body, seconds, patience)
            return
        raise ServerFailed(
            f"{self._where} answers {reply.status_code} for {self._model}",
            _message(said),
            ": set FOOTNOTE_API_KEY" if reply.status_code in (401, 403) else "",
            elsewhere=reply.status_code not in _REQUESTS_FAULT,
        )


def _events(lines: Iterator[str]) -> Iterator[dict[str, Any]]:
    """The JSON objects of server-sent events, an empty one for other lines, so that whoever reads can look at the time.

    Raises ServerFailed where no event comes at all.
    """
    nothing = True
    for line in lines:
        if not line.startswith("data:"):
            yield {}
            continue
        data = line[5:].strip()
        if data == "[DONE]":
            return
        try:
            event = json.loads(data)
        except ValueError:
            raise ServerFailed("the server sent something that is not JSON", data[:80]) from None
        nothing = False
        if isinstance(event, dict):
            yield event
    if nothing:
        raise ServerFailed("the server ended its reply before it began")


def _message(error: Any) -> str:
    """The words of an error in any of the shapes that servers give it, on one line."""
    if isinstance(error, str):
        try:
            error = json.loads(error)
        except ValueError:
            return " ".join(error.split())[:200]
    while isinstance(error, dict):
        error = error.get("error") or error.get("message") or error.get("detail") or str(list(error))
    return " ".join(str(error).split())[:200]
