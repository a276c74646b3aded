"""Filling fresh tables from a release file, and proving that what stands there is what was sent."""

import hashlib
import json
import queue
import random
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final, TypeVar

from psycopg import Connection, sql

from fieldmark.atlas.database.copy_stream import keyed_blocks, text_blocks
from fieldmark.atlas.release_file import ReleaseFile
from fieldmark.errors import CheckFailed

__all__ = ["Loaded", "Progress", "digest_of", "load"]

T = TypeVar("T")

Progress = Callable[[int, int], None]
"""Told how many families are done, and of how many."""

TABLES: Final = {
    "record": "(cell bigint NOT NULL, packed bytea STORAGE EXTERNAL NOT NULL)",
    "range": "(taxon integer NOT NULL, packed bytea STORAGE EXTERNAL NOT NULL)",
    "taxon": "(id integer NOT NULL, scientific_name text NOT NULL, common_name text,"
    " rank text NOT NULL, lineage text NOT NULL)",
    "ancestor": "(id integer NOT NULL, scientific_name text NOT NULL, common_name text,"
    " rank text NOT NULL)",
}
"""Records go in as they are: deflating them anew would cost loading and reading more than room."""

_KEYS: Final = {"record": "cell", "range": "taxon", "taxon": "id", "ancestor": "id"}
_INLINE_BYTES: Final = 8160
"""Whatever fits a page stays in its row: one read, not two."""

_AHEAD: Final = 16
_SAMPLE: Final = 50


@dataclass(slots=True)
class Loaded:
    """What was sent; ``sample`` are some of the records, to be read back as readers read."""

    cells: int = 0
    size_bytes: int = 0
    digests: dict[str, bytes] = field(default_factory=dict)
    sample: dict[int, bytes] = field(default_factory=dict)

    @property
    def digest(self) -> bytes:
        """One for all that the release says and holds."""
        return hashlib.sha256(b"".join(self.digests[key] for key in sorted(self.digests))).digest()


def digest_of(file: ReleaseFile) -> bytes:
    """Return the digest of a file's content, as loading it would give."""
    loaded = Loaded(digests={"release": _digest_of_said(file)})
    for table, blocks in _blocks(file, loaded, lambda *_: None).items():
        digest = hashlib.sha256()
        for block in blocks:
            digest.update(block)
        loaded.digests[table] = digest.digest()
    return loaded.digest


def load(connection: Connection, schema: str, file: ReleaseFile, progress: Progress) -> Loaded:
    """Fill a new schema with the release, in one transaction, and check what arrived.

    Raises:
        CheckFailed: what the tables give back is not what was sent; nothing was kept.
    """
    loaded = Loaded(digests={"release": _digest_of_said(file)})
    sent: dict[str, bytes] = {}
    with connection.transaction():
        connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(schema)))
        for table, blocks in _blocks(file, loaded, progress).items():
            name = sql.Identifier(schema, table)
            _create(connection, table, name)
            sent[table] = _copy(connection, name, blocks)
            _index(connection, table, name)
        connection.execute("SET LOCAL synchronize_seqscans = off")
        for table, digest in sent.items():
            if _digest_back(connection, sql.Identifier(schema, table)) != digest:
                raise CheckFailed(f"table {table} gives back other rows than were sent")
    loaded.digests |= sent
    return loaded


def _blocks(file: ReleaseFile, loaded: Loaded, progress: Progress) -> dict[str, Iterator[bytes]]:
    return {
        "record": keyed_blocks(_counted(file, loaded, progress), wide=True),
        "range": keyed_blocks(file.ranges(), wide=False),
        "taxon": text_blocks(file.taxa()),
        "ancestor": text_blocks(file.ancestors()),
    }


def _counted(file: ReleaseFile, loaded: Loaded, progress: Progress) -> Iterator[tuple[int, bytes]]:
    """Yield the records, counting them and keeping an even sample of the families' first ones."""
    families = file.families()
    chance = random.Random(families)  # noqa: S311  # any sample will do, the same one each time
    kept: list[tuple[int, bytes]] = []
    for number, family in enumerate(file.records()):
        loaded.cells += len(family)
        loaded.size_bytes += sum(len(record) for _, record in family)
        if number < _SAMPLE:
            kept.append(family[0])
        elif (place := chance.randrange(number + 1)) < _SAMPLE:
            kept[place] = family[0]
        yield from family
        progress(number + 1, families)
    loaded.sample = dict(kept)


def _digest_of_said(file: ReleaseFile) -> bytes:
    return hashlib.sha256(json.dumps(sorted(file.said().items())).encode()).digest()


def _create(connection: Connection, table: str, name: sql.Identifier) -> None:
    columns = sql.SQL(TABLES[table])
    connection.execute(sql.SQL("CREATE TABLE {} ").format(name) + columns)
    connection.execute(
        sql.SQL("ALTER TABLE {} SET (toast_tuple_target = {})").format(
            name, sql.Literal(_INLINE_BYTES)
        )
    )


def _index(connection: Connection, table: str, name: sql.Identifier) -> None:
    connection.execute(
        sql.SQL("ALTER TABLE {} ADD PRIMARY KEY ({}) WITH (fillfactor = 100)").format(
            name, sql.Identifier(_KEYS[table])
        )
    )


def _copy(connection: Connection, name: sql.Identifier, blocks: Iterator[bytes]) -> bytes:
    """Send the blocks and return their digest; the next ones are made meanwhile."""
    digest = hashlib.sha256()
    command = sql.SQL("COPY {} FROM STDIN (FORMAT binary, FREEZE)").format(name)
    with connection.cursor() as cursor, cursor.copy(command) as copy:
        for block in _ahead(blocks):
            copy.write(block)
            digest.update(block)
    return digest.digest()


def _digest_back(connection: Connection, name: sql.Identifier) -> bytes:
    digest = hashlib.sha256()
    command = sql.SQL("COPY {} TO STDOUT (FORMAT binary)").format(name)
    with connection.cursor() as cursor, cursor.copy(command) as copy:
        for block in copy:
            digest.update(block)
    return digest.digest()


def _ahead(items: Iterator[T]) -> Iterator[T]:
    """Yield the items, a few of which another thread makes ahead."""
    made: queue.Queue[tuple[T] | BaseException | None] = queue.Queue(_AHEAD)
    stopped = threading.Event()

    def make() -> None:
        try:
            for item in items:
                made.put((item,))
                if stopped.is_set():
                    return
            made.put(None)
        except BaseException as error:  # noqa: BLE001  # it is raised where the items are used
            made.put(error)

    maker = threading.Thread(target=make, daemon=True)
    maker.start()
    try:
        while (entry := made.get()) is not None:
            if isinstance(entry, BaseException):
                raise entry
            yield entry[0]
    finally:
        stopped.set()
        while maker.is_alive():
            _drain(made)
            maker.join(0.01)


def _drain(made: "queue.Queue[T]") -> None:
    while not made.empty():
        made.get_nowait()
