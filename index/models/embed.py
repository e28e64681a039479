"""Text in, unit vectors out: the one file that imports sentence_transformers. Knows nothing of libraries.

Where weights come from is `index/models/weights.py`'s business; here they are a folder on this machine. On a CPU,
`index/models/onnx.py` runs them as integers where it can, for passages and questions alike. Its vectors are near enough
to torch's to stand beside them in one library: see docs/design/001-dependencies.md for what was measured.
"""

from __future__ import annotations

import hashlib
import json
import threading
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from index.errors import ModelDamaged, ModelMissing
from index.types import Embedder, Vectors

_BATCH = 32
_HASHES = "hashes.json"


def load_embedder(name: str, cache: Path) -> Embedder:
    """The embedder of that name, its weights in memory, fetched into `cache` first if they weren't there.

    `name` is one of `index/models/models.toml`, `hf:org/repo`, or a local folder made by sentence-transformers.

    Raises ModelMissing when there are no such weights, ModelDamaged when they can't be loaded.
    """
    from index.models.weights import resolve_embedder

    weights = resolve_embedder(name, cache)
    if weights.is_file():
        from index.models.fourbit import FourBitEmbedder

        return FourBitEmbedder(name, weights, weights_hash(weights, cache), cache)
    return SentenceTransformerEmbedder(name, weights, cache)


class SentenceTransformerEmbedder:
    """A sentence-transformers model in a folder, on the GPU where there is one. Threads may share it."""

    def __init__(self, name: str, folder: Path, cache: Path | None = None) -> None:
        if not (folder / "config.json").is_file() and not (folder / "modules.json").is_file():
            raise ModelMissing(
                f"no sentence-transformers model in {folder}: name another with FOOTNOTE_EMBEDDER"
            )
        from index.models import onnx

        self.name = name
        self.weights_hash = weights_hash(folder, cache)
        self._lock = threading.Lock()  # fast tokenizers can't be used by two threads at once
        self._model: Any = None
        self._fast = onnx.kept(folder, self.weights_hash, cache) if cache else None
        if self._fast is None:
            self._model = _load(folder)
            if cache:
                with quiet():
                    self._fast = onnx.make(self._model, folder, self.weights_hash, cache)
        if self._fast is not None:
            self._model = None
            self.dimension = self._fast.dimension
        else:
            self.dimension = int(self._model.get_embedding_dimension())

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        """Vectors of passages: float32, shape (len(texts), dimension), each of length 1."""
        return self._encode("encode_document", texts)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Vectors of questions: float32, shape (len(texts), dimension), each of length 1."""
        return self._encode("encode_query", texts)

    def _encode(self, kind: str, texts: Sequence[str]) -> Vectors:
        import numpy as np

        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        if self._fast is not None:
            return self._fast.encode(texts)
        encode = getattr(self._model, kind)
        with self._lock, quiet():
            vectors = encode(
                list(texts),
                batch_size=_BATCH,
                normalize_embeddings=True,
                convert_to_numpy=True,
                show_progress_bar=False,
            )
        return np.asarray(vectors, dtype=np.float32)


def weights_hash(weights: Path, cache: Path | None = None) -> str:
    """SHA-256, in hexadecimal, of a file, or of a folder's model.safetensors, or of its weight files' hashes.

    Remembered in `cache` by path, size and time of change, since hashing takes longer than a question.

    Raises ModelMissing when the folder holds no weights.
    """
    files = [weights if weights.is_file() else weights / "model.safetensors"]
    if not files[0].is_file():
        patterns = ("*.safetensors", "pytorch_model*.bin")
        files = sorted(file for pattern in patterns for file in weights.glob(pattern))
    if not files:
        raise ModelMissing(
            f"no weights (model.safetensors) in {weights}: fetch them again, or name another model"
        )
    hashes = [_file_hash(file, cache) for file in files]
    return hashes[0] if len(hashes) == 1 else hashlib.sha256("\n".join(hashes).encode()).hexdigest()


def _file_hash(file: Path, cache: Path | None) -> str:
    file = file.resolve()
    state = file.stat()
    key = f"{file}|{state.st_size}|{state.st_mtime_ns}"
    known: dict[str, str] = {}
    if cache is not None:
        with suppress(OSError, ValueError):
            known = dict(json.loads((cache / _HASHES).read_text(encoding="utf-8")))
    if key not in known:
        digest = hashlib.sha256()
        with file.open("rb") as stream:
            while block := stream.read(1 << 20):
                digest.update(block)
        known[key] = digest.hexdigest()
        if cache is not None:
            with suppress(OSError):  # forgetting it costs a moment next time
                cache.mkdir(parents=True, exist_ok=True)
                (cache / _HASHES).write_text(json.dumps(known), encoding="utf-8")
    return known[key]


def _load(folder: Path) -> Any:
    with quiet():
        import torch
        from sentence_transformers import SentenceTransformer

        try:
            device = "cuda" if torch.cuda.is_available() else "cpu"
            model = SentenceTransformer(str(folder), device=device, local_files_only=True)
        except Exception as e:  # each library below has its own ways to say that a file is broken
            said = " ".join(str(e).split())[:200]
            raise ModelDamaged(f"the embedder in {folder} can't be loaded ({said}): fetch it again") from e
        model.eval()
        return model


@contextmanager
def quiet() -> Iterator[None]:
    """Keeps progress bars and advice of transformers and what uses it off the user's screen."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import transformers

        logging = transformers.utils.logging
        level, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
        logging.set_verbosity_error()
        logging.disable_progress_bar()
        try:
            yield
        finally:
            logging.set_verbosity(level)
            if bars:
                logging.enable_progress_bar()
