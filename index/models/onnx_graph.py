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
    graph = _Graph(weights, shape.epsilon)
    _tokens(graph, _embedded(graph), shape)
    if shape.pooling == "mean":
        pooled = graph.node("ReduceMean", ["tokens"], axes=[0], keepdims=0)
    else:
        pooled = graph.node("Gather", ["tokens", graph.constant("start", np.array(0, np.int64))])
    length = graph.node("ReduceL2", [pooled], axes=[0], keepdims=1)
    graph.node("Div", [pooled, length], "vector")

    width = weights["embeddings.word_embeddings.weight"].shape[1]
    return _model(graph, "bert", {}, {"vector": [width], "tokens": ["n", width]}, notes)


def reader(weights: Weights, shape: Shape, notes: Mapping[str, str]) -> bytes:
    """An ONNX model of one pair of texts at a time that is read for three answers, with `notes` as its metadata.

    Inputs: as of `bert`, and `types`, int64 (1, tokens), 0 for the first text of the pair and 1 for the second.
    Outputs: `span`, float32 (tokens, 2), the logits of a token being the first and the last of the answer;
    `answers`, float32 (1,), the logit that the second text answers the first; `support`, float32 (3,), the logits
    that it supports, contradicts or does neither.

    `weights` have the names of a transformers BertModel and of its heads `pooler.dense`, `span`, `answers`, `support.0`
    and `support.2`. Raises KeyError where one is missing.
    """
    graph = _Graph(weights, shape.epsilon)
    _tokens(graph, _embedded(graph, pair=True), shape)
    graph.exact("tokens", "span", "span")
    start = graph.node("Gather", ["tokens", graph.constant("start", np.array([0], np.int64))])
    all_ = graph.constant("all", np.array([-1], np.int64))
    pooled = graph.node("Tanh", [graph.exact(start, "pooler.dense")])
    graph.node("Reshape", [graph.exact(pooled, "answers"), all_], "answers")
    beside = graph.node("Tanh", [graph.exact(start, "support.0")])
    graph.node("Reshape", [graph.exact(beside, "support.2"), all_], "support")
    return _model(
        graph, "reader", {"types": [1, "n"]}, {"span": ["n", 2], "answers": [1], "support": [3]}, notes
    )


def quantised(
    matrix: NDArray[np.float32], largest: int = _LARGEST
) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """The matrix as integers from -largest to largest, and the scale of each column that they are multiples of.

    >>> numbers, scales = quantised(np.array([[0.25, -6.3], [1.0, 0.1]], np.float32))
    >>> numbers.tolist(), scales.round(3).tolist() == np.float32([0.016, 0.1]).tolist()
    ([[16, -63], [63, 1]], True)
    """
    scales = np.abs(matrix).max(axis=0) / largest
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

    def exact(self, source: str, name: str, output: str = "") -> str:
        """Adds a multiplication with a matrix that stays in floating point, and its bias."""
        matrix = self.constant(f"{name}.weight", self.weights[f"{name}.weight"].T)
        product = self.node("MatMul", [source, matrix])
        return self.node(
            "Add", [product, self.constant(f"{name}.bias", self.weights[f"{name}.bias"])], output
        )

    def normalised_sum(self, one: str, other: str, name: str) -> str:
        """Adds the layer normalisation of a sum. (The fused SkipLayerNormalization takes four times as long.)"""
        both = self.node("Add", [one, other])
        norm = [
            self.constant(f"{name}.{part}", self.weights[f"{name}.{part}"]) for part in ("weight", "bias")
        ]
        return self.node("LayerNormalization", [both, *norm], axis=-1, epsilon=self.epsilon)


def _embedded(graph: _Graph, pair: bool = False) -> str:
    """Word, position and, in a pair, which text it is of, together, normalised.

    Of one text the words are kept in half precision, which is exact to 3 digits; of pairs as integers, since a reader
    is shipped: a quarter of the file.
    """
    from onnx import TensorProto

    table = "embeddings.{}_embeddings.weight".format
    places, kinds = graph.weights[table("position")], graph.weights[table("token_type")]
    if pair:
        numbers, scales = quantised(graph.weights[table("word")].T, 127)
        word = graph.node("Gather", [graph.constant("words", numbers.T), "ids"])
        word = graph.node("Cast", [word], to=TensorProto.FLOAT)
        scale = graph.node("Gather", [graph.constant("words.scales", scales[:, None]), "ids"])
        word = graph.node("Mul", [word, scale])
        word = graph.node("Add", [word, graph.node("Gather", [graph.constant("kinds", kinds), "types"])])
    else:
        word = graph.node(
            "Gather", [graph.constant("words", graph.weights[table("word")].astype(np.float16)), "ids"]
        )
        word = graph.node("Cast", [word], to=TensorProto.FLOAT)
        places = places + kinds[0]
    place = graph.node("Gather", [graph.constant("places", places), "positions"])
    return graph.normalised_sum(word, place, "embeddings.LayerNorm")


def _tokens(graph: _Graph, hidden: str, shape: Shape) -> None:
    """The layers, and `tokens`, what comes out of the last one for the one text."""
    for number in range(shape.layers):
        hidden = _layer(graph, hidden, f"encoder.layer.{number}", shape.heads)
    graph.node("Squeeze", [hidden, graph.constant("first", np.array([0], np.int64))], "tokens")


def _model(
    graph: _Graph,
    name: str,
    inputs: Mapping[str, list[Any]],
    outputs: Mapping[str, list[Any]],
    notes: Mapping[str, str],
) -> bytes:
    """The graph as a file; `inputs` are those beside ids and positions."""
    import onnx
    from onnx import TensorProto, helper

    described = helper.make_tensor_value_info
    taken = {"ids": [1, "n"], "positions": ["n"], **inputs}
    made = helper.make_graph(
        graph.nodes,
        name,
        [described(name, TensorProto.INT64, size) for name, size in taken.items()],
        [described(name, TensorProto.FLOAT, size) for name, size in outputs.items()],
        graph.constants,
    )
    model = helper.make_model(
        made,
        opset_imports=[helper.make_opsetid("", _OPSET), helper.make_opsetid(_CONTRIB, 1)],
        ir_version=_IR,
    )
    onnx.helper.set_model_props(model, dict(notes))
    return bytes(model.SerializeToString())


def _layer(graph: _Graph, source: str, name: str, heads: int) -> str:
    asked = [graph.linear(source, f"{name}.attention.self.{part}") for part in ("query", "key", "value")]
    attended = graph.fused("MultiHeadAttention", asked, num_heads=heads)  # one text, no padding: no mask
    attended = graph.linear(attended, f"{name}.attention.output.dense")
    hidden = graph.normalised_sum(attended, source, f"{name}.attention.output.LayerNorm")
    wide = graph.fused("Gelu", [graph.linear(hidden, f"{name}.intermediate.dense")])
    return graph.normalised_sum(
        graph.linear(wide, f"{name}.output.dense"), hidden, f"{name}.output.LayerNorm"
    )
