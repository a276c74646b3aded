"""The outside shapes: JSON ↔ domain, version 1, the same at every door.

Field names are the contract's. Scores and occurrences are rounded to 4 decimals here and nowhere
else; absence is ``null``.
"""

from fieldmark.wire.answers import (
    AnswerOut,
    IdentifiedOut,
    answer_out,
    answer_schema,
    identified_out,
    note_out,
)
from fieldmark.wire.areas import AreaOut, area_out
from fieldmark.wire.cells import CellsOut, cells_inside, widest_cells
from fieldmark.wire.deferral import DEFERRED, deferred_entry, deferred_fields
from fieldmark.wire.encoding import encode
from fieldmark.wire.geometry import OutlineOut, cell_outline, range_outline
from fieldmark.wire.invocation import (
    InvocationIn,
    InvocationOut,
    ask_of,
    invocation_of,
    outcome_of,
    read_invocation,
)
from fieldmark.wire.keeping import (
    FeedbackOut,
    answer_of_document,
    feedback_out,
    journal_document,
)
from fieldmark.wire.language import in_language
from fieldmark.wire.metadata import MetadataOut, metadata_out
from fieldmark.wire.places import PlacesOut, places_out
from fieldmark.wire.problems import FailureOut, ProblemOut, error_of
from fieldmark.wire.reading import answer_of
from fieldmark.wire.requests import FeedbackIn, ReceiptOut, UploadIn, UploadOut, upload_out
from fieldmark.wire.taxa import (
    TaxaOut,
    TaxonDetailOut,
    TaxonOut,
    taxa_out,
    taxon_detail_out,
    taxon_out,
)

__all__ = [
    "DEFERRED",
    "AnswerOut",
    "AreaOut",
    "CellsOut",
    "FailureOut",
    "FeedbackIn",
    "FeedbackOut",
    "IdentifiedOut",
    "InvocationIn",
    "InvocationOut",
    "MetadataOut",
    "OutlineOut",
    "PlacesOut",
    "ProblemOut",
    "ReceiptOut",
    "TaxaOut",
    "TaxonDetailOut",
    "TaxonOut",
    "UploadIn",
    "UploadOut",
    "answer_of",
    "answer_of_document",
    "answer_out",
    "answer_schema",
    "area_out",
    "ask_of",
    "cell_outline",
    "cells_inside",
    "deferred_entry",
    "deferred_fields",
    "encode",
    "error_of",
    "feedback_out",
    "identified_out",
    "in_language",
    "invocation_of",
    "journal_document",
    "metadata_out",
    "note_out",
    "outcome_of",
    "places_out",
    "range_outline",
    "read_invocation",
    "taxa_out",
    "taxon_detail_out",
    "taxon_out",
    "upload_out",
    "widest_cells",
]
