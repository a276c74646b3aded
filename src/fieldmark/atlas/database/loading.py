"""Filling fresh tables from a release file, and proving that what stands there is what was sent."""

import hashlib
import json
import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from psycopg import Connection, sql

from fieldmark.atlas.database.copy_stream import Seals, blocks_of, packed_row, row_of
from fieldmark.atlas.release_file import ReleaseFile
from fieldmark.atlas_format import cell_at, check_family, unpack_family
from fieldmark.errors import CheckFailed

__all__ = ["PACKED_TABLE", "Loaded", "Progress", "digest_of", "load"]

Progress = Callable[[int, int], None]
"""Told now and then how many families are done, and of how many."""

_INLINE_BYTES: Final = 8160
PACKED_TABLE: Final = (
    "CREATE TABLE {} (key bigint NOT NULL, packed bytea STORAGE EXTERNAL NOT NULL) "
    f"WITH (toast_tuple_target = {_INLINE_BYTES})"
)
"""Whatever fits a page stays in its row: one read, not two. It is deflated already."""

_OTHER_TABLES: Final = {
    "dictionary": "CREATE TABLE {} (id integer NOT NULL, packed bytea STORAGE EXTERNAL NOT NULL)",
    "taxon": "CREATE TABLE {} (id integer NOT NULL, scientific_name text NOT NULL,"
    " common_name text, rank text NOT NULL, lineage text NOT NULL)",
    "ancestor": "CREATE TABLE {} (id integer NOT NULL, scientific_name text NOT NULL,"
    " common_name text, rank text NOT NULL)",
}
_SEALS_OF: Final = """
    WITH seals AS MATERIALIZED (
        SELECT key, octet_length(packed) AS size, substring(packed FROM 5 FOR 4) AS checksum
        FROM {})
    SELECT count(*), coalesce(sum(size), 0), sha256(coalesce(
        string_agg(int8send(key) || int4send(size) || checksum, '' ORDER BY key), ''))
    FROM seals"""
"""Materialized, so that the sort carries seals and not what they seal."""

_SAMPLE: Final = 50
_STEP: Final = 64


@dataclass(frozen=True, slots=True)
class Loaded:
    """What was sent; ``sample`` are some records by cell, to be read back as readers read."""

    families: int
    size_bytes: int
    digest: bytes
    sample: dict[int, bytes]


@dataclass(slots=True)
class _Stream:
    """A release file on its way, and what is learnt of it as it goes by."""

    file: ReleaseFile
    progress: Progress = lambda *_: None
    families: Seals = field(default_factory=Seals)
    ranges: Seals = field(default_factory=Seals)
    digests: dict[str, bytes] = field(default_factory=dict)
    sample: list[tuple[int, bytes]] = field(default_factory=list)

    def packed(self) -> dict[str, tuple[Seals, Iterator[bytes]]]:
        """Return the tables of packed entries, keys ascending."""
        families = (packed_row(*family, self.families) for family in self._families())
        ranges = (packed_row(*range_, self.ranges) for range_ in self.file.ranges())
        return {
            "family": (self.families, blocks_of(families)),
            "range": (self.ranges, blocks_of(ranges)),
        }

    def others(self) -> dict[str, Iterator[bytes]]:
        """Return the tables of anything else."""
        return {
            "dictionary": self._hashed("dictionary", [row_of(0, self.file.dictionary())]),
            "taxon": self._hashed("taxon", (row_of(*row) for row in self.file.taxa())),
            "ancestor": self._hashed("ancestor", (row_of(*row) for row in self.file.ancestors())),
        }

    def loaded(self) -> Loaded:
        """Return what went by, once all did."""
        digest = hashlib.sha256(json.dumps(sorted(self.file.said().items())).encode())
        for part in (self.families.digest(), self.ranges.digest(), *self.digests.values()):
            digest.update(part)
        dictionary = self.file.dictionary()
        sample = {
            cell_at(parent, place): record
            for parent, packed in self.sample
            for place, record in unpack_family(packed, dictionary).items()
        }
        return Loaded(self.families.count, self.families.size_bytes, digest.digest(), sample)

    def _families(self) -> Iterator[tuple[int, bytes]]:
        """Yield the families, of which some are kept as a sample."""
        count = self.file.count()
        chance = random.Random(count)  # noqa: S311  # any sample will do, the same one each time
        sampled = frozenset(chance.sample(range(count), min(count, _SAMPLE)))
        for number, family in enumerate(self.file.families()):
            check_family(family[1])
            if number in sampled:
                self.sample.append(family)
            yield family
            if number % _STEP == 0:
                self.progress(number, count)
        self.progress(count, count)

    def _hashed(self, table: str, rows: Iterable[bytes]) -> Iterator[bytes]:
        digest = hashlib.sha256()
        for block in blocks_of(rows):
            digest.update(block)
            yield block
        self.digests[table] = digest.digest()


