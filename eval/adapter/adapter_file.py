"""An adapter as llama.cpp reads it: a GGUF file of low-rank matrices. Knows nothing of how they were made."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from eval.adapter.decoder import Decoder


def write(model: Decoder, path: Path, alpha: float) -> None:
    """Writes `path`, in 16-bit floats, whole or not at all. What is added is alpha / rank * B(A(x))."""
    import numpy as np
    from gguf import GGUFWriter

    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(".new")
    writer = GGUFWriter(new, "qwen2")
    writer.add_type("adapter")
    writer.add_string("adapter.type", "lora")
    writer.add_float32("adapter.lora.alpha", alpha)
    writer.add_name("Footnote reader")
    writer.add_license("Apache-2.0")
    for name, a, b in model.adapters():
        writer.add_tensor(f"{name}.lora_a", a.numpy().astype(np.float16))
        writer.add_tensor(f"{name}.lora_b", b.numpy().astype(np.float16))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    new.replace(path)
