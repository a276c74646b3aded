"""Publishing a release of 100,000 cells, against a bare binary COPY of the same rows.

The floor is what no publishing can leave out: COPY of rows that lie ready in memory into a table
without an index, committed. Publishing also reads the release file, inflates its records, indexes,
reads everything back to compare digests, reads a sample as readers do, and flips the pointer.
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
from fieldmark.atlas.database.copy_stream import Seals, packed_blocks
from fieldmark.atlas.database.loading import PACKED_TABLE
from fieldmark.atlas.database.publication import publish
from fieldmark.atlas.release_file import ReleaseFile
from fieldmark.atlas_format import QUANTA, pack_range, pack_record
from fieldmark.domain.area import CellRecord, Release
from fieldmark.domain.taxon import Rank, Taxon
from machine import ROOT, describe, ratio, verdict

sys.path.insert(0, str(ROOT / "tests"))
from postgres_server import PostgresServer, postgres_server
from published import database

CELLS = 100_000
TAXA = 4_000
PATTERNS = 3_000
ROUNDS = 7


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
    """Both contestants over one file and one server; each run starts from nothing."""

    def __init__(self, path: Path, server: PostgresServer) -> None:
        self._path = path
        self._server = server
        self._numbers = count()
        with ReleaseFile(path) as file:
            rows = [row for family in file.records() for row in family]
        self.median_bytes = statistics.median(len(record) for _, record in rows)
        self._blocks = list(packed_blocks(([row] for row in rows), Seals()))
        self._bare = server.connect(server.database())
        self._to = database(server.url(server.database()))

    def bare(self) -> None:
        """Copy the rows that lie ready."""
        name = sql.Identifier(f"bare_{next(self._numbers)}")
        execute = self._bare.execute
        with self._bare.transaction():
            execute(sql.SQL(PACKED_TABLE).format(name))
            command = sql.SQL("COPY {} FROM STDIN (FORMAT binary)").format(name)
            with self._bare.cursor() as cursor, cursor.copy(command) as copy:
                for block in self._blocks:
                    copy.write(block)
        execute(sql.SQL("DROP TABLE {}").format(name))

    def publish(self) -> None:
        """Publish the file to a database that holds no release."""
        to = self._to
        publish(self._path, to)
        with to.connect() as connection:
            connection.execute("UPDATE fieldmark.pointer SET current = NULL")
            connection.execute("TRUNCATE fieldmark.release CASCADE")
            connection.execute("INSERT INTO fieldmark.pointer DEFAULT VALUES")


def main() -> None:
    """Print the comparison."""
    print(describe())
    with tempfile.TemporaryDirectory() as folder, postgres_server() as server:
        path = Path(folder) / "bench.sqlite"
        write_content(release("bench-2026.11"), path)
        contest = Contest(path, server)
        ours_s, floor_s, times = ratio(contest.publish, contest.bare, ROUNDS)
    print(f"{CELLS:,} cells, median record {contest.median_bytes:,.0f} bytes")
    print(f"publish {ours_s:.2f} s, bare binary COPY {floor_s:.2f} s")
    print(verdict("bare COPY / publish", 1 / times, 0.7, "x", least=True))


if __name__ == "__main__":
    main()
