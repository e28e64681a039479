"""A BERT embedder as integers: made once from a sentence-transformers model, kept in the cache, run on the CPU.

The one file that imports onnxruntime. Knows nothing of libraries, and of weights only what a loaded model says;
the operators are `index/models/onnx_graph.py`'s business.

    <cache>/onnx/<weights>-<settings>-v<recipe>.onnx            the model with its tokenizer, 35 MB for all-MiniLM-L6-v2
    <cache>/onnx/<weights>-<settings>-v<recipe>.onnx.sha256     its hash, or "unfit" where it didn't agree with torch

Made when a model is first loaded, at once: that takes two or three seconds when torch is in memory anyway, and from
then on torch isn't loaded at all, which saves more than that on every start. What can't be made is run by torch: no
onnxruntime, a GPU, another architecture than BERT, pooling other than mean or first token, prompts of its own, or
vectors that aren't those of torch (cosine below 0.98 on any of the texts below).

A text is run by itself, never in a batch: the range by which its numbers are quantised is then its own, so its vector
is the same bit for bit whatever is embedded along with it; and nothing is padded. Cores are kept busy by as many
threads, each with its own text.
"""

from __future__ import annotations

import hashlib
import os
import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from pathlib import Path
from typing import Any

from index import whole
from index.models.cores import cores
from index.models.onnx_graph import Shape, bert
from index.types import Vectors

RECIPE = 1
"""Counts the ways the model was made, so that one made in an older way isn't used."""
ALIKE = 0.98
"""The least cosine to torch's vector, for each of the texts compared."""
_UNFIT = "unfit"
_MOST_THREADS = 16
_GPUS = ("/dev/nvidiactl", "/dev/kfd", "/dev/dxg", r"C:\Windows\System32\nvcuda.dll")
_COMPARED = (
    "Who was elected mayor?",
    "The mill burned to the ground on Tuesday. Nobody was hurt, the fire service said.",
    "In 2016, 1,245 people were deported; a year later it was 2,057 (65% more), according to the ministry.",
    "Élections à Paris : « le vote est clos », a déclaré Mme Núñez. Московский вокзал 東京駅.",
    "Cats rest for most of the day. " * 60,
)


class OnnxEncoder:
    """A model read from its file. Threads may share it."""

    def __init__(self, model: bytes) -> None:
        from tokenizers import Tokenizer

        self._session = session(model)
        self.dimension = int(self._session.get_outputs()[0].shape[0])
        notes = self._session.get_modelmeta().custom_metadata_map
        self._tokenizer = Tokenizer.from_str(notes["tokenizer"])
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(int(notes["tokens"]))

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Vectors of texts: float32, shape (len(texts), dimension), each of length 1."""
        import numpy as np

        vectors = np.empty((len(texts), self.dimension), np.float32)

        def one(i: int) -> None:
            vectors[i] = self._run(self._tokenizer.encode(texts[i]).ids, "vector")

        in_threads(one, len(texts))
        return vectors

    def _run(self, ids: list[int], output: str) -> Vectors:
        import numpy as np

        inputs = {"ids": np.array([ids], np.int64), "positions": np.arange(len(ids), dtype=np.int64)}
        vectors: Vectors = self._session.run([output], inputs)[0]
        return vectors


def session(model: bytes | Path, *, ours: bool = True) -> Any:
    """An onnxruntime session on one thread: cores are kept busy by as many calls (`in_threads`).

    `ours` says that the graph is one of `index/models/onnx_graph.py`, whose operators are fused already.
    """
    # Before the import: it is then that onnxruntime notes this machine's id and an event to be sent to its makers.
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    import onnxruntime

    onnxruntime.disable_telemetry_events()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.enable_mem_pattern = False  # it would keep a plan for each length of text
    options.log_severity_level = 3
    if ours:  # more would fuse what is faster apart
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    source = model if isinstance(model, bytes) else str(model)
    return onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])


class Pairs:
    """Tokens of pairs of texts, at most `tokens` each: of the first text half, of the second what is left.

    A second text that is longer gives several windows, which share `stride` tokens; 0 for the first window alone.
    """

    def __init__(self, tokenizer: str, tokens: int, stride: int = 0) -> None:
        from tokenizers import Tokenizer

        self._stride, self._first = stride, tokens // 2
        # Two, since a tokenizer that truncates the second text alone fails where the first one fills all the room.
        self._plain, self._pairs = Tokenizer.from_str(tokenizer), Tokenizer.from_str(tokenizer)
        self._plain.no_padding()
        self._plain.no_truncation()
        self._pairs.no_padding()
        self._pairs.enable_truncation(tokens, stride=stride, strategy="only_second")

    def encode(self, first: str, seconds: Sequence[str]) -> list[list[Any]]:
        """The windows of the first text with each of the second ones."""
        known = self._plain.encode(first, add_special_tokens=False)
        if len(known.ids) > self._first:
            first = first[: known.offsets[self._first - 1][1]]
        pairs = [self._pairs.encode(first, second) for second in seconds]
        return [[pair, *pair.overflowing] if self._stride else [pair] for pair in pairs]


def kept(folder: Path, weights_hash: str, cache: Path) -> OnnxEncoder | None:
    """The model made before from the weights in `folder`; None if there is none, it is damaged, or a GPU is there."""
    if any(os.path.exists(gpu) for gpu in _GPUS):
        return None
    return read(_path(folder, weights_hash, cache))


def make(model: Any, folder: Path, weights_hash: str, cache: Path) -> OnnxEncoder | None:
    """The model made from a SentenceTransformer loaded from `folder`, and kept for `kept`; None if it can't be.

    A cache that can't be written to only means that it is made again next time.
    """
    path = _path(folder, weights_hash, cache)
    if _said(path) == _UNFIT:
        return None
    if model.device.type == "cpu" and (there := read(path)):  # a machine with a GPU that torch has no use for
        return there
    try:
        shape = shape_of(model)
        if shape is None:
            return None
        weights = {name: value.float().numpy() for name, value in model[0].auto_model.state_dict().items()}
        notes = {
            "tokenizer": model.tokenizer.backend_tokenizer.to_str(),
            "tokens": str(model.max_seq_length),
        }
        made = bert(weights, shape, notes)
        encoder = OnnxEncoder(made)
        fit = _agree(encoder, model)
    except Exception:  # nothing that goes wrong here may keep anyone from embedding
        return None
    keep(path, made, fit)
    return encoder if fit else None


def keep(path: Path, made: bytes, fit: bool = True) -> None:
    """Keeps a model and its hash, or that it is unfit; where the cache can't be written to, nothing."""
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        if fit:
            whole.write(path, made)
        whole.write(_mark(path), (hashlib.sha256(made).hexdigest() if fit else _UNFIT).encode())


