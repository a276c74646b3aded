"""A model bundle: everything that is needed to ask a model and to understand its answer."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from fieldmark.adapters.bundle_files import ANCESTORS, LABELS, MANIFEST, MODEL, PARTS, read_files
from fieldmark.adapters.bundle_labels import read_labels
from fieldmark.adapters.bundle_manifest import Manifest, read_manifest
from fieldmark.domain.answer import ModelInfo
from fieldmark.domain.taxon import Label
from fieldmark.errors import ModelBroken

__all__ = ["ModelBundle", "ModelCard", "bundle_of", "open_bundle", "read_card"]


@dataclass(frozen=True, slots=True, eq=False)
class ModelCard:
    """What a bundle says of its model: all but the model itself; ``labels`` are in output order."""

    manifest: Manifest
    labels: tuple[Label, ...]

    @property
    def info(self) -> ModelInfo:
        """Name and version, as answers state them."""
        return self.manifest.info


@dataclass(frozen=True, slots=True, eq=False)
class ModelBundle:
    """A model with what its outputs mean and how it wants to be asked.

    ``onnx`` is the model file; ``labels`` are in output order; ``where`` is for messages.
    """

    where: str
    manifest: Manifest
    labels: tuple[Label, ...]
    onnx: bytes = field(repr=False)


def open_bundle(path: Path) -> ModelBundle:
    """Return the bundle of a folder or zip file whose files are what its manifest says.

    Raises:
        ModelBroken: it is missing, malformed or changed since it was packed.
    """
    return bundle_of(read_files(path), str(path))


def read_card(path: Path) -> ModelCard:
    """Return what the bundle of a folder or zip file says, without reading its model.

    Raises:
        ModelBroken: it is missing, malformed or changed since it was packed.
    """
    files = read_files(path, (MANIFEST, LABELS, ANCESTORS))
    manifest = read_manifest(files[MANIFEST], str(path))
    for problem in changed(manifest, files, str(path)):
        raise ModelBroken(problem)
    return ModelCard(manifest, read_labels(files[LABELS], files[ANCESTORS], str(path)))


def bundle_of(files: Mapping[str, bytes], where: str) -> ModelBundle:
    """Return the bundle of these files.

    Args:
        files: by name, all that ``read_files`` reads.
        where: for messages.
    Raises:
        ModelBroken: they are malformed or not what the manifest says.
    """
    manifest = read_manifest(files[MANIFEST], where)
    # Always, not only in checks: 5 MB take 3 ms, and it is these very bytes that will run.
    for problem in changed(manifest, files, where):
        raise ModelBroken(problem)
    labels = read_labels(files[LABELS], files[ANCESTORS], where)
    return ModelBundle(where, manifest, labels, files[MODEL])


def changed(manifest: Manifest, files: Mapping[str, bytes], where: str) -> list[str]:
    """Return a sentence for each of these files that is not what the manifest says."""
    if manifest.sha256 is None:
        return [f"{where}: {MANIFEST} has no [files]; pack the bundle with fieldmark model pack"]
    return [
        f"{where}: {name} has the sha256 {found} where {MANIFEST} says {manifest.sha256[name]}; "
        "copy the bundle again, or pack it anew with fieldmark model pack"
        for name in PARTS
        if name in files
        and (found := hashlib.sha256(files[name]).hexdigest()) != manifest.sha256[name]
    ]
