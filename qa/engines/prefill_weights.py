"""Weights that read prompts fast: a language model's and its adapter's, joined, in 8-bit integers for CTranslate2.

Made once from the GGUF files, a part of a tensor at a time, so that it takes little more memory than what it makes.
Owns gguf. Knows nothing of where models come from, and of what is asked of them.

    <cache>/prefill/<model>-<digest>-<version>/    model.bin, config.json, and the vocabulary, whose words are numbers

A folder is written beside its place and moved into it, so that there is a whole one or none.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

VERSION = 1
"""Goes up when the same weights would be written otherwise."""
AT_ONCE = 8192
"""Rows of a matrix that are floating-point numbers at one time."""
ABANDONED = 3600.0
"""Seconds after which an unfinished folder is that of a program that was killed."""
ARCHITECTURE = "qwen2"
"""The kind of model whose layers are known here."""
Progress = Callable[[int, int], None]
"""Is called with (layers done, layers in all)."""


def prepared(cache: Path, name: str, digest: str) -> Path | None:
    """The folder of a model's weights of this digest; None where there is none."""
    folder = _folder(cache, name, digest)
    return folder if (folder / "model.bin").exists() else None


def prepare(
    weights: Path,
    adapter: Path | None,
    cache: Path,
    name: str,
    digest: str,
    progress: Progress | None = None,
) -> Path:
    """The folder of a model's weights of this digest, made first if need be; those of its other weights are removed.

    It takes about a minute for 1.5 billion weights, and 1.1 bytes a weight. Raises OSError where it can't be written,
    ImportError without CTranslate2, ValueError or LookupError for a kind of model that is not known and for files that
    can't be read, MemoryError.
    """
    home = _folder(cache, name, digest)
    if prepared(cache, name, digest) is None:
        home.parent.mkdir(parents=True, exist_ok=True)
        for left in home.parent.glob(f".{name}-*"):
            if time.time() - left.stat().st_mtime > ABANDONED:
                shutil.rmtree(left, ignore_errors=True)
        with tempfile.TemporaryDirectory(
            prefix=f".{name}-", dir=home.parent, ignore_cleanup_errors=True
        ) as made:
            _spec(weights, adapter, progress or (lambda done, total: None)).save(made)
            _settled(Path(made))
            if prepared(cache, name, digest) is None:
                shutil.rmtree(home, ignore_errors=True)
                try:
                    os.rename(made, home)
                except OSError:
                    if prepared(cache, name, digest) is None:  # else another program was faster
                        raise
    for other in home.parent.glob(f"{name}-*"):
        if other != home:
            shutil.rmtree(other, ignore_errors=True)
    return home


def _settled(folder: Path) -> None:
    """Lets everybody read what is in a folder, and returns once all of it has reached the disk."""
    folder.chmod(0o755)
    for path in folder.iterdir():
        with path.open("rb+") as data:
            os.fsync(data.fileno())


def _folder(cache: Path, name: str, digest: str) -> Path:
    return cache / "prefill" / f"{name}-{digest[:12]}-{VERSION}"


class _Weights:
    """The tensors of a GGUF file, with an adapter's product upon those that have one, as 32-bit floats."""

    def __init__(self, weights: Path, adapter: Path | None) -> None:
        import gguf

        self._gguf = gguf
        read = gguf.GGUFReader(weights)
        self.fields, self.tensors = read.fields, {tensor.name: tensor for tensor in read.tensors}
        self.low: dict[str, Any] = {}
        self.alpha = 0.0
        if adapter:
            read = gguf.GGUFReader(adapter)
            self.low = {tensor.name: tensor for tensor in read.tensors}
            self.alpha = float(read.fields["adapter.lora.alpha"].contents())

    def number(self, name: str, default: float | None = None) -> Any:
        """A number among the model's dimensions. Raises ValueError where it is missing and has no default."""
        field = self.fields.get(f"{ARCHITECTURE}.{name}")
        if field is None and default is None:
            raise ValueError(f"the file names no {ARCHITECTURE}.{name}")
        return default if field is None else field.contents()

    def __contains__(self, name: str) -> bool:
        return name in self.tensors

    def __getitem__(self, name: str) -> Any:
        import numpy as np

        return np.concatenate(list(self.rows(name)))

    def rows(self, name: str) -> Iterator[Any]:
        """A tensor, so many of its rows at a time that little memory is needed."""
        import numpy as np

        a, b = (
            self._plain(self.low[f"{name}.lora_{part}"]) if f"{name}.lora_a" in self.low else None
            for part in "ab"
        )
        tensor = self.tensors[name]
        for first in range(0, len(tensor.data), AT_ONCE):
            part = slice(first, first + AT_ONCE)
            value = self._plain(tensor, part)
            yield value if a is None or b is None else value + np.float32(self.alpha / len(a)) * (b[part] @ a)

    def _plain(self, tensor: Any, rows: slice = slice(None)) -> Any:
        import numpy as np

        return self._gguf.quants.dequantize(tensor.data[rows], tensor.tensor_type).astype(np.float32)


