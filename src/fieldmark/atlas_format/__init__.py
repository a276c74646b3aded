"""The form of a release: what the builder writes, the stores read and the caches carry.

A release is one SQLite file or one set of PostgreSQL rows (``tables``). What matters is packed: a
*record* holds all that a release knows of one cell (``records``), a *range* all cells and months of
one taxon (``ranges``), a *family* the records of cells that share a parent, as they are kept
(``families``); caches also carry what a release says and blocks of its taxa (``blocks``); all are
sealed alike (``envelope``). docs/decisions/0002 says why.
"""

from fieldmark.atlas_format.blocks import pack_release, pack_taxa, unpack_release, unpack_taxa
from fieldmark.atlas_format.cells import parents_of, resolutions_of
from fieldmark.atlas_format.envelope import FORMAT_VERSION
from fieldmark.atlas_format.families import (
    cell_at,
    check_family,
    dictionary_of,
    family_of,
    pack_family,
    records_of,
    siblings_of,
    unpack_family,
)
from fieldmark.atlas_format.overrides import read_overrides
from fieldmark.atlas_format.ranges import pack_cells, pack_range, unpack_cells, unpack_range
from fieldmark.atlas_format.records import (
    MAX_COUNT,
    QUANTA,
    pack_record,
    pack_rows,
    unpack_record,
)
from fieldmark.atlas_format.tables import (
    APPLICATION_ID,
    SCHEMA,
    release_of,
    release_rows,
    taxa_of,
)

__all__ = [
    "APPLICATION_ID",
    "FORMAT_VERSION",
    "MAX_COUNT",
    "QUANTA",
    "SCHEMA",
    "cell_at",
    "check_family",
    "dictionary_of",
    "family_of",
    "pack_cells",
    "pack_family",
    "pack_range",
    "pack_record",
    "pack_release",
    "pack_rows",
    "pack_taxa",
    "parents_of",
    "read_overrides",
    "records_of",
    "release_of",
    "release_rows",
    "resolutions_of",
    "siblings_of",
    "taxa_of",
    "unpack_cells",
    "unpack_family",
    "unpack_range",
    "unpack_record",
    "unpack_release",
    "unpack_taxa",
]
