"""The site: what every page knows of the service that serves it."""

from dataclasses import dataclass

__all__ = ["Site"]


@dataclass(frozen=True, slots=True)
class Site:
    """What every page knows of the service.

    ``journal``: answers are kept and have permanent links; ``keeps_photos``: photos as well;
    ``resolution``: that of the atlas's cells, None where there is no atlas; ``tiles_url`` and
    ``tiles_credit``: a tile server in place of the bundled land.
    """

    model: str
    atlas: str | None
    resolution: int | None
    journal: bool
    keeps_photos: bool
    max_photo_bytes: int
    docs_url: str = "/docs"
    tiles_url: str | None = None
    tiles_credit: str | None = None
