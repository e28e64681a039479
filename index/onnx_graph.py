"""The weights of a BERT encoder in, an ONNX model with 8-bit integers out: the one file that imports onnx.

Knows nothing of files, text or who runs the model. The graph is written down operator by operator, which takes a
second or two; exporting it by tracing, fusing and quantising what came out took fifteen for the same operators.

Matrices are kept as 8-bit integers with one scale for each output (Jacob et al., Quantization and Training of
Neural Networks for Efficient Integer-Arithmetic-Only Inference, 2018), and what they are multiplied with is
quantised as it comes, by its own range. Only 7 of the 8 bits are used: on processors that have AVX2 but not VNNI,
two products are added in 16 bits, and 2 * 255 * 63 is the most that fits. Everything else stays floating point.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Weights = Mapping[str, NDArray[np.float32]]

_OPSET, _IR = 17, 8
"""Of the ONNX standard: old enough for any onnxruntime that Footnote may meet."""
_CONTRIB = "com.microsoft"
"""Where the fused operators of onnxruntime live."""
_LARGEST = 63


@dataclass(frozen=True, slots=True)
class Shape:
    """What the weights alone don't tell of an encoder. `pooling` is "mean" or "cls"."""

    layers: int
    heads: int
    epsilon: float
    pooling: str


def bert(weights: Weights, shape: Shape, notes: Mapping[str, str]) -> bytes:
    """An ONNX model of one text at a time, with `notes` as its metadata.

    Inputs: `ids`, int64 (1, tokens), the numbers of the tokens; `positions`, int64 (tokens,), 0, 1, 2 and so on.
    Outputs: `vector`, float32 (dimension,), of length 1; `tokens`, float32 (tokens, dimension), of any length.

    `weights` have the names of a transformers BertModel. Raises KeyError where one is missing.
    """
    import onnx
    from onnx import TensorProto, helper

    graph = _Graph(weights, shape.epsilon)
    hidden = _embedded(graph)
    for number in range(shape.layers):
        hidden = _layer(graph, hidden, f"encoder.layer.{number}", shape.heads)
    graph.node("Squeeze", [hidden, graph.constant("first", np.array([0], np.int64))], "tokens")
    if shape.pooling == "mean":
        pooled = graph.node("ReduceMean", ["tokens"], axes=[0], keepdims=0)
    else:
        pooled = graph.node("Gather", ["tokens", graph.constant("start", np.array(0, np.int64))])
    length = graph.node("ReduceL2", [pooled], axes=[0], keepdims=1)
    graph.node("Div", [pooled, length], "vector")

    width = weights["embeddings.word_embeddings.weight"].shape[1]
    described = helper.make_tensor_value_info
    made = helper.make_graph(
        graph.nodes,
        "bert",
        [described("ids", TensorProto.INT64, [1, "n"]), described("positions", TensorProto.INT64, ["n"])],
        [
            described("vector", TensorProto.FLOAT, [width]),
            described("tokens", TensorProto.FLOAT, ["n", width]),
        ],
        graph.constants,
    )
    model = helper.make_model(
        made,
        opset_imports=[helper.make_opsetid("", _OPSET), helper.make_opsetid(_CONTRIB, 1)],
        ir_version=_IR,
    )
    onnx.helper.set_model_props(model, dict(notes))
    return bytes(model.SerializeToString())


def quantised(matrix: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """The matrix as integers from -63 to 63, and the scale of each column that they are multiples of.

    >>> numbers, scales = quantised(np.array([[0.25, -6.3], [1.0, 0.1]], np.float32))
    >>> numbers.tolist(), scales.round(3).tolist() == np.float32([0.016, 0.1]).tolist()
    ([[16, -63], [63, 1]], True)
    """
    scales = np.abs(matrix).max(axis=0) / _LARGEST
    scales[scales == 0] = 1
    numbers = np.rint(matrix / scales).astype(np.int8)
    return numbers, scales.astype(np.float32)


@dataclass(slots=True)
class _Graph:
    """Operators and constants so far."""

    weights: Weights
    epsilon: float
    nodes: list[Any] = field(default_factory=list)
    constants: list[Any] = field(default_factory=list)

    def constant(self, name: str, value: NDArray[Any]) -> str:
        from onnx import numpy_helper

        self.constants.append(numpy_helper.from_array(np.asarray(value, order="C"), name))
        return name

    def node(self, operator: str, inputs: list[str], output: str = "", **attributes: Any) -> str:
        """Adds an operator; gives the name of its output."""
        from onnx import helper

        output = output or f"{operator}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, inputs, [output], **attributes))
        return output

    def fused(self, operator: str, inputs: list[str], **attributes: Any) -> str:
        """Adds one of onnxruntime's own operators; gives the name of its output."""
        return self.node(operator, inputs, domain=_CONTRIB, **attributes)

    def linear(self, source: str, name: str) -> str:
        """Adds a multiplication with a quantised matrix, and its bias."""
        numbers, scales = quantised(self.weights[f"{name}.weight"].T)
        matrix = [
            self.constant(f"{name}.numbers", numbers),
            self.constant(f"{name}.scales", scales),
            self.constant(f"{name}.zeros", np.zeros(len(scales), np.int8)),
            self.constant(f"{name}.bias", self.weights[f"{name}.bias"]),
        ]
        return self.fused("DynamicQuantizeMatMul", [source, *matrix])

    def normalised_sum(self, one: str, other: str, name: str) -> str:
        """Adds the layer normalisation of a sum. (The fused SkipLayerNormalization takes four times as long.)"""
        both = self.node("Add", [one, other])
        norm = [
            self.constant(f"{name}.{part}", self.weights[f"{name}.{part}"]) for part in ("weight", "bias")
        ]
        return self.node("LayerNormalization", [both, *norm], axis=-1, epsilon=self.epsilon)


def _embedded(graph: _Graph) -> str:
    """Word and position together, normalised. Half precision halves the file and is exact to 3 digits."""
    from onnx import TensorProto

    table = "embeddings.{}_embeddings.weight".format
    words = graph.constant("words", graph.weights[table("word")].astype(np.float16))
    places = graph.weights[table("position")] + graph.weights[table("token_type")][0]
    word = graph.node("Gather", [words, "ids"])
    word = graph.node("Cast", [word], to=TensorProto.FLOAT)
    place = graph.node("Gather", [graph.constant("places", places), "positions"])
    return graph.normalised_sum(word, place, "embeddings.LayerNorm")


def _layer(graph: _Graph, source: str, name: str, heads: int) -> str:
    asked = [graph.linear(source, f"{name}.attention.self.{part}") for part in ("query", "key", "value")]
    attended = graph.fused("MultiHeadAttention", asked, num_heads=heads)  # one text, no padding: no mask
    attended = graph.linear(attended, f"{name}.attention.output.dense")
    hidden = graph.normalised_sum(attended, source, f"{name}.attention.output.LayerNorm")
    wide = graph.fused("Gelu", [graph.linear(hidden, f"{name}.intermediate.dense")])
    return graph.normalised_sum(
        graph.linear(wide, f"{name}.output.dense"), hidden, f"{name}.output.LayerNorm"
    )
