"""The features of areas in a PostgreSQL database that releases are published to."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, TypeVar

import numpy as np

from fieldmark.adapters.postgres_access import Access, Reading
from fieldmark.adapters.postgres_connection import StatementRefused
from fieldmark.atlas_format import (
    FORMAT_VERSION,
    family_of,
    records_of,
    release_of,
    siblings_of,
    taxa_of,
    unpack_range,
)
from fieldmark.atlas_format.database import READABLE, SCHEMA_VERSION, schema_of
from fieldmark.domain.area import Release
from fieldmark.domain.taxon import Ancestor, Rank, Taxon
from fieldmark.errors import AtlasBroken, NotPublished, ReleaseGone
from fieldmark.ports import FoundAreas

__all__ = ["PostgresAreas"]

T = TypeVar("T")

_Row = tuple[bytes | None, ...]

_REMEDY: Final = "publish a release to it: fieldmark atlas publish FILE --to URL"
_DICTIONARIES: Final = 3
"""Of so many releases the dictionary is kept: the one in use, the one before, and one between."""

_ABSENT: Final = frozenset({"42P01", "3F000"})
"""undefined_table, invalid_schema_name."""
_FORBIDDEN: Final = "42501"

_IN_USE: Final = """
    SELECT version.version_num,
        release.name, release.format::text, release.said::text, release.known
    FROM fieldmark.schema_version AS version
    LEFT JOIN fieldmark.pointer AS pointer ON true
    LEFT JOIN fieldmark.release AS release ON release.name = pointer.current"""
_NAME: Final = "SELECT current FROM fieldmark.pointer"
# The dictionary comes along where this process has not yet seen it: still one round trip.
_FAMILIES: Final = """
    SELECT key, packed FROM {schema}.family WHERE key = ANY($1::bigint[])
    UNION ALL
    SELECT NULL, packed FROM {schema}.dictionary WHERE $2::boolean"""
_RANGE: Final = "SELECT packed FROM {schema}.range WHERE key = ANY($1::bigint[])"
_TAXA: Final = """
    WITH asked AS (
        SELECT id, scientific_name, common_name, rank, lineage FROM {schema}.taxon
        WHERE id = ANY($1::integer[]))
    SELECT true, id, scientific_name, common_name, rank, lineage FROM asked
    UNION ALL
    SELECT false, id, scientific_name, common_name, rank, '' FROM {schema}.ancestor
    WHERE id IN (SELECT unnest(string_to_array(lineage, ' ')::integer[]) FROM asked)"""


class PostgresAreas:
    """A ports.AreaStore over the releases of a database.

    A release that is named is read in one round trip, an unnamed one in two. What is in use is not
    remembered: it may change at any moment, and who wants to ask less often puts a cache before it.
    """

    def __init__(self, access: Access) -> None:
        self._access = access
        self._shown = str(access.address)
        self._dictionaries: dict[str, bytes] = {}

    def release(self) -> Release:
        """See ports.AreaStore."""
        rows = self._read(lambda reading: reading.rows(_IN_USE), None)
        if not rows:
            raise NotPublished(f"database {self._shown} is not set up; {_REMEDY}")
        version, name, form, said, known = rows[0]
        if _text(version) not in READABLE:
            raise AtlasBroken(
                f"database {self._shown} is of schema version {_text(version)}, this program reads "
                f"{', '.join(sorted(READABLE))}; publish again with a program of version "
                f"{SCHEMA_VERSION}, or update this one"
            )
        if name is None:
            raise NotPublished(f"database {self._shown} holds no release; {_REMEDY}")
        if _text(form) != str(FORMAT_VERSION):
            raise AtlasBroken(
                f"release {_text(name)} is of format version {_text(form)}, this program reads "
                f"{FORMAT_VERSION}; build it again from its sources: fieldmark atlas build"
            )
        try:
            return release_of(json.loads(_text(said)), np.frombuffer(known or b"", "<i4"))
        except ValueError as error:
            raise AtlasBroken(f"release {_text(name)} does not say what it is: {error}") from error

    def areas(self, cells: Sequence[int], release: str | None = None) -> FoundAreas:
        """See ports.AreaStore."""
        parents = {family_of(cell)[0] for cell in cells}
        keys = _array(parent for parent in parents if -(2**63) <= parent < 2**63)

        def read(reading: Reading) -> tuple[str, list[_Row]]:
            name = self._in_use(reading) if release is None else release
            lacks = "false" if name in self._dictionaries else "true"
            return name, reading.rows(_FAMILIES.format(schema=schema_of(name)), [keys, lacks])

        name, rows = self._read(read, release)
        families = {_number(key): packed or b"" for key, packed in rows if key is not None}
        dictionary = self._dictionary(name, [packed for key, packed in rows if key is None])
        near = [cell for cell in siblings_of(cells) if cell not in cells]
        records = records_of([*cells, *near], families, dictionary)
        beside = {cell: records.pop(cell) for cell in near if cell in records}
        return FoundAreas(records, tier="database", beside=beside)

    def taxa(self, taxon_ids: Iterable[int], release: str | None = None) -> Mapping[int, Taxon]:
        """See ports.AreaStore."""
        ancestors: dict[int, Ancestor] = {}
        taxa = []
        for is_asked, id_, name, common, rank, lineage in self._rows(
            _TAXA, _ids(taxon_ids), release
        ):
            names = _text(name), None if common is None else _text(common), _text(rank)
            if is_asked == b"\x01":
                taxa.append((_number(id_), *names, _text(lineage)))
            else:
                ancestors[_number(id_)] = _ancestor(_number(id_), *names)
        return taxa_of(taxa, ancestors)

    def range_of(self, taxon_id: int, release: str | None = None) -> Mapping[int, int] | None:
        """See ports.AreaStore."""
        rows = self._rows(_RANGE, _ids([taxon_id]), release)
        return unpack_range(rows[0][0] or b"") if rows else None

    def close(self) -> None:
        """See ports.AreaStore."""
        self._access.close()

    def _dictionary(self, name: str, read: Sequence[bytes | None]) -> bytes:
        """Return what the families of a release are deflated against, once read and then kept."""
        if read:
            for old in list(self._dictionaries)[: 1 - _DICTIONARIES]:
                self._dictionaries.pop(old, None)
            self._dictionaries[name] = read[0] or b""
        try:
            return self._dictionaries[name]
        except KeyError as error:
            raise AtlasBroken(f"release {name} at {self._shown} lacks its dictionary") from error

    def _rows(self, sql: str, keys: Iterable[int], release: str | None) -> list[_Row]:
        array = _array(keys)

        def read(reading: Reading) -> list[_Row]:
            name = self._in_use(reading) if release is None else release
            return reading.rows(sql.format(schema=schema_of(name)), [array])

        return self._read(read, release)

    def _in_use(self, reading: Reading) -> str:
        rows = reading.rows(_NAME)
        if not rows or rows[0][0] is None:
            raise NotPublished(f"database {self._shown} holds no release; {_REMEDY}")
        return _text(rows[0][0])

    def _read(self, work: Callable[[Reading], T], release: str | None) -> T:
        try:
            return self._access.read(work)
        except StatementRefused as error:
            if error.sqlstate in _ABSENT and release is not None:
                raise ReleaseGone(f"database {self._shown} holds no release {release}") from error
            if error.sqlstate in _ABSENT:
                raise NotPublished(f"database {self._shown} is not set up; {_REMEDY}") from error
            if error.sqlstate == _FORBIDDEN:
                raise AtlasBroken(
                    f"{error}; grant reading: fieldmark atlas publish FILE --to URL --reader ROLE"
                ) from error
            raise


def _array(keys: Iterable[int]) -> str:
    """Return PostgreSQL's text of an array."""
    return "{" + ",".join(map(str, keys)) + "}"


def _ids(taxon_ids: Iterable[int]) -> list[int]:
    return [id_ for id_ in taxon_ids if 0 <= id_ < 2**31]


def _number(value: bytes | None) -> int:
    return int.from_bytes(value or b"", "big", signed=True)


def _text(value: bytes | None) -> str:
    return (value or b"").decode()


def _ancestor(id_: int, name: str, common: str | None, rank: str) -> Ancestor:
    return Ancestor(id_, name, common, Rank.parse(rank))
