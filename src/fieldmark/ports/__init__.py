"""The outside world as the pipeline sees it: one Protocol per outside thing.

An adapter that implements one of these is held to it by the contract suite in ``tests/contract``.
Times are seconds, sizes bytes. A port raises ``Unavailable`` where a retry may help and a
``SetupError`` where it cannot; no error of a vendor passes.
"""

from fieldmark.ports.areas import AreaStore, Cache, FoundAreas, Tier
from fieldmark.ports.identifying import (
    Classifier,
    Identifier,
    Question,
    StoredPhoto,
    UseArea,
)
from fieldmark.ports.keeping import (
    BlobStore,
    Entry,
    Feedback,
    Journal,
    Judgement,
    UploadForm,
    Uploads,
    Verdict,
)
from fieldmark.ports.objects import Objects
from fieldmark.ports.observing import Observer
from fieldmark.ports.places import Gazetteer, Place

__all__ = [
    "AreaStore",
    "BlobStore",
    "Cache",
    "Classifier",
    "Entry",
    "Feedback",
    "FoundAreas",
    "Gazetteer",
    "Identifier",
    "Journal",
    "Judgement",
    "Objects",
    "Observer",
    "Place",
    "Question",
    "StoredPhoto",
    "Tier",
    "UploadForm",
    "Uploads",
    "UseArea",
    "Verdict",
]
