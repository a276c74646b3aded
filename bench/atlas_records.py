"""GBIF-shaped records: as many as are asked for, skewed as the real ones are.

Places cluster around towns and are visited by rank (Zipf), few observers and datasets give most,
years grow exponentially, and a visit lists several species of its region, mostly of one group: most
people look for birds. Columns are those of GBIF's Parquet that a build reads.
"""

import uuid
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

TAXA: Final = 8_000
PLACES: Final = 400_000
TOWNS: Final = 3_000
REGIONS: Final = 200
POOL: Final = 1_200
OBSERVERS: Final = 250_000
DATASETS: Final = 3_000
PER_VISIT: Final = 6
ROWS_AT_ONCE: Final = 1_000_000
GROUPS: Final = (
    ("Aves", 3),
    ("Insecta", 47158),
    ("Mammalia", 40151),
    ("Reptilia", 26036),
    (None, None),
)
"""Classes and their iNaturalist ids; the last are plants."""
SHARES: Final = (0.55, 0.2, 0.08, 0.07, 0.1)


def write_records(path: Path, rows: int, seed: int = 5) -> None:
    """Write so many records, the same for the same seed."""
    chance = np.random.default_rng(seed)
    world = _World(chance)
    part = path.with_suffix(".part")
    writer = None
    for start in range(0, rows, ROWS_AT_ONCE):
        table = world.records(min(ROWS_AT_ONCE, rows - start))
        writer = writer or pq.ParquetWriter(part, table.schema)
        writer.write_table(table, row_group_size=250_000)
    if writer is not None:
        writer.close()
    part.rename(path)


def write_labels(folder: Path) -> None:
    """Write the tables of a model whose labels are six in ten of the animals."""
    group = _groups()
    folder.mkdir(exist_ok=True)
    with (folder / "ancestors.csv").open("w", encoding="utf-8") as file:
        file.write("taxon_id,scientific_name,common_name,rank\n")
        file.writelines(f"{id_},{name},,class\n" for name, id_ in GROUPS if id_)
    with (folder / "labels.csv").open("w", encoding="utf-8") as file:
        file.write("index,name,taxon_id,scientific_name,common_name,rank,lineage,setting\n")
        file.writelines(
            f"{taxon},{_species(taxon)},{taxon + 1},{_species(taxon)},,species,"
            f"{GROUPS[group[taxon]][0]},wild\n"
            for taxon in range(TAXA)
            if _is_label(taxon, group)
        )


def matched_names() -> pa.Table:
    """Return what each taxon key is: six in ten animals are labels, the others tell effort."""
    group = _groups()
    return pa.table(
        {
            "name_key": pa.array([str(_key(taxon)) for taxon in range(TAXA)]),
            "taxon_id": pa.array(
                [taxon + 1 if _is_label(taxon, group) else None for taxon in range(TAXA)],
                pa.int32(),
            ),
            "group": pa.array([GROUPS[group[taxon]][1] for taxon in range(TAXA)], pa.int32()),
        }
    )


def _key(taxon: int) -> int:
    return 2_400_000 + 7 * taxon


def _species(taxon: int) -> str:
    """Return a name such as real ones are: of letters alone."""
    return f"Genus{_letters(taxon // 5)} species{_letters(taxon)}"


def _letters(number: int) -> str:
    return str(number).translate(str.maketrans("0123456789", "abcdefghij"))


def _is_label(taxon: int, group: NDArray[np.int64]) -> bool:
    return taxon % 10 < 6 and GROUPS[group[taxon]][1] is not None


def _groups() -> NDArray[np.int64]:
    return np.random.default_rng(1).choice(len(GROUPS), TAXA, p=SHARES)


def _zipf(size: int, exponent: float) -> NDArray[np.float64]:
    weights = 1.0 / np.arange(1, size + 1) ** exponent
    return np.cumsum(weights / weights.sum())


