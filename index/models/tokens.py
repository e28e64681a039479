"""Tokens as the language model counts them: Qwen2.5's vocabulary, bundled, so that budgets are exact offline.

Knows nothing of weights or prompts. The vocabulary is `qwen2.5.vocab.xz`, made from a GGUF file of the model by

    python -m index.models.tokens qwen2.5-coder-1.5b-instruct-q4_k_m.gguf

It holds a line of JSON (how many tokens, the special ones), then a byte a token with its length, then all
tokens' bytes, in the order of their ids: the order in which byte-pair encoding merges.
"""

from __future__ import annotations

import functools
import itertools
import json
import lzma
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import tiktoken

VOCABULARY = Path(__file__).with_name("qwen2.5.vocab.xz")

# How Qwen2 cuts text into pieces before merging, as its tokenizer.json and llama.cpp's "qwen2" have it.
_PATTERN = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"  # noqa: E501
_NORMAL, _CONTROL, _USER_DEFINED = 1, 3, 4  # kinds of tokens in a GGUF file
# Longer runs than this overflow the stack of the regular expressions' engine.
_MOST = 100_000


@functools.cache
def encoding() -> tiktoken.Encoding:
    """The encoding of Qwen2.5, read from the bundled vocabulary at the first call.

    >>> encoding().encode_ordinary("Where is it?")
    [9064, 374, 432, 30]
    """
    import tiktoken

    with lzma.open(VOCABULARY) as file:
        header = json.loads(file.readline())
        lengths = file.read(header["tokens"])
        text = file.read()
    ends = itertools.accumulate(lengths)
    ranks = {text[end - n : end]: rank for rank, (end, n) in enumerate(zip(ends, lengths, strict=True))}
    return tiktoken.Encoding(
        name="qwen2.5", pat_str=_PATTERN, mergeable_ranks=ranks, special_tokens=header["special"]
    )


def count(text: str) -> int:
    """How many tokens `text` takes; the names of special tokens count as the plain text that they are.

    Exact for texts up to 100,000 characters, and off by one at most for each 100,000 more.

    >>> count("Where is it?"), count("<|im_end|>")
    (4, 6)
    """
    encode = encoding().encode_ordinary
    return sum(len(encode(text[i : i + _MOST])) for i in range(0, len(text), _MOST))


def write_vocabulary(gguf: Path, to: Path = VOCABULARY) -> int:
    """Size of the file `to`, written from the tokenizer of a GGUF file with a byte-level vocabulary."""
    from gguf import GGUFReader

    fields = GGUFReader(gguf).fields
    names: list[str] = fields["tokenizer.ggml.tokens"].contents()
    kinds: list[int] = fields["tokenizer.ggml.token_type"].contents()
    plain = list(itertools.takewhile(lambda kind: kind == _NORMAL, kinds))
    byte_of = _bytes_of_characters()
    tokens = [bytes(byte_of[c] for c in name) for name in names[: len(plain)]]
    special = {
        name: i
        for i, (name, kind) in enumerate(zip(names, kinds, strict=True))
        if kind in (_CONTROL, _USER_DEFINED)
    }
    header = json.dumps({"tokens": len(tokens), "special": special}).encode() + b"\n"
    packed = lzma.compress(
        header + bytes(len(token) for token in tokens) + b"".join(tokens),
        filters=_filters(),
        format=lzma.FORMAT_XZ,
    )
    to.write_bytes(packed)
    return len(packed)


def _filters() -> list[dict[str, Any]]:
    return [{"id": lzma.FILTER_LZMA2, "preset": 9 | lzma.PRESET_EXTREME, "lc": 4, "lp": 0, "pb": 0}]


def _bytes_of_characters() -> dict[str, int]:
    """GPT-2's way of writing bytes as printable characters, backwards."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(0x100) if byte not in printable]
    return {chr(byte): byte for byte in printable} | {chr(0x100 + i): byte for i, byte in enumerate(others)}


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m index.models.tokens MODEL.gguf")
    print(f"{VOCABULARY}: {write_vocabulary(Path(sys.argv[1])):,} bytes")
