"""What is asked of passages: the bundled model's weights and adapter as 8-bit integers, run by CTranslate2.

On a CPU it reads a prompt more than twice as fast as llama.cpp, and some five times as fast while other programs want
the cores, where it also writes no slower (docs/design/011-reader.md). A judgement, a phrase or a sentence is little to
write after much to read, so these go to it, and what is written at length to the other. Owns ctranslate2. Knows nothing
of how the weights were made.
"""

from __future__ import annotations

import codecs
import queue
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from index.errors import ModelDamaged, ModelFailed, ModelMissing
from index.models.cores import cores
from index.models.tokens import encoding
from qa.engines.text import chat, until_stop
from qa.types import Delta, LanguageModel, Message, ModelInfo

SYSTEM = "You are Qwen, created by Alibaba Cloud. You are a helpful assistant."
"""What Qwen2.5's own template begins with where a chat has no system prompt."""


class Vocabulary:
    """Texts as the numbers of Qwen2.5's tokens, and back."""

    end = 151_645
    """The token that ends a message."""
    control = 151_643
    """The first of the tokens that stand for no text; all behind it are such, too."""

    def prompt(self, messages: Sequence[Message]) -> list[int]:
        """The tokens of a chat in Qwen2.5's own form, up to where its reply begins."""
        known = encoding()
        start, end, line = known.encode_single_token("<|im_start|>"), self.end, known.encode_ordinary("\n")
        found: list[int] = []
        said = chat(messages)
        if said[0]["role"] != "system":
            said.insert(0, {"role": "system", "content": SYSTEM})
        for message in said:
            found += [start, *known.encode_ordinary(f"{message['role']}\n{message['content']}"), end, *line]
        return [*found, start, *known.encode_ordinary("assistant\n")]

    def bytes_of(self, token: int) -> bytes:
        """The bytes that a token stands for; none for a control token."""
        return encoding().decode_single_token_bytes(token) if token < self.control else b""


