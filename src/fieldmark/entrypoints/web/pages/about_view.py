"""About this service: what it keeps and for how long, what it rests on, and how right it was."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from fieldmark.domain.area import Release
from fieldmark.entrypoints.web.pages.words import sources_of
from fieldmark.settings import Settings

__all__ = ["ACCURACY", "AboutView", "Accuracy", "about_view"]


@dataclass(frozen=True, slots=True)
class Accuracy:
    """How often the photo alone, and Fieldmark, were right, each with its 95 % interval."""

    what: str
    photos: int
    alone: str
    with_place: str


ACCURACY: Final = (
    Accuracy("the species is named first", 39, "90 % (76 to 96)", "90 % (76 to 96)"),
    Accuracy("the species is among the first three", 39, "92 % (80 to 97)", "95 % (83 to 99)"),
    Accuracy("the genus is named first", 43, "91 % (78 to 96)", "91 % (78 to 96)"),
)
"""As docs/benchmarks.md states them; a test compares the two."""


@dataclass(frozen=True, slots=True)
class AboutView:
    """What of the settings a visitor should know.

    ``release`` is None where the atlas does not answer; ``tiles_host`` where the map is our own;
    ``model`` is name and version, ``own_model`` whether it is the one that ships with Fieldmark.
    """

    keeps_answers: bool
    keeps_photos: bool
    days: str
    needs_key: bool
    tiles_host: str | None
    model: str
    own_model: bool
    atlas: str | None
    atlas_licence: str
    atlas_sources: tuple[str, ...]
    atlas_taxa: str
    accuracy: tuple[Accuracy, ...]


def about_view(
    settings: Settings, model: str, release: Release | None, *, keeps_answers: bool
) -> AboutView:
    """Return the view of a service with those settings, that model and that atlas."""
    days = settings.retention_days
    return AboutView(
        keeps_answers=keeps_answers,
        keeps_photos=keeps_answers and settings.keep_photos,
        days="one day" if days == 1 else f"{days:,} days",
        needs_key=bool(settings.api_keys),
        tiles_host=None if settings.tiles_url is None else urlsplit(settings.tiles_url).netloc,
        model=model,
        own_model=settings.model is None,
        atlas=None if release is None else release.name,
        atlas_licence="" if release is None else release.licence,
        atlas_sources=() if release is None else sources_of(release),
        atlas_taxa="" if release is None else f"{len(release.known):,}",
        accuracy=ACCURACY,
    )
