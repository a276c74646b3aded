"""An errand to Athena: a survey whose counting somebody with an account runs elsewhere.

It is asked three times, and knows from its folder where it stands: the names of the snapshot are
asked for, then the counts, then they are read.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from fieldmark.atlas.engines import Engine
from fieldmark.atlas.engines.athena import AthenaScript
from fieldmark.atlas.records.athena_stage import AthenaPlace, NextStep, Stage
from fieldmark.atlas.records.count import MatchedSource
from fieldmark.atlas.records.nearby import bundled_places
from fieldmark.atlas.records.script import count_script, names_script
from fieldmark.atlas.records.survey import (
    ReadSource,
    Survey,
    SurveySpec,
    Weighed,
    matched,
    surveyed,
)
from fieldmark.atlas.taxa import Taxa

__all__ = ["Errand"]


@dataclass(frozen=True, slots=True, eq=False)
class Errand:
    """What is asked: as ``survey`` has it, of one snapshot of GBIF's, by way of that place."""

    place: AthenaPlace
    weighed: Weighed
    taxa: Taxa | None
    spec: SurveySpec

    def next_step(self, scratch: Path) -> NextStep | None:
        """Write what is to be written next and say what to do with it; None once all is fetched.

        Args:
            scratch: an empty folder.

        Raises:
            SourceBroken: what was written or fetched before is for something else, or not whole.
            ExtraMissing, OSError: as ``survey``.
        """
        names, counts = self._stage("names"), self._stage("count")
        self._ask_names(scratch)
        if not names.fetched:
            return names.next_step
        if counts.fetched:
            return None
        self._ask_counts(scratch)
        return counts.next_step

    def survey(self, engine: Engine, scratch: Path) -> Survey:
        """Return what the records found, by cell, from what was fetched.

        Args:
            engine: what reads it.
            scratch: an empty folder.

        Raises:
            SourceBroken, ExtraMissing, OSError: as ``next_step``; or something is still to be done.
        """
        self._ask_names(scratch)
        taxa, read, source = self._ask_counts(scratch)
        counts = self._stage("count").fetched.counts(engine, source)
        return surveyed(engine, counts, [read], taxa, self.spec.resolution)

    def _stage(self, name: Literal["names", "count"]) -> Stage:
        return Stage(self.place, name)

    def _ask_names(self, scratch: Path) -> None:
        stage = self._stage("names")
        script = stage.draft(scratch)
        read = self._read(script, names=None)
        names_script(script, read.staged.names(read.tables))
        stage.settle(script, scratch)

    def _ask_counts(self, scratch: Path) -> tuple[Taxa, ReadSource, MatchedSource]:
        stage = self._stage("count")
        script = stage.draft(scratch)
        read = self._read(script, self._stage("names").fetched.names())
        taxa, (source,) = matched([read], self.taxa, self.spec)
        places = bundled_places() if self.spec.places is None else self.spec.places
        count_script(script, source, self.spec.cleaning, places)
        stage.settle(script, scratch)
        return taxa, read, source

    def _read(self, script: AthenaScript, names: Any) -> ReadSource:  # noqa: ANN401 - Arrow
        """Return the source with its tables in Athena; nothing of it is read here."""
        staged = self.weighed.source.stage(self.place.folder)
        tables = {name: script.parquet(paths) for name, paths in staged.tables.items()}
        return ReadSource(self.weighed, staged, tables, names)
