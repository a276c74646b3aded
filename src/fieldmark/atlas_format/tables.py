"""The tables of a release and the rows that are more than a number.

``taxon.lineage`` lists ancestor ids from class downwards, parted by spaces. ``family`` holds the
packed records of the cells under one H3 parent, from the base resolution up to the coarsest;
``dictionary`` has one row, what they are deflated against.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fieldmark.atlas_format.envelope import FORMAT_VERSION
from fieldmark.atlas_format.overrides import overrides_of, overrides_row
from fieldmark.domain.area import Release
from fieldmark.domain.taxon import Ancestor, Rank, Taxon
from fieldmark.errors import AtlasBroken

__all__ = ["APPLICATION_ID", "SCHEMA", "TaxonRow", "release_of", "release_rows", "taxa_of"]

APPLICATION_ID: Final = 0x464D4154
"""``FMAT``: what marks a SQLite file as a release."""

SCHEMA: Final = f"""
PRAGMA application_id = {APPLICATION_ID};
PRAGMA user_version = {FORMAT_VERSION};
CREATE TABLE release (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE ancestor (
    id INTEGER PRIMARY KEY, scientific_name TEXT NOT NULL, common_name TEXT, rank TEXT NOT NULL);
CREATE TABLE taxon (
    id INTEGER PRIMARY KEY, scientific_name TEXT NOT NULL, common_name TEXT, rank TEXT NOT NULL,
    lineage TEXT NOT NULL);
CREATE TABLE dictionary (packed BLOB NOT NULL);
CREATE TABLE family (parent INTEGER PRIMARY KEY, packed BLOB NOT NULL);
CREATE TABLE range (taxon INTEGER PRIMARY KEY, packed BLOB NOT NULL);
"""

TaxonRow = tuple[int, str, str | None, str, str]
"""A row of ``taxon``: id, scientific name, common name, rank, lineage."""


def release_rows(release: Release) -> dict[str, str]:
    """Return what a release says of itself as rows of ``release``; ``known`` is table ``taxon``."""
    rows = {
        "name": release.name,
        "resolution": str(release.resolution),
        "coarsest": str(release.coarsest),
        "expected_from": repr(release.expected_from),
        "starter": "yes" if release.starter else "no",
        "licence": release.licence,
        "sources": json.dumps(release.sources, ensure_ascii=False),
        "built_on": release.built_on,
    }
    if release.withheld:
        rows["withheld"] = json.dumps(sorted(release.withheld))
    if release.overrides:
        rows["overrides"] = overrides_row(release.overrides)
    return rows


def release_of(rows: Mapping[str, str], known: NDArray[np.int32]) -> Release:
    """Return what a release says of itself.

    Raises:
        AtlasBroken: a row is missing or is not what it should be.
    """
    try:
        return Release(
            name=rows["name"],
            resolution=int(rows["resolution"]),
            coarsest=int(rows["coarsest"]),
            expected_from=float(rows["expected_from"]),
            known=known,
            starter=rows["starter"] == "yes",
            licence=rows["licence"],
            sources=tuple(json.loads(rows["sources"])),
            built_on=rows["built_on"],
            overrides=overrides_of(rows.get("overrides", "[]")),
            withheld=frozenset(map(int, json.loads(rows.get("withheld", "[]")))),
        )
    except (KeyError, ValueError, TypeError) as error:
        raise AtlasBroken(f"the release does not say what it is: {error!r}") from error


def taxa_of(rows: Iterable[TaxonRow], ancestors: Mapping[int, Ancestor]) -> dict[int, Taxon]:
    """Return the taxa of rows of ``taxon`` by id.

    Raises:
        AtlasBroken: a rank or an ancestor that there is not.
    """
    try:
        return {
            id_: Taxon(
                id_,
                name,
                common,
                Rank.parse(rank),
                tuple(ancestors[int(i)] for i in lineage.split()),
            )
            for id_, name, common, rank, lineage in rows
        }
    except (KeyError, ValueError) as error:
        raise AtlasBroken(f"the taxa of the release are broken: {error!r}") from error
