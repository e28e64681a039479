"""Language models as GGUF files, run in this process by llama.cpp (xllamacpp). The default on a CPU.

Owns xllamacpp, which is imported when a model is loaded. Knows nothing of where weights come from.

One slot: calls wait for each other. Its key-value cache keeps the last prompt, so that a prompt which begins
like the one before it (the same system prompt, the same conversation) costs only what differs.
"""

from __future__ import annotations

import ctypes
import platform
import queue
import secrets
import signal
import threading
import time
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from index.errors import ModelDamaged, ModelFailed, ModelMissing
from index.models.cores import cores
from qa.engines.text import chat, delta_of, neutralise
from qa.types import Delta, Message, ModelInfo

_MAGIC = b"GGUF"
# A prompt is read in steps of this many tokens; a generation can be stopped between two steps.
_STEP = 256


class LlamaCpp:
    """A language model in memory. Threads may share it."""

    def __init__(
        self,
        path: Path,
        *,
        name: str | None = None,
        context: int = 4096,
        threads: int = 0,
        adapter: Path | None = None,
        rearranged: bool | None = None,
    ) -> None:
        """Loads the weights, and those of `adapter`, a GGUF file of low-rank matrices, upon them.

        `threads` 0 means all cores. `rearranged`: whether llama.cpp makes a copy of the weights in another order, for
        instructions that work on several rows; None for whatever reads prompts faster (docs/design/001).
        Raises ModelMissing when there is no such file or no runtime, ModelDamaged when llama.cpp can't load it.
        """
        if rearranged is None:
            rearranged = platform.machine().lower() not in ("x86_64", "amd64")
        self.info = ModelInfo(name or path.stem, "llama.cpp", adapted=adapter is not None)
        self.context = context
        self._slot = threading.Lock()
        self._closed = threading.Event()
        for file in (path, adapter) if adapter else (path,):
            check_gguf(file)
        key = secrets.token_urlsafe(24)
        server = _load(path, adapter, context, threads, key, rearranged)
        self._held: list[Any] = [server]
        self._http = _client(server.listening_address, key)
        self._release = weakref.finalize(self, _release, self._held, self._http)

    def count_tokens(self, text: str) -> int:
        """How many tokens `text` takes in a prompt of this model, by its own tokenizer."""
        import httpx

        self._server()
        try:
            reply = self._http.post("/tokenize", json={"content": neutralise(text), "parse_special": False})
            reply.raise_for_status()
            return len(reply.json()["tokens"])
        except (httpx.HTTPError, ValueError, KeyError) as e:
            raise ModelFailed(f"{self.info.name} can't count tokens ({e})") from None

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
    ) -> Iterator[Delta]:
        """Pieces of the reply, as they come; `seconds` count from when the model is free.

        Raises ModelFailed, for instance when the prompt is longer than the context.
        """
        body = _request(messages, max_tokens, stop, top_logprobs, fresh)
        if self.info.adapted:
            body["lora"] = [{"id": 0, "scale": float(adapted)}]
        out: queue.SimpleQueue[Any] = queue.SimpleQueue()
        stopped = threading.Event()
        self._slot.acquire()
        try:
            server = self._server()
            worker = threading.Thread(
                target=self._run, args=(server, body, out, stopped), name="llama.cpp", daemon=False
            )
            worker.start()
        except BaseException:
            self._slot.release()
            raise
        deadline = None if seconds is None else time.monotonic() + seconds
        try:
            yield from self._deltas(out, deadline, top_logprobs)
        finally:
            # The model notices at its next token (or step of the prompt); the slot is freed then.
            stopped.set()

    def close(self) -> None:
        """Frees the weights, once a generation under way has been stopped."""
        self._closed.set()
        with self._slot:
            self._release()

    def _server(self) -> Any:
        if not self._held:
            raise ModelFailed(f"{self.info.name} was closed: load it again")
        return self._held[0]

    def _run(self, server: Any, body: dict[str, Any], out: Any, stopped: threading.Event) -> None:
        """In a thread of its own: the whole generation, its events put into `out`, None at the end."""

        def receive(event: Any) -> bool:
            out.put(event)
            # A program that ends must not wait for a long answer that nobody reads.
            return stopped.is_set() or self._closed.is_set() or not threading.main_thread().is_alive()

        try:
            server.handle_chat_completions(body, receive)
        except Exception as e:
            out.put({"error": {"message": str(e)}})
        finally:
            self._slot.release()
            out.put(None)

    def _deltas(self, out: Any, deadline: float | None, top_logprobs: int) -> Iterator[Delta]:
        prompt_tokens = None
        while True:
            try:
                event = out.get(timeout=None if deadline is None else max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                event = None
            if event is None:
                if self._closed.is_set():
                    raise ModelFailed(f"{self.info.name} was closed while it answered")
                yield Delta("", prompt_tokens=prompt_tokens)
                return
            if "error" in event or "choices" not in event:
                raise self._failed(event)
            prompt_tokens = _prompt_tokens(event) or prompt_tokens
            # An event without text still hands control back, so that reading a long prompt can be stopped.
            yield delta_of(event, top_logprobs) or Delta("")

    def _failed(self, event: dict[str, Any]) -> ModelFailed:
        error = event.get("error", event)
        if error.get("type") == "exceed_context_size_error":
            return ModelFailed(
                f"the prompt takes {error.get('n_prompt_tokens', 'too many')} tokens, but {self.info.name} was "
                f"loaded with a context of {error.get('n_ctx', self.context)}: lower evidence_tokens or raise context"
            )
        return ModelFailed(f"{self.info.name} failed: {' '.join(str(error.get('message', error)).split())}")


def _request(
    messages: Sequence[Message], max_tokens: int, stop: Sequence[str], top_logprobs: int, fresh: bool
) -> dict[str, Any]:
    """The body of a request for the most likely reply, in the form of the server's chat completions."""
    return {
        "messages": chat(messages),
        "max_tokens": max_tokens,
        "stop": [mark for mark in stop if mark],
        "temperature": 0,
        "repeat_penalty": 1.0,
        "seed": 0,
        "logprobs": True,
        "top_logprobs": max(1, top_logprobs),
        "cache_prompt": not fresh,
        "stream": True,
        "stream_options": {"include_usage": True},
        "return_progress": True,
    }


def check_gguf(path: Path) -> None:
    """Returns when `path` begins like a GGUF file; raises ModelMissing or ModelDamaged otherwise."""
    try:
        with path.open("rb") as file:
            magic = file.read(len(_MAGIC))
    except OSError as e:
        raise ModelMissing(f"no model at {path} ({e.strerror}): name another with --model") from None
    if magic != _MAGIC:
        raise ModelDamaged(f"{path} is not a GGUF file: fetch it again, or name another with --model")


def _load(path: Path, adapter: Path | None, context: int, threads: int, key: str, rearranged: bool) -> Any:
    try:
        import xllamacpp
    except ImportError as e:
        raise ModelMissing(f"the llama.cpp runtime can't be imported ({e}): pip install xllamacpp") from None
    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    if adapter:
        low = xllamacpp.CommonAdapterLoraInfo()
        low.path, low.scale = str(adapter), 1.0
        params.lora_adapters = [low]
    params.n_ctx = context
    params.n_parallel = 1
    params.n_batch = params.n_ubatch = _STEP
    params.no_extra_bufts = not rearranged
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads or cores()
    params.warmup = False
    params.cache_ram_mib = 0
    params.enable_reasoning = 0
    params.verbosity = -1
    # Its HTTP side is only used for /tokenize: on this machine's own address, any free port, behind a key.
    params.port = 0
    params.api_keys = [key]
    params.n_threads_http = 2
    params.ui = False
    with _signals_kept():
        try:
            return xllamacpp.Server(params)
        except RuntimeError:
            raise ModelDamaged(
                f"llama.cpp can't load {' with '.join(str(file) for file in (path, adapter) if file)}: "
                "cut short, of an unknown kind, or too big for the memory"
            ) from None


@contextmanager
def _signals_kept() -> Iterator[None]:
    """Puts back the handlers of Ctrl+C and SIGTERM, which the server replaces by its own.

    Python's `signal` module can do that in the main thread only, the C functions below it in any.
    """
    get, put = ctypes.pythonapi.PyOS_getsig, ctypes.pythonapi.PyOS_setsig
    get.argtypes, get.restype = [ctypes.c_int], ctypes.c_void_p
    put.argtypes, put.restype = [ctypes.c_int, ctypes.c_void_p], ctypes.c_void_p
    before = {number: get(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            put(number, handler)


def _client(address: str, key: str) -> Any:
    import httpx

    return httpx.Client(
        base_url=address, headers={"Authorization": f"Bearer {key}"}, trust_env=False, timeout=30.0
    )


def _release(held: list[Any], http: Any) -> None:
    http.close()
    held.clear()


def _prompt_tokens(event: dict[str, Any]) -> int | None:
    if usage := event.get("usage"):
        return int(usage["prompt_tokens"])
    if progress := event.get("prompt_progress"):
        return int(progress["total"])
    return None
