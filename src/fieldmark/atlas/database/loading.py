"""Filling fresh tables from a release file, and proving that what stands there is what was sent."""

import hashlib
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from psycopg import Connection, sql

from fieldmark.atlas.database.copy_stream import Seals, packed_blocks, text_blocks
from fieldmark.atlas.release_file import ReleaseFile
from fieldmark.errors import CheckFailed

__all__ = ["PACKED_TABLE", "Loaded", "Progress", "digest_of", "load"]

Progress = Callable[[int, int], None]
"""Told now and then how many families are done, and of how many."""

_INLINE_BYTES: Final = 8160
PACKED_TABLE: Final = (
    "CREATE TABLE {} (key bigint NOT NULL, packed bytea STORAGE EXTERNAL NOT NULL) "
    f"WITH (toast_tuple_target = {_INLINE_BYTES})"
)
"""Entries go in as they are, and whatever fits a page stays in its row: one read, not two.

PostgreSQL would deflate what is larger than 2 KB, which costs loading and reading more than room.
"""

_TEXT_TABLES: Final = {
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
    """What was sent; ``sample`` are some of the records, to be read back as readers read."""

    cells: int
    size_bytes: int
    digest: bytes
    sample: dict[int, bytes]


@dataclass(slots=True)
class _Stream:
    """A release file on its way, and what is learnt of it as it goes by."""

    file: ReleaseFile
    progress: Progress = lambda *_: None
    records: Seals = field(default_factory=Seals)
    ranges: Seals = field(default_factory=Seals)
    text_digests: dict[str, bytes] = field(default_factory=dict)
    sample: list[tuple[int, bytes]] = field(default_factory=list)

    def packed(self) -> dict[str, tuple[Seals, Iterator[bytes]]]:
        """Return the tables of packed entries."""
        ranges = ([row] for row in self.file.ranges())
        return {
            "record": (self.records, packed_blocks(self._families(), self.records)),
            "range": (self.ranges, packed_blocks(ranges, self.ranges)),
        }

    def texts(self) -> dict[str, Iterator[bytes]]:
        """Return the tables of texts."""
        return {
            "taxon": self._hashed("taxon", text_blocks(self.file.taxa())),
            "ancestor": self._hashed("ancestor", text_blocks(self.file.ancestors())),
        }

    def loaded(self) -> Loaded:
        """Return what went by, once all did."""
        said = json.dumps(sorted(self.file.said().items())).encode()
        digest = hashlib.sha256(said)
        for part in (self.records.digest(), self.ranges.digest(), *self.text_digests.values()):
            digest.update(part)
        return Loaded(
            self.records.count, self.records.size_bytes, digest.digest(), dict(self.sample)
        )

    def _families(self) -> Iterator[list[tuple[int, bytes]]]:
        """Yield the families, keeping an even sample of their first records."""
        count = self.file.families()
        chance = random.Random(count)  # noqa: S311  # any sample will do, the same one each time
        for number, family in enumerate(self.file.records()):
            if number < _SAMPLE:
                self.sample.append(family[0])
            elif (place := chance.randrange(number + 1)) < _SAMPLE:
                self.sample[place] = family[0]
            yield family
            if number % _STEP == 0:
                self.progress(number, count)
        self.progress(count, count)

    def _hashed(self, table: str, blocks: Iterator[bytes]) -> Iterator[bytes]:
        digest = hashlib.sha256()
        for block in blocks:
            digest.update(block)
            yield block
        self.text_digests[table] = digest.digest()


def digest_of(file: ReleaseFile) -> bytes:
    """Return the digest of a file's content, as loading it would give."""
    stream = _Stream(file)
    for blocks in (*(blocks for _, blocks in stream.packed().values()), *stream.texts().values()):
        for _ in blocks:
            pass
    return stream.loaded().digest


def load(connection: Connection, schema: str, file: ReleaseFile, progress: Progress) -> Loaded:
    """Fill a new schema with the release, in one transaction, and check what arrived.

    Raises:
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
        for table, blocks in stream.texts().items():
            name = sql.Identifier(schema, table)
            _fill(connection, name, sql.SQL(_TEXT_TABLES[table]), blocks)
            _index(connection, name, "id")
            _require_same(connection, name, stream.text_digests[table])
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
