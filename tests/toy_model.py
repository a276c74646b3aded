"""A toy model bundle: three labels that look at the mean of red, green and blue."""

import hashlib
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Literal

import onnx
from onnx import TensorProto, helper

from fieldmark.adapters.bundle_files import ANCESTORS, LABELS, MANIFEST, MODEL, PARTS

SIZE: Final = 32
REDNESS: Final = ((4.0, 0.0, 0.0), (0.0, 4.0, 0.0), (0.0, 0.0, 4.0))
"""The scores of a picture are four times its mean red, green and blue."""

MANIFEST_TEXT: Final = """\
format = 1
name = "toy"
version = "1"
licence = "Apache-2.0"
source = "made for tests"

[input]
size = 32
layout = "RGB"
mean = 127
std = [128, 128, 128]
resample = "bicubic"
views = ["left", "right"]
crop = 0.9
min_scale = 1.5

[fusion]
temperature = 2.0
a = 0.9
b = 0.8
floor = 0.02
neutral = 0.4

[answer]
confident_at = 0.7
roll_up_at = 0.75
not_an_animal_at = 0.6

[provenance]
made_by = "tests"
"""
LABELS_TEXT: Final = """\
index,name,taxon_id,scientific_name,common_name,rank,lineage,setting
0,red fox,42069,Vulpes vulpes,red fox,species,Mammalia>Carnivora>Canidae>Vulpes,wild
1,frogs,20979,Anura,,order,Amphibia,wild
2,sky,,,,,,
"""
ANCESTORS_TEXT: Final = """\
taxon_id,scientific_name,common_name,rank
40151,Mammalia,mammals,class
41573,Carnivora,carnivorans,order
42043,Canidae,canids,family
42068,Vulpes,,genus
20978,Amphibia,amphibians,class
"""


def toy_onnx(  # noqa: PLR0913  # one keyword for each thing that can be wrong with a model
    size: int | str = SIZE,
    outputs: int = 3,
    views: int | str = "n",
    *,
    softmax: bool = False,
    blind: bool = False,
    broken: bool = False,
    kind: Literal["float", "double"] = "float",
) -> bytes:
    """Return an ONNX model; ``blind`` ignores its input, ``broken`` returns NaN."""
    element = TensorProto.FLOAT if kind == "float" else TensorProto.DOUBLE
    weight = 0.0 if blind else float("nan") if broken else 4.0
    weights = [
        weight if channel == output else 0.0 for channel in range(3) for output in range(outputs)
    ]
    steps = [
        helper.make_node("Cast", ["pixels"], ["floats"], to=TensorProto.FLOAT),
        helper.make_node("GlobalAveragePool", ["floats"], ["mean"]),
        helper.make_node("Flatten", ["mean"], ["channels"]),
        helper.make_node("MatMul", ["channels", "weights"], ["scores"]),
        helper.make_node("Softmax" if softmax else "Identity", ["scores"], ["logits"]),
    ]
    graph = helper.make_graph(
        steps,
        "toy",
        [helper.make_tensor_value_info("pixels", element, [views, 3, size, size])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, [views, outputs])],
        [helper.make_tensor("weights", TensorProto.FLOAT, [3, outputs], weights)],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def toy_files(changes: Mapping[str, bytes | str] | None = None) -> dict[str, bytes]:
    """Return the files of a bundle whose manifest states their sha256, whatever they hold."""
    files: dict[str, bytes | str] = {
        MANIFEST: MANIFEST_TEXT,
        MODEL: toy_onnx(),
        LABELS: LABELS_TEXT,
        ANCESTORS: ANCESTORS_TEXT,
        **(changes or {}),
    }
    content = {n: data.encode() if isinstance(data, str) else data for n, data in files.items()}
    sums = [f'"{name}" = "{hashlib.sha256(content[name]).hexdigest()}"' for name in PARTS]
    content[MANIFEST] += "\n".join(["\n[files]", *sums, ""]).encode()
    return content


def toy_folder(folder: Path, changes: Mapping[str, bytes | str] | None = None) -> Path:
    """Write a bundle folder."""
    folder.mkdir()
    for name, data in toy_files(changes).items():
        (folder / name).write_bytes(data)
    return folder


def toy_zip(path: Path, top: str = "", changes: Mapping[str, bytes | str] | None = None) -> Path:
    """Write a bundle as a zip file, its files below ``top``."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in toy_files(changes).items():
            archive.writestr(top + name, data)
    return path
