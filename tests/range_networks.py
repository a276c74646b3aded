"""Small range models for tests, in ONNX."""

from collections.abc import Sequence
from pathlib import Path

from onnx import TensorProto, helper


def write_network(
    path: Path,
    weights: Sequence[Sequence[float]],
    biases: Sequence[float],
    *,
    batch: int | str = "N",
    sigmoid: bool = True,
    inputs: int = 3,
) -> Path:
    """Write a network that gives sigmoid(query · weights + bias), ``weights`` ``[3][species]``."""
    species = len(biases)
    last = [helper.make_node("Sigmoid", ["sum"], ["out"])] if sigmoid else []
    nodes = [
        helper.make_node("MatMul", ["in", "weights"], ["product"]),
        helper.make_node("Add", ["product", "biases"], ["sum" if sigmoid else "out"]),
        *last,
    ]
    flat = [weight for row in weights for weight in row]
    graph = helper.make_graph(
        nodes,
        "ranges",
        [helper.make_tensor_value_info("in", TensorProto.FLOAT, [batch, inputs])],
        [helper.make_tensor_value_info("out", TensorProto.FLOAT, [batch, species])],
        [
            helper.make_tensor("weights", TensorProto.FLOAT, [inputs, species], flat),
            helper.make_tensor("biases", TensorProto.FLOAT, [species], biases),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    path.write_bytes(model.SerializeToString())
    return path


def write_labels(model: Path, *lines: str) -> Path:
    """Write labels beside a model."""
    path = model.with_name(f"{model.stem}_Labels.txt")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