class Prefill:
    """A copy of a model that CTranslate2 runs; calls wait for each other. `name` is the model's, for its errors."""

    def __init__(
        self, folder: Path, name: str, *, context: int, threads: int = 0, vocabulary: Any = None
    ) -> None:
        """Loads the weights in `folder`.

        Raises ModelMissing without the runtime, ModelDamaged for weights that are broken or too big for the memory.
        """
        try:
            import ctranslate2
        except ImportError as e:
            raise ModelMissing(
                f"CTranslate2 can't be imported ({e}): pip install ctranslate2, or set prefill to off"
            ) from None
        self.name, self.context = name, context
        self._vocabulary = vocabulary or Vocabulary()
        self._free = threading.Lock()
        try:
            self._generator = ctranslate2.Generator(
                str(folder), device="cpu", compute_type="int8", intra_threads=threads or cores()
            )
        except (RuntimeError, ValueError, MemoryError) as e:
            said = " ".join(str(e).split())[:200] or "too little memory"
            raise ModelDamaged(
                f"CTranslate2 can't load {folder} ({said}): remove that folder, then `footnote models pull`; "
                "where memory is short, set prefill to off"
            ) from None

    def generate(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int,
        stop: Sequence[str] = (),
        top_logprobs: int = 0,
        seconds: float | None = None,
    ) -> Iterator[Delta]:
        """Pieces of the reply, as `LanguageModel.generate` gives them; `seconds` count from when the model is free.

        With `top_logprobs` all come once the reply is whole. It stops at the next token: prompts are read to their end.
        """
        tokens = self._vocabulary.prompt(messages)
        if len(tokens) + max_tokens > self.context:
            raise ModelFailed(
                f"the prompt takes {len(tokens)} tokens, but {self.name} was loaded with a context of "
                f"{self.context}: lower evidence_tokens or raise context"
            )
        return until_stop(self._pieces(tokens, max_tokens, top_logprobs, seconds), stop)

    def _pieces(
        self, tokens: Sequence[int], max_tokens: int, top_logprobs: int, seconds: float | None
    ) -> Iterator[Delta]:
        out: queue.SimpleQueue[Any] = queue.SimpleQueue()
        stopped = threading.Event()
        options = {"max_length": max_tokens, "return_logits_vocab": bool(top_logprobs)}
        worker = threading.Thread(target=self._run, args=(tokens, options, out, stopped), name="CTranslate2")
        self._free.acquire()
        try:
            worker.start()
        except BaseException:
            self._free.release()
            raise
        until = None if seconds is None else time.monotonic() + seconds
        spelled = codecs.getincrementaldecoder("utf-8")("replace")  # a character may take several tokens
        try:
            while True:
                try:
                    event = out.get(timeout=None if until is None else max(0.0, until - time.monotonic()))
                except queue.Empty:
                    break
                if event is None:
                    break
                if isinstance(event, Exception):
                    raise ModelFailed(f"{self.name} failed: {' '.join(str(event).split())}") from event
                token, logits = event
                top = self._top(logits, top_logprobs) if logits is not None else ()
                yield Delta(spelled.decode(self._vocabulary.bytes_of(token)), top[0][1] if top else None, top)
            yield Delta(spelled.decode(b"", final=True), prompt_tokens=len(tokens))
        finally:
            stopped.set()

    def _run(
        self, tokens: Sequence[int], options: dict[str, Any], out: Any, stopped: threading.Event
    ) -> None:
        """In a thread of its own: each token as it comes, with the logits where they are asked for, None at the end."""

        def step(result: Any) -> bool:
            if not options["return_logits_vocab"]:
                out.put((result.token_id, None))
            # A program that ends must not wait for a reply that nobody reads.
            return stopped.is_set() or not threading.main_thread().is_alive()

        try:
            (reply,) = self._generator.generate_batch(
                [[str(token) for token in tokens]],
                beam_size=1,
                sampling_topk=1,
                include_prompt_in_result=False,
                end_token=[str(self._vocabulary.end)],
                callback=step,
                **options,
            )
            if options["return_logits_vocab"]:
                for token, logits in zip(reply.sequences_ids[0], reply.logits[0], strict=False):
                    out.put((token, logits))
        except Exception as e:
            out.put(e)
        finally:
            self._free.release()
            out.put(None)

    def _top(self, logits: Any, most: int) -> tuple[tuple[str, float], ...]:
        """The likeliest tokens with their log-probabilities."""
        import numpy as np

        values = np.asarray(logits, np.float64).reshape(-1)
        values = values - np.logaddexp.reduce(values)
        best = np.argsort(-values, kind="stable")[:most]
        return tuple(
            (self._vocabulary.bytes_of(int(i)).decode("utf-8", "replace"), float(values[i])) for i in best
        )

    def close(self) -> None:
        """Frees the weights, once what is under way has ended."""
        with self._free:
            self._generator.unload_model()


class Paired:
    """A language model; what is asked with its adapter is answered by the copy of its weights that holds that."""

    def __init__(self, writer: LanguageModel, reader: Prefill) -> None:
        self._writer, self._reader = writer, reader
        info = writer.info
        self.info = ModelInfo(info.name, f"{info.engine}, CTranslate2", info.adapted)
        self.context = writer.context

    def count_tokens(self, text: str) -> int:
        """See `LanguageModel.count_tokens`."""
        return self._writer.count_tokens(text)

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
        """See `LanguageModel.generate`."""
        if adapted:
            return self._reader.generate(
                messages, max_tokens=max_tokens, stop=stop, top_logprobs=top_logprobs, seconds=seconds
            )
        return self._writer.generate(
            messages,
            max_tokens=max_tokens,
            stop=stop,
            top_logprobs=top_logprobs,
            seconds=seconds,
            fresh=fresh,
            adapted=adapted,
        )

    def close(self) -> None:
        """See `LanguageModel.close`."""
        self._reader.close()
        self._writer.close()
