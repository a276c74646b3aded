"""What makes a sound release doubtful: figures that records of nature do not give.

The checks before these ask whether a release is whole; these ask whether to believe it. Each names
what it measured and from where on it doubts. Who built it may know better and publish all the same.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

import h3.api.basic_int as h3
import numpy as np
from numpy.typing import NDArray

from fieldmark.atlas.content import ReleaseContent
from fieldmark.atlas.diff import Extent, extents
from fieldmark.atlas_format import unpack_record
from fieldmark.domain.area import MONTHS
from fieldmark.errors import AtlasBroken, CheckFailed

__all__ = ["doubts", "doubts_after", "refuse_doubtful"]

_SHOWN: Final = 5
_LEAST_EXPECTED_SHARE: Final = 0.5
"""Of the taxa; the rest would be listed everywhere and expected nowhere."""

_MOST_IN_A_MONTH: Final = 0.6
"""Of the visits of a year: beyond it, dates that were not known stand as the first of January."""

_VISITS_THAT_TELL: Final = 1_000
_LONGER_THAN_AROUND: Final = 5.0
"""Times the median list of the cells around: one wrong upload puts hundreds of animals in a city
(gbif/portal-feedback 3529: 600 impossible birds in Lagos on one day)."""

_SHORT_LIST: Final = 20
_RING: Final = 2
_MOST_TAXA_LOST: Final = 0.1
_MOST_CELLS_LOST: Final = 0.2
_MOST_LIST_CHANGE: Final = 2.0


def refuse_doubtful(found: Sequence[str]) -> None:
    """Refuse a release of which something was found.

    Raises:
        CheckFailed: something was; the text lists what.
    """
    if found:
        listed = "".join(f"\n  - {line}" for line in found)
        raise CheckFailed(
            f"the release is doubtful and was not published:{listed}\n"
            "where you know better, --despite-doubts publishes it all the same"
        )


def doubts(content: ReleaseContent) -> list[str]:
    """Return what is doubtful about a release, in words."""
    seen = _Seen.of(content)
    return [line for check in _CHECKS for line in check(seen)]


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """What the records of the base cells say; each is unpacked once, and none is kept.

    ``base`` is the number of the record of each base cell; ``lengths`` how many taxa are expected
    in a cell in its best month, by that number; ``expected`` ``[T]`` whether a taxon is anywhere;
    ``visits`` ``[12]`` all visits by month, zeros where the release was not built from records.
    """

    base: Mapping[int, int]
    lengths: Mapping[int, int]
    expected: NDArray[np.bool_]
    visits: NDArray[np.float64]

    @classmethod
    def of(cls, content: ReleaseContent) -> Self:
        release = content.release
        base = {
            c: n for c, n in content.cells.items() if h3.get_resolution(c) == release.resolution
        }
        lengths: dict[int, int] = {}
        expected, visits = np.zeros(release.known.size, dtype=bool), np.zeros(MONTHS)
        for number, cells in sorted(Counter(base.values()).items()):
            record = unpack_record(content.records[number])
            somewhere = (record.occurrence >= release.expected_from).any(axis=1)
            lengths[number] = int(somewhere.sum())
            expected[np.searchsorted(release.known, record.taxon_ids[somewhere])] = True
            if record.effort is not None:
                visits += cells * record.effort
        return cls(base, lengths, expected, visits)


def _most_taxa_are_expected_somewhere(seen: _Seen) -> Iterator[str]:
    expected = seen.expected
    if expected.size and expected.mean() < _LEAST_EXPECTED_SHARE:
        yield (
            f"only {expected.sum():,} of {expected.size:,} taxa are expected anywhere (at least "
            f"{_LEAST_EXPECTED_SHARE:.0%} should be): records are too few, or the sources do not "
            "hold these animals"
        )


def _visits_spread_over_the_year(seen: _Seen) -> Iterator[str]:
    total = float(seen.visits.sum())
    if total >= _VISITS_THAT_TELL and seen.visits.max() > _MOST_IN_A_MONTH * total:
        month = int(seen.visits.argmax()) + 1
        yield (
            f"{seen.visits.max() / total:.0%} of all visits fall into month {month} (at most "
            f"{_MOST_IN_A_MONTH:.0%} should): look for dates that only stand for a year"
        )


def _no_list_sticks_out(seen: _Seen) -> Iterator[str]:
    if not seen.visits.any():
        return
    odd = []
    for cell, number in seen.base.items():
        length = seen.lengths[number]
        if length < _LONGER_THAN_AROUND * _SHORT_LIST:
            continue
        around = [seen.lengths[seen.base[c]] for c in h3.grid_disk(cell, _RING)
                  if c in seen.base and c != cell]  # fmt: skip
        usual = float(np.median(around)) if around else 0.0
        if around and length > _LONGER_THAN_AROUND * max(usual, _SHORT_LIST):
            odd.append(f"{cell:x} expects {length} animals, the cells around it {usual:.0f}")
    if odd:
        more = f" and {len(odd) - _SHOWN:,} more cells" if len(odd) > _SHOWN else ""
        yield (
            f"lists that stick out by more than {_LONGER_THAN_AROUND:g} times: "
            f"{'; '.join(odd[:_SHOWN])}{more}: look for one upload with a wrong place"
        )


def doubts_after(before: Path, after: ReleaseContent) -> list[str]:
    """Return what is doubtful about a release by the one in a file that it replaces, in words.

    Nothing is where that file is missing or no readable release.
    """
    try:
        was, is_now = extents(before, after)
    except AtlasBroken:
        return []
    return list(_losses(was, is_now))


def _losses(was: Extent, is_now: Extent) -> Iterator[str]:
    known, removed = was.known.size, np.setdiff1d(was.known, is_now.known).size
    if removed > _MOST_TAXA_LOST * known:
        yield (
            f"{removed:,} of {known:,} taxa of {was.name} are gone (at most "
            f"{_MOST_TAXA_LOST:.0%} should be)"
        )
    cells, lost = was.cells.size, np.setdiff1d(was.cells, is_now.cells).size
    if lost > _MOST_CELLS_LOST * cells:
        yield (
            f"{lost:,} of {cells:,} cells of {was.name} have no record any more (at most "
            f"{_MOST_CELLS_LOST:.0%} should)"
        )
    change = is_now.list_length / was.list_length if was.list_length else 1.0
    if not 1 / _MOST_LIST_CHANGE <= change <= _MOST_LIST_CHANGE:
        yield (
            f"the median list went from {was.list_length:.0f} to {is_now.list_length:.0f} animals "
            f"(by at most {_MOST_LIST_CHANGE:g} times it should)"
        )


_CHECKS: Final[tuple[Callable[[_Seen], Iterator[str]], ...]] = (
    _most_taxa_are_expected_somewhere,
    _visits_spread_over_the_year,
    _no_list_sticks_out,
)
