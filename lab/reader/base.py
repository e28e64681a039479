"""The reader as a torch module, and the weights that it begins with: those of the pinned cross-encoder.

The cross-encoder comes as 8-bit ONNX; its integers are put back into floating point. Knows nothing of training data.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from transformers import BertConfig, BertModel

HIDDEN, LAYERS, HEADS, INNER = 384, 12, 12, 1536


class Reader(torch.nn.Module):
    """One pass over (question, passage), three answers.

    `span`: for each token the logits of being the first and the last of the answer; the first token, [CLS], stands for
    "no answer here". `answers`: the logit that the text answers the question. `support`: logits that the text supports,
    contradicts or says neither of a statement; for a yes-or-no question these are yes, no and unknown.
    """

    def __init__(self) -> None:
        super().__init__()
        config = BertConfig(
            hidden_size=HIDDEN,
            num_hidden_layers=LAYERS,
            num_attention_heads=HEADS,
            intermediate_size=INNER,
            attn_implementation="sdpa",
            # On a CPU dropout takes more than half of a step; most examples are seen once, so it has little to save.
            attention_probs_dropout_prob=0.0,
            hidden_dropout_prob=0.0,
        )
        self.bert = BertModel(config)
        self.answers = torch.nn.Linear(HIDDEN, 1)
        self.span = torch.nn.Linear(HIDDEN, 2)
        self.support = torch.nn.Sequential(
            torch.nn.Linear(HIDDEN, HIDDEN), torch.nn.Tanh(), torch.nn.Linear(HIDDEN, 3)
        )

    def forward(self, ids: Any, mask: Any, types: Any) -> tuple[Any, Any, Any]:
        """Span logits (batch, tokens, 2), answer logits (batch,), support logits (batch, 3)."""
        out = self.bert(input_ids=ids, attention_mask=mask, token_type_ids=types)
        states = out.last_hidden_state
        span = self.span(states).masked_fill(~mask.bool().unsqueeze(-1), -1e4)
        return span, self.answers(out.pooler_output).squeeze(-1), self.support(states[:, 0])


def started(model: Path) -> Reader:
    """A Reader with the weights of the cross-encoder in the ONNX file `model`, its new heads at random."""
    reader = Reader()
    found = _weights(onnx.load(str(model)).graph)
    state = reader.state_dict()
    for name, value in found.items():
        key = name.replace("classifier.", "answers.")
        if key in state:
            if tuple(state[key].shape) != value.shape:
                raise ValueError(f"{name} has the shape {value.shape}, not {tuple(state[key].shape)}")
            state[key] = torch.from_numpy(value.copy())
    wanted = {k for k in state if not k.startswith(("span.", "support.")) and "position_ids" not in k}
    held = {name.replace("classifier.", "answers.") for name in found}
    if missing := wanted - held:
        raise ValueError(f"the cross-encoder lacks {sorted(missing)[:5]}")
    reader.load_state_dict(state)
    return reader


def shipped(model: Path) -> tuple[Reader, int, int]:
    """The Reader in a file that `lab.reader.export` wrote, the steps it learned for and the examples it saw."""
    file = onnx.load(str(model))
    held = {one.name: numpy_helper.to_array(one).astype(np.float32) for one in file.graph.initializer}
    found = {
        "embeddings.word_embeddings.weight": held["words"] * held["words.scales"],
        "embeddings.token_type_embeddings.weight": held["kinds"],
        "embeddings.position_embeddings.weight": held["places"],
    }
    for name, value in held.items():
        stem, _, part = name.rpartition(".")
        if part == "numbers":
            found[f"{stem}.weight"] = (value * held[f"{stem}.scales"]).T
        elif part in ("weight", "bias"):
            found[name] = value.T if part == "weight" else value
    reader = Reader()
    named = {
        (n if n.startswith(("span.", "answers.", "support.")) else f"bert.{n}"): v for n, v in found.items()
    }
    reader.load_state_dict({n: torch.from_numpy(v.copy()) for n, v in named.items()})
    notes = {one.key: one.value for one in file.metadata_props}
    return reader, int(notes["steps"]), int(notes["examples"])


def _weights(graph: Any) -> dict[str, np.ndarray[Any, Any]]:
    """The parameters of the graph by their names in transformers, as 32-bit floats."""
    held = {one.name: numpy_helper.to_array(one) for one in graph.initializer}
    found = {name: value.astype(np.float32) for name, value in held.items() if value.dtype == np.float32}

    def plain(name: str) -> np.ndarray[Any, Any]:
        stem = name.removesuffix("_quantized")
        zero, scale = held[f"{stem}_zero_point"].astype(np.float32), held[f"{stem}_scale"]
        whole: np.ndarray[Any, Any] = ((held[name].astype(np.float32) - zero) * scale).astype(np.float32)
        return whole

    for name in held:
        if name.endswith(".weight_quantized"):
            value = plain(name)
            found[name.removesuffix("_quantized")] = value if "embeddings" in name else value.T
    for node in graph.node:
        if node.op_type == "MatMulInteger" and node.input[1].startswith("onnx::"):
            # "/bert/encoder/layer.0/attention/self/query/MatMul_output_0_..." names the layer it belongs to
            path = node.output[0].split("/MatMul")[0].strip("/").replace("/", ".")
            found[f"{path}.weight"] = plain(node.input[1]).T
    return found
