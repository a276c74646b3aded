"""Settings → running parts: the only place that picks adapters."""

from fieldmark.compose.areas import (
    announcement,
    area_store,
    atlas,
    cache,
    database_address,
    database_sessions,
    hurried_areas,
    live_overrides,
    patient_areas,
    tiered,
)
from fieldmark.compose.bundled import (
    BUNDLES,
    DEFAULT_MODEL,
    PLACES,
    STARTER_ATLAS,
    examples,
    gazetteer,
)
from fieldmark.compose.identifying import (
    classifier,
    identifier,
    local_identifier,
    model_card,
    model_path,
    names,
)
from fieldmark.compose.keeping import blobs, journal, keeper, objects, photo_limits, uploads
from fieldmark.compose.observing import function_observer, observer
from fieldmark.compose.releases import release_at

__all__ = [
    "BUNDLES",
    "DEFAULT_MODEL",
    "PLACES",
    "STARTER_ATLAS",
    "announcement",
    "area_store",
    "atlas",
    "blobs",
    "cache",
    "classifier",
    "database_address",
    "database_sessions",
    "examples",
    "function_observer",
    "gazetteer",
    "hurried_areas",
    "identifier",
    "journal",
    "keeper",
    "live_overrides",
    "local_identifier",
    "model_card",
    "model_path",
    "names",
    "objects",
    "observer",
    "patient_areas",
    "photo_limits",
    "release_at",
    "tiered",
    "uploads",
]
