"""Every note that reading a photo can give: the codes are stable, the texts are for people."""

from typing import Final

from fieldmark.domain.note import Note

__all__ = [
    "METADATA_UNREADABLE",
    "PHOTO_FIRST_OF_MANY",
    "PHOTO_TIME_HAS_NO_ZONE",
    "PHOTO_TIME_INVALID",
    "PHOTO_TRUNCATED",
    "POSITION_COARSE",
    "POSITION_INCOMPLETE",
    "POSITION_MALFORMED",
    "POSITION_NULL_ISLAND",
    "POSITION_OUT_OF_RANGE",
    "POSITION_WITHOUT_HEMISPHERE",
    "first_of_many",
    "metadata_unreadable",
    "position_coarse",
    "position_incomplete",
    "position_malformed",
    "position_null_island",
    "position_out_of_range",
    "position_without_hemisphere",
    "time_has_no_zone",
    "time_invalid",
    "truncated",
]

METADATA_UNREADABLE: Final = "metadata-unreadable"
POSITION_COARSE: Final = "position-coarse"
POSITION_INCOMPLETE: Final = "position-incomplete"
POSITION_MALFORMED: Final = "position-malformed"
POSITION_NULL_ISLAND: Final = "position-null-island"
POSITION_OUT_OF_RANGE: Final = "position-out-of-range"
POSITION_WITHOUT_HEMISPHERE: Final = "position-without-hemisphere"
PHOTO_FIRST_OF_MANY: Final = "photo-first-of-many"
PHOTO_TIME_HAS_NO_ZONE: Final = "photo-time-has-no-zone"
PHOTO_TIME_INVALID: Final = "photo-time-invalid"
PHOTO_TRUNCATED: Final = "photo-truncated"

_QUOTE_CHARACTERS: Final = 40


def metadata_unreadable(what: str) -> Note:
    """Say that a block of metadata is broken, and how."""
    return Note(METADATA_UNREADABLE, f"Part of the photo's metadata is not used: {what}.")


def position_coarse() -> Note:
    """Say that the seconds of the position are unknown."""
    return Note(POSITION_COARSE, "The photo states its position to whole minutes only.")


def position_incomplete(present: str, absent: str) -> Note:
    """Say that one of the two coordinates is missing."""
    return Note(
        POSITION_INCOMPLETE,
        f"The photo's position is not used: it has a {present} and no {absent}.",
    )


def position_malformed(axis: str, why: str) -> Note:
    """Say that a coordinate is not a number."""
    return Note(POSITION_MALFORMED, f"The photo's position is not used: its {axis} {why}.")


def position_null_island() -> Note:
    """Say that the position is exactly 0, 0, which cameras write without a fix."""
    return Note(
        POSITION_NULL_ISLAND,
        "The photo's position is not used: it is exactly 0, 0, which cameras write without a fix.",
    )


def position_out_of_range(axis: str, degrees: float, limit: float) -> Note:
    """Say that a coordinate does not exist on Earth."""
    return Note(
        POSITION_OUT_OF_RANGE,
        f"The photo's position is not used: its {axis} is {degrees:.10g} degrees;"
        f" at most {limit:g} exist.",
    )


def position_without_hemisphere(axis: str, hemispheres: str) -> Note:
    """Say that nothing tells north from south or east from west."""
    return Note(
        POSITION_WITHOUT_HEMISPHERE,
        f"The photo's position is not used: its {axis} says neither {hemispheres[0]}"
        f" nor {hemispheres[1]}.",
    )


def time_has_no_zone() -> Note:
    """Say that the time is local and its zone unknown."""
    return Note(
        PHOTO_TIME_HAS_NO_ZONE,
        "The photo's time has no zone; it is taken as the local time of the place.",
    )


def time_invalid(stated: str) -> Note:
    """Say that the stated time does not exist."""
    return Note(
        PHOTO_TIME_INVALID,
        f"The photo's time is not used: {stated[:_QUOTE_CHARACTERS]!r} is no date and time.",
    )


def first_of_many() -> Note:
    """Say that the photo holds several pictures and only the first was looked at."""
    return Note(
        PHOTO_FIRST_OF_MANY, "The photo holds several pictures; only the first was looked at."
    )


def truncated(share: float | None) -> Note:
    """Say how much of a cut-off photo there is; None for all of it, coarsely."""
    there = (
        "it is whole but coarse"
        if share is None
        else f"{min(int(100 * share), 99)}% of it is there"
    )
    return Note(PHOTO_TRUNCATED, f"The photo is cut off: {there}.")
