"""Language models as Hugging Face checkpoints, run by transformers: on a GPU, or small ones on a CPU.

Owns transformers and torch as far as answering goes; they are imported when a model is loaded. Knows nothing
of where checkpoints come from. Code that lies in a checkpoint is never run.
"""

from __future__ import annotations

import inspect
import threading
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, TypeAlias

from index.errors import ModelDamaged, ModelFailed, ModelMissing
from index.models.embed import quiet
from qa.engines.text import chat, neutralise, until_stop
from qa.types import Delta, Message, ModelInfo

# A prompt is read in steps of this many tokens; a generation can be stopped between two steps.
_STEP = 512

_Step: TypeAlias = tuple[int, float, tuple[tuple[str, float], ...]]


class TransformersLM:
    """A language model in memory, on the GPU where there is one. Threads may share it."""

    def __init__(self, path: Path, *, name: str | None = None, context: int = 4096, threads: int = 0) -> None:
        """Loads a checkpoint's folder.

        `threads` 0 leaves torch's own number. Raises ModelMissing when there is no checkpoint, ModelDamaged
        when it can't be loaded.
        """
        if not (path / "config.json").is_file():
            raise ModelMissing(f"no checkpoint (config.json) in {path}: name another with --model")
        self.info = ModelInfo(name or path.name, "transformers")
        self._lock = threading.Lock()  # fast tokenizers can't be used by two threads at once
        self._model, self._tokenizer = _load(path, threads)
        most = getattr(self._model.config, "max_position_embeddings", None) or context
        self.context = min(context, int(most))
        self._ends = _end_tokens(self._model, self._tokenizer)

    def count_tokens(self, text: str) -> int:
        """How many tokens `text` takes in a prompt of this model."""
        with self._lock:
            return len(self._ids(_encodable(text)))

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
        """Pieces of the reply, as they come; stops between two tokens. Raises ModelFailed."""
        deadline = None if seconds is None else time.monotonic() + seconds
        self._loaded()
        with self._lock:
            prompt = self._prompt(messages)
        if len(prompt) >= self.context:
            raise ModelFailed(
                f"the prompt takes {len(prompt)} tokens, but {self.info.name} has a context of {self.context}: "
                f"lower evidence_tokens or raise context"
            )
        steps = self._steps(prompt, min(max_tokens, self.context - len(prompt)), top_logprobs, deadline)
        try:
            with closing(self._pieces(steps)) as pieces:
                yield from until_stop(pieces, stop)
        except (RuntimeError, ValueError, IndexError) as e:  # torch's, running out of memory among them
            raise ModelFailed(f"{self.info.name} failed: {' '.join(str(e).split())[:200]}") from None
        yield Delta("", prompt_tokens=len(prompt))

    def close(self) -> None:
        """Frees the weights."""
        self._model = self._tokenizer = None

    def _loaded(self) -> Any:
        if self._model is None:
            raise ModelFailed(f"{self.info.name} was closed: load it again")
        return self._model

    def _ids(self, text: str) -> list[int]:
        """Token ids of plain text: the names of control tokens in it are text as well."""
        self._loaded()
        return list(self._tokenizer.encode(text, add_special_tokens=False, split_special_tokens=True))

    def _prompt(self, messages: Sequence[Message]) -> list[int]:
        """The filled chat template as token ids, with whatever looks like a control token in a message as text."""
        if not self._tokenizer.chat_template:
            return self._ids(_plain_prompt(messages))
        turns = [{"role": m.role, "content": _encodable(m.content)} for m in messages]
        try:
            return self._templated(turns)
        except Exception as e:  # jinja's errors: some templates know no system role
            if not turns or turns[0]["role"] != "system":
                raise ModelFailed(
                    f"{self.info.name}'s chat template failed: {' '.join(str(e).split())}"
                ) from None
        first = {"role": "user", "content": f"{turns[0]['content']}\n\n{turns[1]['content']}"}
        return self._templated([first, *turns[2:]])

    def _templated(self, turns: list[dict[str, str]]) -> list[int]:
        def fill(turns: list[dict[str, str]], **more: Any) -> list[int]:
            return list(
                self._tokenizer.apply_chat_template(
                    turns, add_generation_prompt=True, return_dict=False, enable_thinking=False, **more
                )
            )

        try:
            return fill(turns, sanitize_control_tokens=True)
        except NotImplementedError:  # some tokenizers can't tell text from control tokens
            return fill([{**turn, "content": neutralise(turn["content"])} for turn in turns])

    def _steps(
        self, prompt: list[int], max_tokens: int, top_logprobs: int, deadline: float | None
    ) -> Iterator[_Step]:
        """Greedy decoding: each token's id, its log-probability, and the likeliest alternatives."""
        import torch
        from transformers import DynamicCache

        model = self._loaded()
        pending = torch.tensor([prompt], device=model.device)
        # What the argument is called changed with transformers 5.24.
        named = "cache" if "cache" in inspect.signature(model.forward).parameters else "past_key_values"
        kept = {named: DynamicCache(config=model.config)}
        for _ in range(max_tokens):
            logits = None
            for piece in torch.split(pending, _STEP, dim=1):
                if deadline is not None and time.monotonic() > deadline:
                    return
                with torch.inference_mode():
                    out = model(input_ids=piece, use_cache=True, logits_to_keep=1, **kept)
                logits = out.logits[0, -1]
            scores = torch.log_softmax(logits.float(), dim=-1)  # type: ignore[union-attr]
            best = int(scores.argmax())
            if best in self._ends:
                return
            yield best, float(scores[best]), self._top(scores, top_logprobs)
            pending = torch.tensor([[best]], device=model.device)

    def _top(self, scores: Any, top_logprobs: int) -> tuple[tuple[str, float], ...]:
        if not top_logprobs:
            return ()
        values, ids = scores.topk(min(top_logprobs, len(scores)))
        with self._lock:
            texts = [self._decode([int(i)]) for i in ids]
        return tuple(zip(texts, (float(v) for v in values), strict=True))

    def _pieces(self, steps: Iterator[_Step]) -> Generator[Delta, None, None]:
        """Text as soon as it is whole: a character may be spread over several tokens.

        New text is what a few tokens more add to the text of those before them, since some tokenizers write a
        token differently at the beginning.
        """
        ids: list[int] = []
        before, shown, logprob = 0, 0, 0.0
        top: tuple[tuple[str, float], ...] = ()
        for token, score, alternatives in steps:
            ids.append(token)
            top, logprob = top or alternatives, logprob + score
            with self._lock:
                old, new = self._decode(ids[before:shown]), self._decode(ids[before:])
            if len(new) > len(old) and not new.endswith("\ufffd"):
                yield Delta(new[len(old) :], logprob, top)
                before, shown, logprob, top = shown, len(ids), 0.0, ()
        if shown < len(ids):
            with self._lock:
                rest = self._decode(ids[before:])[len(self._decode(ids[before:shown])) :]
            if rest:
                yield Delta(rest, logprob, top)

    def _decode(self, ids: list[int]) -> str:
        return str(self._tokenizer.decode(ids, skip_special_tokens=True, clean_up_tokenization_spaces=False))


