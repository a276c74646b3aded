"""Publishing a release of 100,000 cells, against a bare binary COPY of the same records.

The floor is COPY of one row per cell with its packed record: they lie in memory, in binary form
already, and go into a table without a key, which is committed. Publishing also reads the file,
indexes, proves what arrived, reads a sample as readers do, and flips the pointer; it is faster
because it sends families of seven cells, deflated together as in the file (decision 27). For
information, COPY of those families alone. Databases are set up and empty, the server has its own
defaults, so a commit is on the disk.
"""

import statistics
import sys
import tempfile
from itertools import count
from pathlib import Path

import h3.api.basic_int as h3
import numpy as np
from numpy.typing import NDArray
from psycopg import sql

from fieldmark.atlas.content import ReleaseContent, write_content
from fieldmark.atlas.database.copy_stream import Seals, blocks_of, packed_row
from fieldmark.atlas.database.loading import PACKED_TABLE
from fieldmark.atlas.database.publication import publish
from fieldmark.atlas.database.schema import migrate
from fieldmark.atlas.release_file import ReleaseFile
from fieldmark.atlas_format import QUANTA, cell_at, pack_range, pack_record, unpack_family
from fieldmark.domain.area import CellRecord, Release
from fieldmark.domain.taxon import Rank, Taxon
from machine import ROOT, describe, ratio, verdict

sys.path += [str(ROOT), str(ROOT / "tests")]
from cloud.postgres_server import PostgresServer, postgres_server
from published import database

CELLS = 100_000
TAXA = 4_000
PATTERNS = 3_000
ROUNDS = 7
DEFAULTS = {"fsync": "on", "full_page_writes": "on", "shared_buffers": "128MB"}


def release(name: str) -> ReleaseContent:
    """Return a release of 85 to 170 taxa in each cell, most of them those of its neighbours too."""
    chance = np.random.default_rng(4)
    cells = [c for base in sorted(h3.get_res0_cells()) for c in h3.cell_to_children(base, 4)]
    years = np.clip(chance.normal(0.4, 0.25, (PATTERNS, 12)), 1 / QUANTA, 1).astype(np.float32)
    records: list[bytes] = []
    while len(records) < CELLS:
        records += _neighbours(chance, years)
    known = np.arange(1, TAXA, dtype=np.int32)
    return ReleaseContent(
        release=Release(
            name=name,
            resolution=4,
            coarsest=4,
            expected_from=0.1,
            known=known,
            starter=False,
            licence="CC0-1.0",
            sources=("made up",),
            built_on="2026-11-26",
        ),
        taxa=[Taxon(int(id_), f"Taxon {id_}", None, Rank.SPECIES) for id_ in known],
        records=records[:CELLS],
        cells={cell: number for number, cell in enumerate(cells[:CELLS])},
        ranges={int(id_): pack_range({cells[int(id_)]: 1}) for id_ in known},
    )


def _neighbours(chance: np.random.Generator, years: NDArray[np.float32]) -> list[bytes]:
    """Return the records of forty-nine cells: each lacks some taxa of the region they share."""
    region = np.sort(chance.choice(np.arange(1, TAXA, dtype=np.int32), 170, replace=False))
    year = years[chance.choice(chance.choice(PATTERNS, 40), region.size)]
    records = []
    for _ in range(49):
        here = np.sort(chance.choice(region.size, chance.integers(85, 170), replace=False))
        best = np.ones(here.size, dtype=np.float32)
        records.append(pack_record(CellRecord(region[here], year[here], best)))
    return records


class Contest:
    """The contestants over one file and one server; each run starts from nothing."""

    def __init__(self, path: Path, server: PostgresServer) -> None:
        self._path = path
        self._numbers = count()
        with ReleaseFile(path) as file:
            families = list(file.families())
            dictionary = file.dictionary()
        records = [
            (cell_at(parent, place), record)
            for parent, packed in families
            for place, record in unpack_family(packed, dictionary).items()
        ]
        self.median_bytes = statistics.median(len(record) for _, record in records)
        self._families = list(blocks_of(packed_row(*row, Seals()) for row in families))
        self._records = list(blocks_of(packed_row(*row, Seals()) for row in records))
        self._bare = server.connect(server.database())
        empty = server.database()
        with server.connect(empty) as connection:
            migrate(connection)
        self._empty = [server.database(template=empty) for _ in range(2 * ROUNDS + 2)]
        self._server = server

    def copy_families(self) -> None:
        """Copy the rows that publishing sends."""
        self._copy(self._families)

    def copy_records(self) -> None:
        """Copy one row per cell."""
        self._copy(self._records)

    def publish(self) -> None:
        """Publish the file to the next empty database."""
        publish(self._path, database(self._server.url(self._empty.pop())))

    def _copy(self, blocks: list[bytes]) -> None:
        name = sql.Identifier(f"bare_{next(self._numbers)}")
        execute = self._bare.execute
        with self._bare.transaction():
            execute(sql.SQL(PACKED_TABLE).format(name))
            command = sql.SQL("COPY {} FROM STDIN (FORMAT binary)").format(name)
            with self._bare.cursor() as cursor, cursor.copy(command) as copy:
                for block in blocks:
                    copy.write(block)
        execute(sql.SQL("DROP TABLE {}").format(name))


def main() -> None:
    """Print the comparison."""
    print(describe())
    with tempfile.TemporaryDirectory() as folder, postgres_server(**DEFAULTS) as server:
        path = Path(folder) / "bench.sqlite"
        write_content(release("bench-2026.11"), path)
        contest = Contest(path, server)
        ours_s, families_s, by_families = ratio(contest.publish, contest.copy_families, ROUNDS)
        _, records_s, by_records = ratio(contest.publish, contest.copy_records, ROUNDS)
    print(f"{CELLS:,} cells, median record {contest.median_bytes:,.0f} bytes")
    print(f"publish {ours_s:.2f} s, COPY of families {families_s:.2f}, of records {records_s:.2f}")
    print(verdict("bare COPY of the records / publish", 1 / by_records, 0.7, "x", least=True))
    print(f"     bare COPY of the families / publish: {1 / by_families:.3g} x")


if __name__ == "__main__":
    main()
