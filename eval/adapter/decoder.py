"""The bundled language model in torch, read out of its GGUF file, with low-rank adapters on its upper layers.

Owns torch. The weights are those that llama.cpp runs, quantised as they are there, in bfloat16; only the adapters
learn (LoRA, Hu et al. 2021, arXiv:2106.09685). Knows nothing of questions, losses or files of adapters.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

LINEAR = ("attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down")
"""The matrices of a layer, by llama.cpp's names."""


@dataclass(frozen=True, slots=True)
class Shape:
    """The sizes of a Qwen2 model, as its GGUF file gives them."""

    layers: int
    heads: int
    heads_kv: int
    width: int
    """Of a head."""
    theta: float
    epsilon: float


class Low(nn.Module):
    """The low-rank part of one matrix: adds scale * B(A(x)); B begins at zero, so that nothing changes at first."""

    def __init__(self, inputs: int, outputs: int, rank: int, scale: float) -> None:
        super().__init__()
        self.a = nn.Parameter(torch.randn(rank, inputs) / inputs**0.5)
        self.b = nn.Parameter(torch.zeros(outputs, rank))
        self.scale = scale

    def forward(self, x: Tensor) -> Tensor:
        """(tokens, inputs) to (tokens, outputs)."""
        return functional.linear(functional.linear(x, self.a.to(x.dtype)), (self.scale * self.b).to(x.dtype))


class Decoder(nn.Module):
    """Token ids to log-probabilities at some places; layers from `first` on carry adapters of `rank`."""

    def __init__(
        self, gguf: Path, *, first: int, rank: int, scale: float, dtype: torch.dtype = torch.bfloat16
    ) -> None:
        """Reads the weights: a minute, and 3.5 GB of memory."""
        super().__init__()
        self.shape, self._held = read(gguf, dtype)
        self.first = first
        self.low = nn.ModuleDict()
        for layer in range(first, self.shape.layers):
            for name in LINEAR:
                outputs, inputs = self._held[f"blk.{layer}.{name}.weight"].shape
                self.low[f"{layer}_{name}"] = Low(inputs, outputs, rank, scale)

    def forward(self, ids: Tensor, positions: Tensor, mask: Tensor, places: Tensor) -> Tensor:
        """(places, vocabulary) log-probabilities of the token after each place.

        `ids` and `positions` are (tokens,), `mask` (tokens, tokens), true where the row's token may look at the
        column's, `places` indices into `ids`.
        """
        with torch.no_grad():
            x = functional.embedding(ids, self._held["token_embd.weight"])
            turns = self._turns(positions, x.dtype)
            for layer in range(self.first):
                x = self._layer(x, layer, turns, mask)
        for layer in range(self.first, self.shape.layers):
            x = self._layer(x, layer, turns, mask)
        x = self._norm(x[places], "output_norm.weight")
        return functional.linear(x, self._held["output.weight"]).float().log_softmax(-1)

    def _linear(self, x: Tensor, layer: int, name: str) -> Tensor:
        held, whole = self._held, f"blk.{layer}.{name}"
        y = functional.linear(x, held[f"{whole}.weight"], held.get(f"{whole}.bias"))
        key = f"{layer}_{name}"
        return y + self.low[key](x) if key in self.low else y

    def _norm(self, x: Tensor, name: str) -> Tensor:
        return functional.rms_norm(x, x.shape[-1:], self._held[name], self.shape.epsilon)

    def _layer(self, x: Tensor, layer: int, turns: tuple[Tensor, Tensor], mask: Tensor) -> Tensor:
        shape = self.shape
        y = self._norm(x, f"blk.{layer}.attn_norm.weight")
        q, k, v = (self._linear(y, layer, f"attn_{name}").view(len(x), -1, shape.width) for name in "qkv")
        q, k, v = (_turn(q, turns), _turn(k, turns), v)
        group = shape.heads // shape.heads_kv
        k, v = (t.repeat_interleave(group, dim=1) for t in (k, v))
        q, k, v = (t.transpose(0, 1).unsqueeze(0) for t in (q, k, v))
        y = functional.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        x = x + self._linear(y.squeeze(0).transpose(0, 1).flatten(1), layer, "attn_output")
        y = self._norm(x, f"blk.{layer}.ffn_norm.weight")
        gate, up = self._linear(y, layer, "ffn_gate"), self._linear(y, layer, "ffn_up")
        return x + self._linear(functional.silu(gate) * up, layer, "ffn_down")

    def _turns(self, positions: Tensor, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
        steps = torch.arange(0, self.shape.width, 2, dtype=torch.float32) / self.shape.width
        speeds = torch.tensor(self.shape.theta).pow(-steps)
        angles = (positions.float()[:, None] * speeds).repeat(1, 2)[:, None]
        return angles.cos().to(dtype), angles.sin().to(dtype)

    def adapters(self) -> Iterator[tuple[str, Tensor, Tensor]]:
        """(llama.cpp's name of the matrix, A, B with the scale left out) for each adapter."""
        for key, low in self.low.items():
            assert isinstance(low, Low)
            layer, _, name = key.partition("_")
            yield f"blk.{layer}.{name}.weight", low.a.detach(), low.b.detach()


def _turn(x: Tensor, turns: tuple[Tensor, Tensor]) -> Tensor:
    cos, sin = turns
    left, right = x.chunk(2, dim=-1)
    return x * cos + torch.cat((-right, left), dim=-1) * sin


def read(gguf: Path, dtype: torch.dtype) -> tuple[Shape, dict[str, Tensor]]:
    """The sizes of a Qwen2 model and its tensors by name, unpacked."""
    from gguf import GGUFReader
    from gguf.quants import dequantize

    reader = GGUFReader(gguf)

    def field(name: str, default: Any = None) -> Any:
        found = reader.fields.get(f"qwen2.{name}")
        return found.contents() if found else default

    shape = Shape(
        field("block_count"),
        field("attention.head_count"),
        field("attention.head_count_kv"),
        field("embedding_length") // field("attention.head_count"),
        field("rope.freq_base", 10000.0),
        field("attention.layer_norm_rms_epsilon"),
    )
    held = {
        t.name: torch.from_numpy(dequantize(t.data, t.tensor_type).copy()).to(dtype) for t in reader.tensors
    }
    return shape, held
