"""The sources of a build, opened: which of them hold records, and how those are taken."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from fieldmark.atlas.build_spec import BuildSpec, SourceSpec
from fieldmark.atlas.records.clean import CleaningSpec
from fieldmark.atlas.records.nearby import bundled_places, read_institutions
from fieldmark.atlas.records.survey import SurveySpec, Weighed
from fieldmark.atlas.records.synonyms import SHIPPED, read_synonyms
from fieldmark.atlas.sources import RecordSource, Source, open_source
from fieldmark.errors import SourceBroken

__all__ = ["OpenedSources", "open_sources", "survey_spec"]

_FINE: Final = 4
_COARSE: Final = 3
"""The resolution of a release unless told: records say more of a place than ranges do."""


@dataclass(frozen=True, slots=True)
class OpenedSources:
    """Sources, each with what was said of it, in the order in which they were named."""

    all: Sequence[tuple[SourceSpec, Source | RecordSource]]

    @property
    def records(self) -> list[Weighed]:
        """Those that hold records."""
        return [Weighed(one, spec.weight) for spec, one in self.all if _holds_records(one)]  # type: ignore[arg-type]

    @property
    def ranges(self) -> list[Source]:
        """The others."""
        return [one for _, one in self.all if not _holds_records(one)]  # type: ignore[misc]


def open_sources(spec: BuildSpec) -> tuple[BuildSpec, OpenedSources]:
    """Return the sources, and the same build at the resolution that they call for.

    Raises:
        SourceBroken: there is none, or one cannot be read.
    """
    if not spec.sources:
        raise SourceBroken("an atlas needs one source at least")
    opened = OpenedSources([(one, open_source(one.address, one.as_)) for one in spec.sources])
    return spec.at(_FINE if opened.records else _COARSE), opened


def survey_spec(spec: BuildSpec) -> SurveySpec:
    """Return how the records of a build are taken.

    Raises:
        SourceBroken: its synonyms or institutions cannot be read.
    """
    places = bundled_places()
    if spec.institutions is not None:
        places = [*places, *read_institutions(spec.institutions)]
    return SurveySpec(
        resolution=spec.resolution,
        cleaning=CleaningSpec.at(spec.resolution, spec.years, spec.licences),
        synonyms=read_synonyms(SHIPPED, *spec.synonyms),
        places=places,
    )


def _holds_records(source: Source | RecordSource) -> bool:
    return hasattr(source, "stage")