def shape_of(model: Any) -> Shape | None:
    """What a SentenceTransformer's graph looks like; None if it isn't one that `bert` can write down.

    Raises AttributeError and the like for modules that are no transformer.
    """
    encoder, *rest = model
    config, tokenizer = encoder.config, model.tokenizer
    names = [type(module).__name__ for module in rest]
    pooling = rest[0].pooling_mode if names in (["Pooling"], ["Pooling", "Normalize"]) else ""
    length = model.max_seq_length
    known = (
        model.device.type == "cpu"
        and type(encoder.auto_model).__name__ == "BertModel"
        and config.hidden_act == "gelu"
        and getattr(config, "position_embedding_type", "absolute") == "absolute"
        and not config.is_decoder
        and pooling in ("mean", "cls")
        and not any(model.prompts.values())
        and getattr(tokenizer, "is_fast", False)
        and isinstance(length, int)
        and 2 < length <= config.max_position_embeddings
    )
    if not known:
        return None
    return Shape(config.num_hidden_layers, config.num_attention_heads, config.layer_norm_eps, pooling)


def in_threads(work: Callable[[int], None], count: int) -> None:
    """Calls `work` with 0 to count - 1, on as many threads as there are cores, and waits for all.

    What a call raises is raised here. An interruption (Ctrl-C) is raised after the calls that had begun:
    each is one text, some hundredths of a second.

    >>> done = []
    >>> in_threads(done.append, 3)
    >>> sorted(done)
    [0, 1, 2]
    """
    threads = min(cores(), _MOST_THREADS, count)
    if threads <= 1:
        for i in range(count):
            work(i)
        return
    waiting: queue.SimpleQueue[int] = queue.SimpleQueue()
    for i in range(count):
        waiting.put(i)
    stop = threading.Event()

    def take() -> None:
        with suppress(queue.Empty):
            while not stop.is_set():
                work(waiting.get_nowait())

    with ThreadPoolExecutor(threads, thread_name_prefix="embed") as pool:
        try:
            futures = [pool.submit(take) for _ in range(threads)]
            # Not without a limit: on some systems Ctrl-C is only heard between two waits.
            while wait(futures, 0.2, return_when="FIRST_EXCEPTION").not_done:
                if any(future.done() and future.exception() for future in futures):
                    break
        finally:
            stop.set()
    for future in futures:
        future.result()


def _agree(encoder: OnnxEncoder, model: Any) -> bool:
    import numpy as np

    expected = model.encode(list(_COMPARED), normalize_embeddings=True, show_progress_bar=False)
    alike = np.sum(encoder.encode(_COMPARED) * expected, axis=1)
    return bool(np.all(alike >= ALIKE))  # not a number is not alike either


def read(path: Path) -> OnnxEncoder | None:
    """The model that `keep` kept; None where there is none, or it is damaged."""
    try:
        model = path.read_bytes()
        return OnnxEncoder(model) if hashlib.sha256(model).hexdigest() == _said(path) else None
    except Exception:  # whatever is wrong with it, torch does the same work
        return None


def _said(path: Path) -> str:
    """What stands beside the model: its hash, or that it is unfit."""
    try:
        return _mark(path).read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""


def _path(folder: Path, weights_hash: str, cache: Path) -> Path:
    """Where the model is kept: named by weights, settings (tokenizer, pooling, length and so on) and recipe."""
    settings = hashlib.sha256()
    for file in sorted([*folder.glob("*.json"), *folder.glob("*/config.json")]):
        if file.name != "stamp.json":
            settings.update(f"{file.relative_to(folder)}\n".encode() + file.read_bytes())
    return cache / "onnx" / f"{weights_hash}-{settings.hexdigest()[:12]}-v{RECIPE}.onnx"


def _mark(path: Path) -> Path:
    return path.with_name(path.name + ".sha256")
