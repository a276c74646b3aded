"""The first page: what was typed, what was wrong with it, and the examples."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from fieldmark.entrypoints.web.pages.examples import EXAMPLES, Example
from fieldmark.wire.problems import ProblemOut

__all__ = ["Fields", "IdentifyView", "identify_view"]

_LONGEST: Final = 200


@dataclass(frozen=True, slots=True)
class Fields:
    """What was typed, as it was typed; a photo cannot be put back into a form."""

    place: str = ""
    latitude: str = ""
    longitude: str = ""
    radius_m: str = ""
    taken_on: str = ""
    use_area: str = "auto"
    setting: str = "wild"


@dataclass(frozen=True, slots=True)
class IdentifyView:
    """The form as it was typed, what was wrong with it, and the examples."""

    fields: Fields
    problem: ProblemOut | None
    examples: tuple[Example, ...]


def identify_view(
    typed: Mapping[str, str] | None = None, problem: ProblemOut | None = None
) -> IdentifyView:
    """Return the view of the form, empty or as it was typed, with what was wrong."""
    names = Fields.__dataclass_fields__
    kept = {name: text[:_LONGEST] for name, text in (typed or {}).items() if name in names}
    return IdentifyView(Fields(**kept), problem, EXAMPLES)
