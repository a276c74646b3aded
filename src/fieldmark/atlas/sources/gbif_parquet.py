"""GBIF's Parquet: a file, a folder or a glob of files, or the public bucket.

``s3://gbif-open-data-REGION/occurrence/DATE/occurrence.parquet/*`` holds all that GBIF shares, once
a month. Nothing is copied: the engine reads the files where they are.
"""

import glob
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Self

import pyarrow as pa
import pyarrow.parquet as pq

from fieldmark.atlas.sources.formats import Sample
from fieldmark.atlas.sources.gbif import REQUIRED, TABLE, gbif_names, gbif_records
from fieldmark.atlas.sources.occurrences import Provenance
from fieldmark.atlas.sources.staged import StagedTables
from fieldmark.errors import SourceBroken

__all__ = ["GbifParquet"]

_MAGIC: Final = b"PAR1"
_PUBLIC: Final = "s3://gbif-open-data-"


class GbifParquet:
    """A occurrences.RecordSource: GBIF's Parquet, wherever it lies."""

    SIGN: Final = "GBIF's Parquet, a file, folder, glob or s3:// address"

    def __init__(self, address: str) -> None:
        self._address = address

    @classmethod
    def of(cls, sample: Sample) -> Self:
        """Return the source at that address."""
        return cls(sample.address)

    @staticmethod
    def fits(sample: Sample) -> bool:
        """Tell whether GBIF's columns are there; an address that is not here is taken at its word.

        A file that is Parquet and cannot be read fits too, so that what is wrong with it is said.
        """
        if "://" in sample.address:
            return ".parquet" in sample.address
        files = _files(sample.address)
        if not files or not _is_parquet(files[0]):
            return False
        try:
            return set(pq.read_schema(files[0]).names) >= REQUIRED
        except (OSError, pa.ArrowException):
            return True

    @property
    def name(self) -> str:
        """See occurrences.RecordSource."""
        return self._address if "://" in self._address else Path(self._address).name

    def stage(self, into: Path) -> StagedTables:
        """See occurrences.RecordSource; ``into`` stays empty."""
        del into
        return StagedTables(
            {TABLE: self._paths()}, 0, Provenance(self._title()), gbif_records, gbif_names
        )

    def _paths(self) -> Sequence[str]:
        if "://" in self._address:
            star = "" if "*" in self._address or self._address.endswith(".parquet") else "/*"
            if self._address.startswith(_PUBLIC):
                star = "" if "*" in self._address else "/*"
            return [f"{self._address.rstrip('/')}{star}"]
        files = _files(self._address)
        for file in files:
            _require_columns(file)
        return [str(file) for file in files]

    def _title(self) -> str:
        if self._address.startswith(_PUBLIC):
            return f"GBIF occurrence snapshot {self._address.removeprefix('s3://')}"
        return "GBIF occurrences in Parquet"


def _files(address: str) -> list[Path]:
    path = Path(address)
    if path.is_dir():
        found = [file for file in path.iterdir() if not file.name.startswith((".", "_"))]
    else:
        found = [path] if path.exists() else [Path(name) for name in glob.glob(address)]  # noqa: PTH207 - the folder is part of the pattern
    return sorted(file for file in found if file.is_file())


def _is_parquet(file: Path) -> bool:
    with file.open("rb") as opened:
        return opened.read(len(_MAGIC)) == _MAGIC


def _require_columns(file: Path) -> None:
    try:
        missing = REQUIRED - set(pq.read_schema(file).names)
    except (OSError, pa.ArrowException) as error:
        raise SourceBroken(
            f"{file} is no whole Parquet file: {error}; fetch it again, or take it out"
        ) from error
    if missing:
        raise SourceBroken(
            f"{file} has not GBIF's columns: {', '.join(sorted(missing))} are missing; take it out "
            "of the folder"
        )