def _encodable(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")


def _plain_prompt(messages: Sequence[Message]) -> str:
    """A chat as plain text, for models that were trained on nothing else."""
    named = {"system": "", "user": "User: ", "assistant": "Assistant: "}
    turns = [named[str(turn["role"])] + turn["content"] for turn in chat(messages)]
    return "\n\n".join([*turns, "Assistant:"])


def _load(path: Path, threads: int) -> tuple[Any, Any]:
    try:
        import torch
        from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer
    except ImportError as e:
        raise ModelMissing(f"transformers can't be imported ({e}): pip install transformers torch") from None
    if threads:
        torch.set_num_threads(threads)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        with quiet():
            config = AutoConfig.from_pretrained(path, local_files_only=True)
            tokenizer = AutoTokenizer.from_pretrained(path, local_files_only=True)
            model = AutoModelForCausalLM.from_pretrained(
                path, dtype=_dtype(config, device), local_files_only=True, use_safetensors=True
            )
    except Exception as e:  # each library below has its own ways to say that a file is broken
        raise ModelDamaged(
            f"{path} can't be loaded ({' '.join(str(e).split())[:200]}): fetch it again"
        ) from None
    return model.to(device).eval(), tokenizer


def _dtype(config: Any, device: str) -> Any:
    """The checkpoint's own type on a GPU; on a CPU float32, unless both checkpoint and CPU have bfloat16."""
    import torch

    own = getattr(config, "dtype", None)
    if device != "cpu" and isinstance(own, torch.dtype):
        return own
    if own is torch.bfloat16 and torch.ops.mkldnn._is_mkldnn_bf16_supported():
        return own
    return torch.float32


def _end_tokens(model: Any, tokenizer: Any) -> frozenset[int]:
    ends = model.generation_config.eos_token_id
    ends = ends if isinstance(ends, list) else [ends]
    return frozenset(int(end) for end in [*ends, tokenizer.eos_token_id] if end is not None)