def digest_of(file: ReleaseFile) -> bytes:
    """Return the digest of a file's content, as loading it would give."""
    stream = _Stream(file)
    for blocks in (*(blocks for _, blocks in stream.packed().values()), *stream.others().values()):
        for _ in blocks:
            pass
    return stream.loaded().digest


def load(connection: Connection, schema: str, file: ReleaseFile, progress: Progress) -> Loaded:
    """Fill a new schema with the release, in one transaction, and check what arrived.

    Raises:
        AtlasBroken: the file is damaged; nothing was kept.
        CheckFailed: what the tables hold is not what was sent; nothing was kept.
    """
    stream = _Stream(file, progress)
    with connection.transaction():
        connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(schema)))
        for table, (seals, blocks) in stream.packed().items():
            name = sql.Identifier(schema, table)
            _fill(connection, name, sql.SQL(PACKED_TABLE), blocks)
            _index(connection, name, "key")
            _require_sealed(connection, name, seals)
        for table, blocks in stream.others().items():
            name = sql.Identifier(schema, table)
            _fill(connection, name, sql.SQL(_OTHER_TABLES[table]), blocks)
            _index(connection, name, "id")
            _require_same(connection, name, stream.digests[table])
        return stream.loaded()


def _fill(
    connection: Connection, name: sql.Identifier, create: sql.SQL, blocks: Iterator[bytes]
) -> None:
    connection.execute(create.format(name))
    command = sql.SQL("COPY {} FROM STDIN (FORMAT binary, FREEZE)").format(name)
    with connection.cursor() as cursor, cursor.copy(command) as copy:
        for block in blocks:  # made while the server works on what is on its way
            copy.write(block)


def _index(connection: Connection, name: sql.Identifier, key: str) -> None:
    connection.execute(
        sql.SQL("ALTER TABLE {} ADD PRIMARY KEY ({}) WITH (fillfactor = 100)").format(
            name, sql.Identifier(key)
        )
    )


def _require_sealed(connection: Connection, name: sql.Identifier, seals: Seals) -> None:
    found = connection.execute(sql.SQL(_SEALS_OF).format(name)).fetchone()
    if found != (seals.count, seals.size_bytes, seals.digest()):
        raise CheckFailed(f"{name.as_string()} holds other entries than were sent")


def _require_same(connection: Connection, name: sql.Identifier, sent: bytes) -> None:
    """Read a table back in the order in which it was filled: byte for byte what was sent."""
    connection.execute("SET LOCAL synchronize_seqscans = off")
    digest = hashlib.sha256()
    command = sql.SQL("COPY {} TO STDOUT (FORMAT binary)").format(name)
    with connection.cursor() as cursor, cursor.copy(command) as copy:
        for block in copy:
            digest.update(block)
    if digest.digest() != sent:
        raise CheckFailed(f"{name.as_string()} gives back other rows than were sent")
