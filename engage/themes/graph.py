"""An ONNX graph for a BERT-family sentence encoder, built from its bare weights.

No torch and no ready-made ONNX file: the tensors of a `model.safetensors` are put into the graph as
initialisers. Inputs: `ids` and `mask`, both int64 [texts, tokens]. Output: `vectors`, float32
[texts, width], mean-pooled over the mask and of length one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

Array = NDArray[np.float32]


class _Graph:
    """Collects nodes and initialisers; every method returns the name of its output."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.initialisers: list[onnx.TensorProto] = []

    def constant(self, name: str, values: NDArray[Any]) -> str:
        self.initialisers.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def add(self, operation: str, inputs: list[str], output: str, **attributes: Any) -> str:
        self.nodes.append(helper.make_node(operation, inputs, [output], **attributes))
        return output


def build_graph(weights: Mapping[str, Array], config: Mapping[str, Any]) -> bytes:
    """The serialised model for BERT and XLM-RoBERTa weights with the exact (erf) GELU."""
    graph = _Graph()
    hidden = _embeddings(graph, weights, config)
    bias = _attention_bias(graph)
    for layer in range(int(config["num_hidden_layers"])):
        hidden = _layer(graph, weights, config, layer, hidden, bias)
    _mean_pool(graph, hidden)
    inputs = [
        helper.make_tensor_value_info(n, TensorProto.INT64, ["texts", "tokens"]) for n in ("ids", "mask")
    ]
    output = helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["texts", config["hidden_size"]])
    built = helper.make_graph(graph.nodes, "encoder", inputs, [output], graph.initialisers)
    model = helper.make_model(built, opset_imports=[helper.make_opsetid("", 20)])
    model.ir_version = 9
    return bytes(model.SerializeToString())


def _embeddings(graph: _Graph, weights: Mapping[str, Array], config: Mapping[str, Any]) -> str:
    """Word, position and segment embeddings. Every text is segment 0, so that row joins the positions."""
    first = int(config.get("pad_token_id", 1)) + 1 if "roberta" in str(config.get("model_type")) else 0
    places = weights["embeddings.position_embeddings.weight"][first:]
    places = places + weights["embeddings.token_type_embeddings.weight"][0]
    graph.constant("words", weights["embeddings.word_embeddings.weight"])
    graph.constant("places", places)
    for name, value in (("zero", [0]), ("one", [1]), ("two", [2])):
        graph.constant(name, np.array(value, np.int64))
    graph.add("Shape", ["ids"], "shape")
    graph.add("Slice", ["shape", "one", "two"], "length")
    graph.add("Slice", ["places", "zero", "length", "zero"], "used_places")
    graph.add("Gather", ["words", "ids"], "word_vectors")
    graph.add("Add", ["word_vectors", "used_places"], "embedded")
    return _norm(graph, weights, config, "embeddings.LayerNorm", "embedded", "hidden")


def _attention_bias(graph: _Graph) -> str:
    """0 where a token is, a very low number where padding is: [texts, 1, 1, tokens]."""
    graph.constant("middle_axes", np.array([1, 2], np.int64))
    graph.constant("unit", np.array(1.0, np.float32))
    graph.constant("low", np.array(-10000.0, np.float32))
    graph.add("Cast", ["mask"], "mask_values", to=TensorProto.FLOAT)
    graph.add("Sub", ["unit", "mask_values"], "padding")
    graph.add("Mul", ["padding", "low"], "padding_low")
    return graph.add("Unsqueeze", ["padding_low", "middle_axes"], "bias")


def _norm(
    graph: _Graph, weights: Mapping[str, Array], config: Mapping[str, Any], name: str, x: str, out: str
) -> str:
    scale = graph.constant(f"{out}_scale", weights[f"{name}.weight"])
    shift = graph.constant(f"{out}_shift", weights[f"{name}.bias"])
    epsilon = float(config.get("layer_norm_eps", 1e-12))
    return graph.add("LayerNormalization", [x, scale, shift], out, axis=-1, epsilon=epsilon)