class _World:
    def __init__(self, chance: np.random.Generator) -> None:
        self._chance = chance
        towns = np.column_stack(
            [chance.normal(35, 22, TOWNS).clip(-55, 70), chance.uniform(-180, 180, TOWNS)]
        )
        town = self._drawn(_zipf(TOWNS, 0.8), PLACES)
        self._lat = (towns[town, 0] + chance.normal(0, 0.6, PLACES)).clip(-89, 89)
        self._lon = (towns[town, 1] + chance.normal(0, 0.8, PLACES) + 180) % 360 - 180
        self._region = town % REGIONS
        self._group = _groups()
        self._pools = np.argsort(chance.random((REGIONS, TAXA)), axis=1)[:, :POOL]
        self._ranks = {
            name: _zipf(size, exponent)
            for name, size, exponent in (
                ("place", PLACES, 0.85),
                ("observer", OBSERVERS, 0.95),
                ("dataset", DATASETS, 1.4),
                ("taxon", POOL, 0.9),
            )
        }
        self._species = pa.array([_species(taxon) for taxon in range(TAXA)])
        self._observers = pa.array([f"Observer {number:x}" for number in range(OBSERVERS)])
        self._datasets = pa.array(
            [str(uuid.UUID(int=int(part) << 64 | number))
             for number, part in enumerate(chance.integers(1, 2**62, DATASETS))]
        )  # fmt: skip

    def _drawn(self, ranks: NDArray[np.float64], size: int) -> NDArray[np.int64]:
        drawn = np.searchsorted(ranks, self._chance.random(size))
        return np.minimum(drawn, ranks.size - 1)

    def records(self, rows: int) -> pa.Table:
        """Return so many records, those of a visit together."""
        chance = self._chance
        visits = rows // PER_VISIT + 1
        place, observer, dataset = (
            self._drawn(self._ranks[name], visits) for name in ("place", "observer", "dataset")
        )
        year = 2026 - np.minimum(chance.exponential(6, visits).astype(np.int64), 90)
        month, day = chance.integers(1, 13, visits), chance.integers(1, 29, visits)
        of = np.sort(chance.integers(0, visits, rows))
        taxon = self._taxa(self._region[place[of]], self._group_of(visits)[of])
        shift = chance.normal(0, 0.004, (rows, 2))
        date = (year * 10_000 + month * 100 + day)[of]
        place, region = place[of], self._region[place[of]]
        return pa.table(
            {
                "datasetkey": self._datasets.take(pa.array(dataset[of])),
                **self._named(taxon),
                "occurrencestatus": self._rarely("ABSENT", "PRESENT", rows, 0.01),
                "countrycode": _texts(
                    [f"{a}{b}" for a in "ABCDE" for b in "ABCDEFGHIJ"], region % 50
                ),
                "decimallatitude": np.round(self._lat[place] + shift[:, 0], 5),
                "decimallongitude": np.round(self._lon[place] + shift[:, 1], 5),
                "coordinateuncertaintyinmeters": self._uncertainty(rows),
                "eventdate": pa.array(date).cast(pa.string()),
                "day": pa.array(day[of], pa.int32()),
                "month": pa.array(month[of], pa.int32()),
                "year": pa.array(year[of], pa.int32()),
                "taxonkey": pa.array(_key(0) + 7 * taxon, pa.int32()),
                "basisofrecord": self._rarely(
                    "PRESERVED_SPECIMEN", "HUMAN_OBSERVATION", rows, 0.05
                ),
                "recordedby": self._observers.take(pa.array(observer[of])),
                "license": _texts(["CC0_1_0", "CC_BY_4_0", "CC_BY_NC_4_0"], (dataset % 3)[of]),
            }
        )

    def _group_of(self, visits: int) -> NDArray[np.int64]:
        """Return what each visit is about: six in seven of its records are of it."""
        return self._chance.choice(len(GROUPS), visits, p=SHARES)

    def _taxa(self, region: NDArray[np.int64], group: NDArray[np.int64]) -> NDArray[np.int64]:
        taxon = self._pools[region, self._drawn(self._ranks["taxon"], region.size)]
        for _ in range(4):
            other = (self._group[taxon] != group) & (self._chance.random(region.size) < 6 / 7)
            again = self._drawn(self._ranks["taxon"], int(other.sum()))
            taxon[other] = self._pools[region[other], again]
        return taxon

    def _named(self, taxon: NDArray[np.int64]) -> dict[str, Any]:
        group = self._group[taxon]
        return {
            "kingdom": _texts(["Animalia"] * (len(GROUPS) - 1) + ["Plantae"], group),
            "class": _texts([name or "Magnoliopsida" for name, _ in GROUPS], group),
            "species": self._species.take(pa.array(taxon)),
            "taxonrank": _texts(["SPECIES"], np.zeros_like(taxon)),
        }

    def _rarely(self, rare: str, else_: str, rows: int, share: float) -> pa.Array:
        return _texts([else_, rare], (self._chance.random(rows) < share).astype(np.int64))

    def _uncertainty(self, rows: int) -> pa.Array:
        metres = self._chance.lognormal(4, 1.7, rows)
        return pa.array(metres, mask=self._chance.random(rows) < 0.3)


def _texts(values: list[str], places: NDArray[np.int64]) -> pa.Array:
    return pa.array(values).take(pa.array(places))
