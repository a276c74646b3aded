"""What a release file says of itself, and how much it holds."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import h3.api.basic_int as h3
import numpy as np

from fieldmark.atlas.account import Account
from fieldmark.atlas.content import ReleaseContent, read_content
from fieldmark.atlas_format import unpack_record
from fieldmark.domain.area import Release

__all__ = ["ReleaseInfo", "release_info"]


@dataclass(frozen=True, slots=True, eq=False)
class ReleaseInfo:
    """``cells`` counts by resolution; list lengths are taxa per base cell in a year.

    ``account`` says what became of the sources, where the release keeps it.
    """

    release: Release
    size_bytes: int
    taxa: int
    cells: Mapping[int, int]
    records: int
    median_record_bytes: int
    shortest_list: int
    median_list: int
    longest_list: int
    account: Account | None = None


def release_info(path: Path) -> ReleaseInfo:
    """Return what the release file says of itself.

    Raises:
        AtlasBroken: the file is missing or no readable release.
    """
    content = read_content(path)
    lengths = _list_lengths(content)
    return ReleaseInfo(
        release=content.release,
        size_bytes=path.stat().st_size,
        taxa=len(content.taxa),
        cells=dict(sorted(Counter(map(h3.get_resolution, content.cells)).items())),
        records=len(content.records),
        median_record_bytes=int(np.median([len(packed) for packed in content.records])),
        shortest_list=int(lengths.min()),
        median_list=int(np.median(lengths)),
        longest_list=int(lengths.max()),
        account=content.account,
    )


def _list_lengths(content: ReleaseContent) -> "np.typing.NDArray[np.int64]":
    by_record = [unpack_record(packed).taxon_ids.size for packed in content.records]
    base = content.release.resolution
    return np.array(
        [by_record[n] for cell, n in content.cells.items() if h3.get_resolution(cell) == base]
    )
