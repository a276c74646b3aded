"""What is remarked where an area says less than it could, or nothing."""

from typing import Final

from fieldmark.domain.note import Note

__all__ = ["FALLBACKS", "NOT_PUBLISHED", "OUTDATED", "UNAVAILABLE", "WAKING", "WITHHELD"]

FALLBACKS: Final = {
    "starter": Note(
        "area-from-starter-atlas",
        "The area comes from the coarse starter atlas, compiled by hand; "
        "build your own from occurrence records for finer answers.",
    ),
    "coarser": Note(
        "area-coarser",
        "The position is uncertain over so large a circle that coarser cells speak for it.",
    ),
    "parent": Note(
        "area-from-parent-cell",
        "The atlas has nothing on the exact cell; the wider cell around it speaks for it.",
    ),
    "year": Note(
        "area-without-month",
        "No date is known, so each animal is judged by its best month here; give a date.",
    ),
    "stale": Note(
        "area-stale",
        "The features database did not answer in time; an older copy of the area was used.",
    ),
}

WITHHELD: Final = Note(
    "area-withholds",
    "Some animals are listed nowhere, because telling where they live would harm them.",
)
OUTDATED: Final = Note(
    "overrides-outdated",
    "What people said against the atlas cannot be read as it stands now; what could be read last "
    "is used.",
)
UNAVAILABLE: Final = Note(
    "area-unavailable",
    "The features database did not answer in time; the photo alone answers.",
)
NOT_PUBLISHED: Final = Note(
    "area-unavailable",
    "No atlas was published to the features database yet; the photo alone answers.",
)
WAKING: Final = Note(
    "area-unavailable",
    "The features database is waking up, so the photo alone answers; ask again in half a minute.",
)
