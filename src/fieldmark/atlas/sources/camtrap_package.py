"""``datapackage.json`` of a Camtrap DP: which tables there are, and what is said of them all.

Source: Camtrap DP 1.0.2 (Bubnicki et al. 2023, "Camtrap DP: an open standard for the FAIR exchange
and archiving of camera trap data"), which rests on Frictionless Data Package 1.0.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from fieldmark.atlas.sources.occurrences import Provenance
from fieldmark.errors import SourceBroken

__all__ = ["DESCRIPTOR", "DESCRIPTOR_BYTES", "CamtrapPackage", "read_package"]

DESCRIPTOR: Final = "datapackage.json"
DESCRIPTOR_BYTES: Final = 64 * 2**20
"""What it may have; it may list all taxa and all media inline, where few have."""

_PROFILE: Final = re.compile(r"camtrap-dp/([^/]+)/", re.ASCII)
_MAJOR: Final = "1."
_DOI: Final = re.compile(r"^(?:https?://(?:dx\.)?doi\.org/|doi:)?(10\.\d{4,9}/\S+)$")
_ABOUT: Final = ("title", "name", "id")


class _Licence(msgspec.Struct):
    name: str | None = None
    path: str | None = None
    scope: str | None = None


class _Resource(msgspec.Struct):
    name: str
    path: str | list[str] | None = None
    dialect: dict[str, Any] | None = None
    encoding: str | None = None


class CamtrapPackage(msgspec.Struct, rename="camel"):
    """What the descriptor says, as far as it matters here.

    ``taxonomic`` are the taxa with rank and lineage; ``coordinate_precision`` is in degrees, what
    all coordinates were rounded to.
    """

    resources: list[_Resource]
    profile: str | None = None
    title: str | None = None
    name: str | None = None
    id: str | None = None
    licenses: list[_Licence] = []
    bibliographic_citation: str | None = None
    coordinate_precision: float | None = None
    taxonomic: list[dict[str, Any]] = []

    def member(self, table: str, where: str) -> str:
        """Return the path of that table within the package.

        Raises:
            SourceBroken: there is no such table, or it is not one file of the package.
        """
        path = next((one.path for one in self.resources if one.name == table), None)
        if isinstance(path, list) and len(path) == 1:
            (path,) = path
        if not isinstance(path, str) or "://" in path:
            raise SourceBroken(
                f"{where}: resource {table!r} is {path!r}; it must be one file of the package: "
                "fetch it and put it beside"
            )
        return path

    def separator(self, table: str) -> str:
        """Return what parts the columns of that table."""
        dialect = next((one.dialect for one in self.resources if one.name == table), None)
        return str((dialect or {}).get("delimiter", ","))

    @property
    def dataset(self) -> str:
        """What tells this dataset from others."""
        return self.id or self.name or self.title or "Camtrap DP"

    @property
    def licence(self) -> str | None:
        """The licence of the data; that of the media is another."""
        own = next((one for one in self.licenses if one.scope in {"data", None}), None)
        return (own.name or own.path) if own else None

    @property
    def provenance(self) -> Provenance:
        """Where the records come from."""
        doi = _DOI.match(self.id or "")
        return Provenance(
            title=self.title or self.name or "Camtrap DP",
            doi=doi and doi[1],
            licence=self.licence,
            notes=[self.bibliographic_citation] if self.bibliographic_citation else [],
        )

    def lineages(self) -> Mapping[str, Mapping[str, str]]:
        """Return rank and lineage of the taxa that have them, by scientific name."""
        return {
            str(taxon["scientificName"]): {
                column: str(taxon[key]) for column, key in _LINEAGE.items() if taxon.get(key)
            }
            for taxon in self.taxonomic
            if taxon.get("scientificName")
        }


_LINEAGE: Final = {
    "rank": "taxonRank",
    **{rank: rank for rank in ("kingdom", "phylum", "class", "order", "family", "genus")},
}


def read_package(content: bytes | None, where: str) -> CamtrapPackage:
    """Return what the descriptor says; ``content`` None stands for one that is too large.

    Raises:
        SourceBroken: it is no descriptor of Camtrap DP 1.
    """
    if content is None:
        raise SourceBroken(f"{where} has more bytes than a descriptor may, {DESCRIPTOR_BYTES:,}")
    try:
        package = msgspec.json.decode(content.removeprefix(b"\xef\xbb\xbf"), type=CamtrapPackage)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise SourceBroken(f"{where} is no descriptor of a data package: {error}") from error
    version = _PROFILE.search(package.profile or "")
    if version is None or not version[1].startswith(_MAJOR):
        raise SourceBroken(
            f"{where}: profile is {package.profile!r}; only Camtrap DP 1 is read: export the "
            "package anew, or let the R package camtraptor write it as 1.0"
        )
    return package
