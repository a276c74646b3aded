"""A small release for tests: two taxa over the Kruger lowveld and the sea beside it."""

from typing import Final

import h3.api.basic_int as h3
import numpy as np

from animals import AXOLOTL, JAGUAR, LION, cell_record
from fieldmark.atlas.content import ReleaseContent
from fieldmark.atlas_format import pack_range, pack_record
from fieldmark.domain.area import Release

KRUGER: Final = h3.latlng_to_cell(-24.99, 31.55, 3)
ATLANTIC: Final = h3.latlng_to_cell(0.0, -30.0, 3)
PACIFIC: Final = h3.latlng_to_cell(0.0, -140.0, 3)
SUMMER: Final = [1.0] * 3 + [0.0] * 9

RELEASE: Final = Release(
    name="starter-2026.11",
    resolution=3,
    coarsest=0,
    expected_from=0.1,
    known=np.array(sorted((LION.id, JAGUAR.id)), dtype=np.int32),
    starter=True,
    licence="CC0-1.0",
    sources=("ranges.csv", "Natural Earth"),
    built_on="2026-11-23",
)

KRUGER_RECORD: Final = pack_record(cell_record({LION: 1.0, JAGUAR: SUMMER}))
ATLANTIC_RECORD: Final = pack_record(cell_record({}))
RECORDS: Final = {KRUGER: KRUGER_RECORD, ATLANTIC: ATLANTIC_RECORD}
TAXA: Final = {LION.id: LION, JAGUAR.id: JAGUAR}
RANGES: Final = {LION.id: {KRUGER: 0b1111_1111_1111}, JAGUAR.id: {KRUGER: 0b111}}
UNKNOWN: Final = AXOLOTL.id

CONTENT: Final = ReleaseContent(
    release=RELEASE,
    taxa=[TAXA[id_] for id_ in sorted(TAXA)],
    records=list(RECORDS.values()),
    cells={cell: position for position, cell in enumerate(RECORDS)},
    ranges={id_: pack_range(cells) for id_, cells in RANGES.items()},
)
