"""An embedder of some hundred languages from one file of 4-bit weights, run as integers on the CPU.

multilingual-e5-small (Wang et al., Multilingual E5 Text Embeddings, 2024), in groups of 32 numbers that share a scale.
Knows nothing of libraries and of where the file is from; what runs the model is `onnx.py`. The file, little-endian:

    "E5S1", fifteen numbers: version, width, layers, heads, inner width, rows of the words' table, positions, kinds of
    text, epsilon (a float), numbers in a group, pieces, and the numbers of the signs <s>, </s>, <pad> and <unk>
    the pieces: bytes of all (64 bits), where each begins and the last ends, the score of each, and their letters
    a table by which signs are replaced before (entries, bytes; then these), which isn't read: NFKC does much the same
    the number of tensors, and of each: name (its length before it), whether it is 4-bit, count, offset and size
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from index.errors import ModelDamaged
from index.models import onnx
from index.models.onnx_graph import Shape, bert
from index.types import Vectors

if TYPE_CHECKING:
    from numpy.typing import NDArray

RECIPE = 1
"""Counts the ways the model was made, so that one made in an older way isn't used."""
_GROUP = 32
_TOKENS = 512
_NAMES = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.": "embeddings.LayerNorm.",
}
_IN_LAYER = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}


class FourBitEmbedder:
    """The model in a file of 4-bit weights. Threads may share it."""

    def __init__(self, name: str, file: Path, weights_hash: str, cache: Path) -> None:
        self.name, self.weights_hash = name, weights_hash
        kept = cache / "onnx" / f"{weights_hash}-fourbit-v{RECIPE}.onnx"
        encoder = onnx.read(kept)
        if encoder is None:
            made = model(file)
            encoder = onnx.OnnxEncoder(made)
            onnx.keep(kept, made)
        self._encoder = encoder
        self.dimension = self._encoder.dimension

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        """Vectors of passages: float32, shape (len(texts), dimension), each of length 1."""
        return self._encoder.encode([f"passage: {text}" for text in texts])

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Vectors of questions: float32, shape (len(texts), dimension), each of length 1."""
        return self._encoder.encode([f"query: {text}" for text in texts])


def model(file: Path) -> bytes:
    """The model of a file of 4-bit weights in the form that onnxruntime reads. Raises ModelDamaged."""
    try:
        data = file.read_bytes()
        head = struct.unpack_from("<4s8If6I", data.ljust(64))
        if head[0] != b"E5S1" or head[10] != _GROUP:
            raise ValueError("it is another format")
        width, layers, heads, epsilon = head[2], head[3], head[4], head[9]
        pieces, at = _pieces(data, head[11])
        weights = dict(_named(data, tensor, width) for tensor in _tensors(data, at))
        notes = {"tokenizer": _tokenizer(pieces, *head[12:16]), "tokens": str(_TOKENS)}
        return bert(weights, Shape(layers, heads, epsilon, "mean"), notes)
    except (struct.error, ValueError, KeyError, IndexError, OSError) as e:
        raise ModelDamaged(f"the embedder in {file} can't be loaded ({e}): fetch it again") from e


def _pieces(data: bytes, count: int) -> tuple[list[tuple[str, float]], int]:
    """The pieces of words with their scores, and where the list of tensors begins."""
    (size,) = struct.unpack_from("<Q", data, 64)
    at = 72
    ends = struct.unpack_from(f"<{count + 1}I", data, at)
    scores = struct.unpack_from(f"<{count}f", data, at + 4 * (count + 1))
    at += 4 * (2 * count + 1)
    letters = (data[at + start : at + end].decode() for start, end in pairwise(ends))
    (replaced,) = struct.unpack_from("<I", data, at + size + 4)
    return list(zip(letters, scores, strict=True)), at + size + 8 + replaced


def _tokenizer(pieces: list[tuple[str, float]], first: int, last: int, padding: int, unknown: int) -> str:
    """The tokenizer of XLM-RoBERTa, as JSON."""
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

    made = Tokenizer(models.Unigram(pieces, unk_id=unknown, byte_fallback=False))
    made.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Replace(Regex(r"\s+"), " ")])
    made.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    ends = [(pieces[number][0], number) for number in (first, last)]
    made.post_processor = processors.TemplateProcessing(
        single=f"{ends[0][0]} $A {ends[1][0]}", special_tokens=ends
    )
    return str(made.to_str())


_Tensor = tuple[str, int, int, int, int]


def _tensors(data: bytes, at: int) -> Iterator[_Tensor]:
    """Name, whether it is 4-bit, count, offset and size of each tensor."""
    (count,) = struct.unpack_from("<I", data, at)
    at += 4
    for _ in range(count):
        (length,) = struct.unpack_from("<H", data, at)
        name = data[at + 2 : at + 2 + length].decode()
        at += 2 + length
        yield (name, *struct.unpack_from("<BIQQ", data, at))
        at += 21


def _named(data: bytes, tensor: _Tensor, width: int) -> tuple[str, NDArray[np.float32]]:
    """A tensor under the name that transformers gives it, in its shape."""
    name, packed, count, offset, size = tensor
    stored = np.frombuffer(data, np.uint8, size, offset)
    values = unpacked(stored) if packed else stored.view(np.float32)
    if len(values) != count:
        raise ValueError(f"{name} has {len(values)} numbers in place of {count}")
    place, _, rest = name.partition(".")
    if place == "emb":
        known = next(key for key in _NAMES if name.startswith(key))
        full = _NAMES[known] + {"w": "weight", "b": "bias"}.get(name[len(known) :], "")
    else:
        part, kind = rest.split(".")
        full = f"encoder.layer.{int(place[1:])}.{_IN_LAYER[part]}.{'weight' if kind == 'w' else 'bias'}"
    if packed or name in ("emb.pos", "emb.type"):
        rows = count // width if ".fo." not in name else width
        values = values.reshape(rows, -1)
    return full, values


def unpacked(stored: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The numbers of groups of 32, each group a half-precision scale and sixteen bytes.

    The lower half of each byte is one of the first sixteen numbers, the upper half one of the others; 8 is zero.

    >>> scale = np.float16(0.5).tobytes()
    >>> unpacked(np.frombuffer(scale + bytes([0x9C] * 16), np.uint8))[[0, 31]].tolist()
    [2.0, 0.5]
    """
    groups = stored.reshape(-1, 2 + _GROUP // 2)
    scales = np.ascontiguousarray(groups[:, :2]).view(np.float16).astype(np.float32)
    numbers = np.concatenate([groups[:, 2:] & 15, groups[:, 2:] >> 4], axis=1).astype(np.float32)
    return ((numbers - 8) * scales).ravel()
