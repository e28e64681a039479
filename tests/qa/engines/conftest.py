"""A tiny language model with random weights, as a GGUF file: real enough for llama.cpp, loaded in an instant."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from qa.engines.llamacpp import LlamaCpp

TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]


def byte_characters() -> list[str]:
    """The 256 characters by which byte-level vocabularies write bytes, in the order of the bytes."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = iter(range(0x100, 0x200))
    return [chr(byte if byte in printable else next(others)) for byte in range(0x100)]


def write_gguf(path: Path, *, layers: int = 2, width: int = 64, heads: int = 2, seed: int = 0) -> Path:
    """A Qwen2 of bytes. It only ever says letters, so that whatever it says is text; it never ends by itself."""
    from gguf import GGUFWriter

    names = byte_characters() + SPECIAL
    writer = GGUFWriter(path, "qwen2")
    writer.add_context_length(4096)
    writer.add_embedding_length(width)
    writer.add_block_count(layers)
    writer.add_feed_forward_length(2 * width)
    writer.add_head_count(heads)
    writer.add_head_count_kv(heads)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list(names)
    writer.add_token_types([1] * 256 + [3] * len(SPECIAL))
    writer.add_token_merges(["Ġ Ġ"])
    writer.add_eos_token_id(258)
    writer.add_chat_template(TEMPLATE)
    random = np.random.default_rng(seed)

    def add(name: str, *shape: int) -> None:
        writer.add_tensor(name, (random.standard_normal(shape) / np.sqrt(width)).astype(np.float32))

    add("token_embd.weight", len(names), width)
    for i in range(layers):
        for part in ("q", "k", "v"):
            add(f"blk.{i}.attn_{part}.weight", width, width)
            add(f"blk.{i}.attn_{part}.bias", width)
        add(f"blk.{i}.attn_output.weight", width, width)
        add(f"blk.{i}.ffn_gate.weight", 2 * width, width)
        add(f"blk.{i}.ffn_up.weight", 2 * width, width)
        add(f"blk.{i}.ffn_down.weight", width, 2 * width)
        for part in ("attn", "ffn"):
            writer.add_tensor(f"blk.{i}.{part}_norm.weight", np.ones(width, np.float32))
    writer.add_tensor("output_norm.weight", np.ones(width, np.float32))
    output = (3 * random.standard_normal((len(names), width))).astype(np.float32)
    output[
        [i for i, name in enumerate(names) if not (len(name) == 1 and name.isascii() and name.isalpha())]
    ] = 0
    writer.add_tensor("output.weight", output)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


@pytest.fixture(scope="session")
def tiny_gguf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_gguf(tmp_path_factory.mktemp("tiny") / "tiny.gguf")


@pytest.fixture(scope="module")
def tiny(tiny_gguf: Path) -> Iterator[LlamaCpp]:
    model = LlamaCpp(tiny_gguf, name="tiny", context=1024, threads=1)
    yield model
    model.close()


@pytest.fixture(scope="module")
def small() -> Iterator[LlamaCpp]:
    """The smaller pinned model, from the user's cache; fetched into it if need be."""
    from index.config import load
    from qa.models import load_model

    model = load_model("qwen2.5-coder-0.5b", load())
    assert isinstance(model, LlamaCpp)
    yield model
    model.close()