def _spec(weights: Path, adapter: Path | None, progress: Progress) -> Any:
    """CTranslate2's description of the model, which can be saved."""
    from ctranslate2.specs import common_spec, transformer_spec

    held = _Weights(weights, adapter)
    kind = held.fields["general.architecture"].contents()
    if kind != ARCHITECTURE:
        raise ValueError(f"{weights} is a {kind} model; only {ARCHITECTURE} is known")
    layers = held.number("block_count")
    spec = transformer_spec.TransformerDecoderModelSpec.from_config(
        layers,
        held.number("attention.head_count"),
        num_heads_kv=held.number("attention.head_count_kv"),
        activation=common_spec.Activation.SWISH,
        pre_norm=True,
        ffn_glu=True,
        rms_norm=True,
        rotary_dim=0,
        rotary_interleave=False,
        rotary_base=held.number("rope.freq_base", 10_000.0),
    )
    decoder = spec.decoder
    decoder.scale_embeddings = False
    decoder.layer_norm.gamma = held["output_norm.weight"]
    _fill(decoder.embeddings, held, "token_embd")
    if "output.weight" in held:
        _fill(decoder.projection, held, "output")
    else:  # the same weights
        decoder.projection.weight = decoder.embeddings.weight
        decoder.projection.weight_scale = decoder.embeddings.weight_scale
    for i, layer in enumerate(decoder.layer):
        _fill_layer(layer, held, f"blk.{i}")
        progress(i + 1, layers)
    # The vocabulary's words are the numbers of the tokens: text is cut into tokens elsewhere.
    spec.register_vocabulary([str(number) for number in range(len(decoder.embeddings.weight))])
    end = str(held.fields["tokenizer.ggml.eos_token_id"].contents())
    spec.config.bos_token = spec.config.eos_token = end
    spec.config.unk_token = "0"
    spec.config.layer_norm_epsilon = held.number("attention.layer_norm_rms_epsilon")
    spec.validate()
    spec.optimize()  # what is there twice is written once
    return spec


def _fill_layer(layer: Any, held: _Weights, name: str) -> None:
    attention, forward = layer.self_attention, layer.ffn
    attention.layer_norm.gamma = held[f"{name}.attn_norm.weight"]
    _fill(attention.linear[0], held, *(f"{name}.attn_{part}" for part in "qkv"))
    _fill(attention.linear[1], held, f"{name}.attn_output")
    forward.layer_norm.gamma = held[f"{name}.ffn_norm.weight"]
    _fill(forward.linear_0, held, f"{name}.ffn_gate")
    _fill(forward.linear_0_noact, held, f"{name}.ffn_up")
    _fill(forward.linear_1, held, f"{name}.ffn_down")


def _fill(spec: Any, held: _Weights, *names: str) -> None:
    """Puts the matrices of these names, one below the other, into `spec`: each row as integers that share a scale."""
    import numpy as np

    parts = [_integers(part) for name in names for part in held.rows(f"{name}.weight")]
    rows, scales = zip(*parts, strict=True)
    spec.weight, spec.weight_scale = np.concatenate(rows), np.concatenate(scales)
    if f"{names[0]}.bias" in held:
        spec.bias = np.concatenate([held[f"{name}.bias"] for name in names])


def _integers(matrix: Any) -> tuple[Any, Any]:
    """Rows as integers in [-127, 127], and what each row was multiplied with.

    >>> import numpy as np
    >>> rows, scales = _integers(np.array([[0.5, -1.0], [0.0, 0.0]], np.float32))
    >>> rows.tolist(), scales.tolist()
    ([[64, -127], [0, 0]], [127.0, 1.0])
    """
    import numpy as np

    most = np.abs(matrix).max(axis=1)
    scales = (127.0 / np.where(most == 0, 127.0, most)).astype(np.float32)
    return np.rint(matrix * scales[:, None]).astype(np.int8), scales
