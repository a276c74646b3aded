"""GBIF's simple CSV: what a download of occurrences is unless one asks for more.

Tab separated and never quoted in spite of its name; a quote is a letter as any other. A download is
a zip of one such file, named by its key.
"""

import re
from pathlib import Path
from typing import Final, Self

from fieldmark.atlas.sources.downloads import members, open_table
from fieldmark.atlas.sources.formats import Sample
from fieldmark.atlas.sources.gbif import COLUMNS, REQUIRED, TABLE, gbif_names, gbif_records
from fieldmark.atlas.sources.occurrences import Provenance
from fieldmark.atlas.sources.staged import StagedTables, distinct_texts
from fieldmark.atlas.sources.staging import TextShape, stage_text

__all__ = ["GbifCsv"]

_DOWNLOAD_KEY: Final = re.compile(r"\d{7}-\d{15,18}")


class GbifCsv:
    """A occurrences.RecordSource: one simple CSV of GBIF, plain, gzip or zip."""

    SIGN: Final = "GBIF's simple CSV, plain or zip"

    def __init__(self, path: Path) -> None:
        self._path = path

    @classmethod
    def of(cls, sample: Sample) -> Self:
        """Return the source that a file is."""
        return cls(Path(sample.address))

    @staticmethod
    def fits(sample: Sample) -> bool:
        """Tell whether a file that begins so is in this format."""
        return sample.separator == "\t" and {*REQUIRED, "gbifid"} <= set(sample.columns)

    @property
    def name(self) -> str:
        """See occurrences.RecordSource."""
        return self._path.name

    def stage(self, into: Path) -> StagedTables:
        """See occurrences.RecordSource."""
        staged = stage_text(
            lambda: open_table(self._path),
            str(self._path),
            TextShape(),
            into / f"{TABLE}.parquet",
            {name: name.lower() for name in COLUMNS},
        )
        return StagedTables(
            {TABLE: [str(staged.path)]},
            staged.unreadable,
            Provenance(
                self._title(),
                dataset_keys=distinct_texts(staged.path, "datasetkey"),
                notes=staged.examples,
            ),
            gbif_records,
            gbif_names,
        )

    def _title(self) -> str:
        """Return what the download is called; its key leads to its DOI at gbif.org."""
        names = (self._path.name, *members(self._path))
        keys = [found[0] for name in names if (found := _DOWNLOAD_KEY.search(name))]
        return f"GBIF occurrence download {keys[0]}" if keys else "GBIF occurrence download"