def _dense(graph: _Graph, weights: Mapping[str, Array], name: str, x: str, out: str) -> str:
    matrix = graph.constant(f"{out}_matrix", weights[f"{name}.weight"].T)
    shift = graph.constant(f"{out}_bias", weights[f"{name}.bias"])
    return graph.add("Add", [graph.add("MatMul", [x, matrix], f"{out}_product"), shift], out)


def _layer(
    graph: _Graph,
    weights: Mapping[str, Array],
    config: Mapping[str, Any],
    number: int,
    x: str,
    bias: str,
) -> str:
    base, own = f"encoder.layer.{number}", f"l{number}"
    mixed = _attention(graph, weights, config, f"{base}.attention.self", own, x, bias)
    mixed = _dense(graph, weights, f"{base}.attention.output.dense", mixed, f"{own}_mixed")
    summed = graph.add("Add", [x, mixed], f"{own}_sum")
    x = _norm(graph, weights, config, f"{base}.attention.output.LayerNorm", summed, f"{own}_attended")
    wide = _dense(graph, weights, f"{base}.intermediate.dense", x, f"{own}_wide")
    wide = graph.add("Gelu", [wide], f"{own}_gelu")
    narrow = _dense(graph, weights, f"{base}.output.dense", wide, f"{own}_narrow")
    summed = graph.add("Add", [x, narrow], f"{own}_sum2")
    return _norm(graph, weights, config, f"{base}.output.LayerNorm", summed, f"{own}_out")


def _attention(
    graph: _Graph,
    weights: Mapping[str, Array],
    config: Mapping[str, Any],
    base: str,
    own: str,
    x: str,
    bias: str,
) -> str:
    """Scaled dot-product attention over the heads; the scale is folded into the query weights."""
    width, heads = int(config["hidden_size"]), int(config["num_attention_heads"])
    scale = np.float32((width // heads) ** -0.5)
    scaled = {f"{base}.query.{part}": weights[f"{base}.query.{part}"] * scale for part in ("weight", "bias")}
    split = graph.constant(f"{own}_split", np.array([0, 0, heads, width // heads], np.int64))
    parts = {}
    for part, order in (("query", [0, 2, 1, 3]), ("key", [0, 2, 3, 1]), ("value", [0, 2, 1, 3])):
        source = scaled if part == "query" else weights
        flat = _dense(graph, source, f"{base}.{part}", x, f"{own}_{part}")
        headed = graph.add("Reshape", [flat, split], f"{own}_{part}_heads")
        parts[part] = graph.add("Transpose", [headed], f"{own}_{part}_turned", perm=order)
    scores = graph.add("MatMul", [parts["query"], parts["key"]], f"{own}_scores")
    scores = graph.add("Add", [scores, bias], f"{own}_masked")
    shares = graph.add("Softmax", [scores], f"{own}_shares", axis=-1)
    mixed = graph.add("MatMul", [shares, parts["value"]], f"{own}_weighted")
    turned = graph.add("Transpose", [mixed], f"{own}_back", perm=[0, 2, 1, 3])
    joined = graph.constant(f"{own}_join", np.array([0, 0, width], np.int64))
    return graph.add("Reshape", [turned, joined], f"{own}_joined")


def _mean_pool(graph: _Graph, hidden: str) -> None:
    graph.constant("tiny", np.array(1e-9, np.float32))
    graph.add("Unsqueeze", ["mask_values", "two"], "mask_column")
    graph.add("Mul", [hidden, "mask_column"], "kept")
    graph.add("ReduceSum", ["kept", "one"], "sums", keepdims=0)
    graph.add("ReduceSum", ["mask_values", "one"], "counts", keepdims=1)
    graph.add("Max", ["counts", "tiny"], "safe_counts")
    graph.add("Div", ["sums", "safe_counts"], "means")
    graph.add("ReduceL2", ["means", "one"], "lengths", keepdims=1)
    graph.add("Max", ["lengths", "tiny"], "safe_lengths")
    graph.add("Div", ["means", "safe_lengths"], "vectors")
