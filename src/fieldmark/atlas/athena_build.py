"""The first two of the three calls that build an atlas by way of Athena; docs/athena.md is how."""

import re
import tempfile
from pathlib import Path
from typing import Final

from fieldmark.atlas.build_spec import BuildSpec
from fieldmark.atlas.opened_sources import OpenedSources, open_sources, survey_spec
from fieldmark.atlas.records.athena_stage import AthenaPlace, NextStep
from fieldmark.atlas.records.errand import Errand
from fieldmark.atlas.taxa import Taxa, read_taxa
from fieldmark.errors import SourceBroken

__all__ = ["NextStep", "errand_of", "next_step"]

_SNAPSHOT: Final = re.compile(
    r"s3://gbif-open-data-[a-z0-9-]+/occurrence/(\d{4}-\d\d-\d\d)/occurrence\.parquet(/\*?)?"
)
_FIRST: Final = "2022-05-01"
"""From then on columns have the types of today. Source: gbif/occurrence, aws-public-data.md."""


def next_step(spec: BuildSpec) -> NextStep | None:
    """Write what Athena is to run next and say what to do with it; None once all was fetched.

    Nothing is published; ``build_atlas`` does that, of the same, once this gives None.

    Raises:
        SourceBroken: the source is no snapshot of GBIF's, or what was written or fetched before is
            for something else, or not whole.
        ExtraMissing: the build asks for something that is not installed.
        OSError: what is written cannot be.
    """
    spec, opened = open_sources(spec)
    taxa = read_taxa(*spec.taxa) if spec.taxa else None
    with tempfile.TemporaryDirectory(prefix="fieldmark-atlas-", dir=spec.workspace) as scratch:
        return errand_of(spec, opened, taxa).next_step(Path(scratch))


def errand_of(spec: BuildSpec, opened: OpenedSources, taxa: Taxa | None) -> Errand:
    """Return what Athena is asked for.

    Raises:
        SourceBroken: it cannot be asked for that.
    """
    if spec.athena_bucket is None or spec.athena_folder is None:
        raise SourceBroken(
            "--engine athena needs --athena-bucket s3://BUCKET/FOLDER, a place of your own in S3, "
            "and --athena-folder FOLDER, one here that is kept between the calls"
        )
    place = AthenaPlace(spec.athena_bucket.rstrip("/"), spec.athena_folder)
    names = [weighed.source.name for weighed in opened.records]
    if len(names) != 1 or not (found := _SNAPSHOT.fullmatch(names[0])):
        raise SourceBroken(
            "Athena counts one source of records, a snapshot of GBIF's such as s3://gbif-open-data-"
            "eu-central-1/occurrence/2026-11-01/occurrence.parquet/*, not "
            f"{' and '.join(names) or 'ranges alone'}; for others take --engine duckdb"
        )
    if found[1] < _FIRST:
        raise SourceBroken(f"{names[0]}: take a snapshot of {_FIRST} or later, as other columns")
    return Errand(place, opened.records[0], taxa, survey_spec(spec))
