"""Sources: files that say where animals occur, one module per format.

A source is recognised from its content, not from its name. Some hold records, which ``records``
counts; the others say where their taxa occur as evidence: rows of taxon, cell, months and
occurrence.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from fieldmark.atlas.sources import birdnet
from fieldmark.atlas.sources.camtrap_dp import CamtrapDp
from fieldmark.atlas.sources.checklist import Checklist
from fieldmark.atlas.sources.darwin_core import DarwinCoreArchive
from fieldmark.atlas.sources.ebird import EbirdDataset
from fieldmark.atlas.sources.evidence import Evidence, Source
from fieldmark.atlas.sources.feedback import FeedbackExport
from fieldmark.atlas.sources.formats import Format, sampled
from fieldmark.atlas.sources.gbif_csv import GbifCsv
from fieldmark.atlas.sources.gbif_parquet import GbifParquet
from fieldmark.atlas.sources.inaturalist import InaturalistTables
from fieldmark.atlas.sources.inaturalist_export import InaturalistExport
from fieldmark.atlas.sources.occurrences import RecordSource
from fieldmark.atlas.sources.plain_csv import PlainCsv
from fieldmark.atlas.sources.range_model import RangeModel
from fieldmark.atlas.sources.ranges import RangeTable
from fieldmark.errors import SourceBroken

__all__ = ["FORMATS", "Evidence", "RecordSource", "Source", "open_source"]

FORMATS: Final[Sequence[Format]] = (
    Format("ranges", RangeTable.SIGN, RangeTable.fits, RangeTable.of),
    Format(birdnet.WORD, birdnet.SIGN, birdnet.fits, birdnet.of),
    Format("range-model", RangeModel.SIGN, RangeModel.fits, RangeModel.of),
    Format("checklist", Checklist.SIGN, Checklist.fits, Checklist.of),
    Format("camtrap-dp", CamtrapDp.SIGN, CamtrapDp.fits, CamtrapDp.of),
    Format("ebird", EbirdDataset.SIGN, EbirdDataset.fits, EbirdDataset.of),
    Format("feedback", FeedbackExport.SIGN, FeedbackExport.fits, FeedbackExport.of),
    Format("gbif-parquet", GbifParquet.SIGN, GbifParquet.fits, GbifParquet.of),
    Format("inaturalist", InaturalistTables.SIGN, InaturalistTables.fits, InaturalistTables.of),
    Format("gbif-csv", GbifCsv.SIGN, GbifCsv.fits, GbifCsv.of),
    Format("darwin-core", DarwinCoreArchive.SIGN, DarwinCoreArchive.fits, DarwinCoreArchive.of),
    Format(
        "inaturalist-export", InaturalistExport.SIGN, InaturalistExport.fits, InaturalistExport.of
    ),
    Format("csv", PlainCsv.SIGN, PlainCsv.fits, PlainCsv.of),
)
"""Every format, in the order in which they are tried: who asks for more comes first."""


def open_source(address: str | Path, as_: str | None = None) -> Source | RecordSource:
    """Return the source at that address: a path, a glob of Parquet, or ``s3://``.

    Args:
        address: where the source is.
        as_: the word of a format, for a source that is not recognised.

    Raises:
        SourceBroken: the source cannot be read, or is of no known format.
    """
    if as_ is not None and as_ not in (words := [one.word for one in FORMATS]):
        raise SourceBroken(f"{as_!r} is no format; known are {', '.join(words)}")
    sample = sampled(address)
    for one in FORMATS:
        if one.word == as_ or (as_ is None and one.fits(sample)):
            return one.opens(sample)
    packed = f"damaged ({sample.fault}) and so " if sample.fault else ""
    signs = "; ".join(f"{one.sign} (--as {one.word})" for one in FORMATS)
    raise SourceBroken(f"{address} is {packed}of no known format; known are: {signs}")
