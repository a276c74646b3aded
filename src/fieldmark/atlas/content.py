"""The whole of a release: what is published, and what is read back to be checked.

All but the records is in memory, which a release of the world may have a gigabyte and more of.
"""

import contextlib
import hashlib
import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

import msgspec
import numpy as np

from fieldmark.atlas.account import ACCOUNT_KEY, Account, read_account
from fieldmark.atlas.stored_bytes import StoredBytes
from fieldmark.atlas_format import (
    SCHEMA,
    cell_at,
    dictionary_of,
    family_of,
    pack_family,
    release_of,
    release_rows,
    taxa_of,
    unpack_family,
)
from fieldmark.domain.area import Release
from fieldmark.domain.taxon import Ancestor, Rank, Taxon
from fieldmark.errors import AtlasBroken
from fieldmark.threads import in_order

__all__ = ["ReleaseContent", "read_content", "write_content"]


_PAGE_BYTES: Final = 16384
"""Large pages waste less on families and ranges, whose sizes vary: a tenth of the file."""


@dataclass(frozen=True, slots=True)
class ReleaseContent:
    """Everything that is published under one name.

    ``taxa`` ascend by id; ``records`` are the distinct packed records and ``cells`` maps each H3
    cell, base and coarser, to the position of its record; ``ranges`` are packed, by taxon id;
    ``account`` says what became of the sources, where that is kept.
    """

    release: Release
    taxa: Sequence[Taxon]
    records: Sequence[bytes]
    cells: Mapping[int, int]
    ranges: Mapping[int, bytes]
    account: Account | None = None

    @property
    def said(self) -> Mapping[str, str]:
        """What the release says of itself, as rows of ``release``."""
        rows = release_rows(self.release)
        if self.account is not None:
            rows[ACCOUNT_KEY] = msgspec.json.encode(self.account).decode()
        return rows


def write_content(content: ReleaseContent, path: Path) -> None:
    """Fill an empty file; rows go in key order, so that the same content gives the same bytes.

    The caller sees to it that the file reaches the disk: SQLite neither syncs nor keeps a journal.

    Raises:
        OSError: the file cannot be written.
    """
    try:
        with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.execute(f"PRAGMA page_size = {_PAGE_BYTES}")
            connection.execute("PRAGMA journal_mode = OFF")
            connection.execute("PRAGMA synchronous = OFF")
            connection.executescript(SCHEMA)
            connection.execute("BEGIN")
            _fill(connection, content)
            connection.execute("COMMIT")
    except sqlite3.Error as error:
        raise OSError(f"{path} cannot be written: {error}") from error


def read_content(path: Path, folder: Path | None = None) -> ReleaseContent:
    """Return all that a release file holds.

    Args:
        path: the file.
        folder: on whose disk the records lie, unpacked; see ``StoredBytes``.

    Raises:
        AtlasBroken: the file is damaged.
        OSError: there is no room for the records.
    """
    uri = f"file:{quote(str(path.absolute()))}?mode=ro&immutable=1"
    try:
        with contextlib.closing(sqlite3.connect(uri, uri=True)) as connection:
            _require_integrity(connection, path)
            return _content(connection, StoredBytes(folder=folder))
    except sqlite3.Error as error:
        raise AtlasBroken(f"{path} cannot be read: {error}") from error


def _fill(connection: sqlite3.Connection, content: ReleaseContent) -> None:
    insert = connection.executemany
    ancestors = {a.id: a for taxon in content.taxa for a in taxon.lineage}
    insert("INSERT INTO release VALUES (?, ?)", sorted(content.said.items()))
    insert("INSERT INTO ancestor VALUES (?, ?, ?, ?)", map(_names, ancestors.values()))
    insert(
        "INSERT INTO taxon VALUES (?, ?, ?, ?, ?)",
        ((*_names(taxon), " ".join(str(a.id) for a in taxon.lineage)) for taxon in content.taxa),
    )
    dictionary = dictionary_of(content.records, content.cells.values())
    insert("INSERT INTO dictionary VALUES (?)", [(dictionary,)])
    insert("INSERT INTO family VALUES (?, ?)", _families(content, dictionary))
    insert("INSERT INTO range VALUES (?, ?)", sorted(content.ranges.items()))


def _families(content: ReleaseContent, dictionary: bytes) -> Iterator[tuple[int, bytes]]:
    families: dict[int, dict[int, int]] = defaultdict(dict)
    for cell, number in content.cells.items():
        parent, place = family_of(cell)
        families[parent][place] = number

    def packed(item: tuple[int, dict[int, int]]) -> tuple[int, bytes]:
        parent, numbers = item
        records = {place: content.records[number] for place, number in numbers.items()}
        return parent, pack_family(records, dictionary)

    return in_order(packed, sorted(families.items()))


def _names(group: Taxon | Ancestor) -> tuple[int, str, str | None, str]:
    return (group.id, group.scientific_name, group.common_name, str(group.rank))


def _require_integrity(connection: sqlite3.Connection, path: Path) -> None:
    ((verdict,),) = connection.execute("PRAGMA integrity_check(1)")
    if verdict != "ok":
        raise AtlasBroken(f"{path} is damaged: {verdict}")


def _content(connection: sqlite3.Connection, records: StoredBytes) -> ReleaseContent:
    read = connection.execute
    ancestors = {
        id_: Ancestor(id_, name, common, Rank.parse(rank))
        for id_, name, common, rank in read("SELECT * FROM ancestor")
    }
    taxa = taxa_of(read("SELECT * FROM taxon ORDER BY id").fetchall(), ancestors)
    ((dictionary,),) = read("SELECT packed FROM dictionary")
    said = dict(read("SELECT key, value FROM release").fetchall())
    numbers: dict[bytes, int] = {}
    cells = {}
    families = read("SELECT parent, packed FROM family ORDER BY parent")
    for parent, held in in_order(lambda row: (row[0], unpack_family(row[1], dictionary)), families):
        for place, record in held.items():
            digest = hashlib.blake2b(record, digest_size=16).digest()
            cells[cell_at(parent, place)] = numbers.setdefault(digest, len(numbers))
            if len(numbers) > len(records):
                records.append(record)
    return ReleaseContent(
        release=release_of(said, np.array(list(taxa), dtype=np.int32)),
        taxa=list(taxa.values()),
        records=records,
        cells=cells,
        ranges=dict(read("SELECT taxon, packed FROM range ORDER BY taxon").fetchall()),
        account=read_account(said),
    )
