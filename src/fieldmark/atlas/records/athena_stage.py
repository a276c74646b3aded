"""The two stages of counting on Athena: what is written for each, where, and for what.

A stage is a folder, and a file of all its statements. What that file was written for is what it
says, and the tables beside it: what is asked for later must come to the same, byte by byte and
row by row, or what is fetched would be of something else.
"""

import hashlib
import re
import shlex
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import pyarrow as pa
import pyarrow.parquet as pq

from fieldmark.atlas.engines.athena import AthenaScript
from fieldmark.atlas.records.fetched import Fetched
from fieldmark.errors import SourceBroken

__all__ = ["AthenaPlace", "NextStep", "Stage"]

_ADDRESS: Final = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[A-Za-z0-9_.=-]+)+")
_RUN: Final = Path(__file__).parents[1] / "engines" / "athena_run.sh"
_END: Final = ";\n\n"
_NAMES: Final = "--taxa, --synonyms or the names that were fetched"
_WHY: Final = {
    "gbif": "the snapshot",
    "near": "--institutions",
    "names_0": _NAMES,
    "labels": _NAMES,
    "masks": _NAMES,
    "sightings_by_source": "--years, --licences or --resolution",
}
"""What an option is told by: the statement that holds it, or the table to upload."""


@dataclass(frozen=True, slots=True)
class AthenaPlace:
    """``bucket`` is an ``s3://`` address of one's own, for one build; ``folder`` is here."""

    bucket: str
    folder: Path

    def __post_init__(self) -> None:
        if not _ADDRESS.fullmatch(self.bucket):
            raise SourceBroken(
                f"--athena-bucket {self.bucket!r}: write s3://BUCKET/FOLDER, a place of your own "
                "for this build, of letters, digits and . _ = -"
            )


@dataclass(frozen=True, slots=True)
class NextStep:
    """What was written, and the commands that are to be given before the build is asked again."""

    written: Path
    gives: str
    commands: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Stage:
    """One of the two, at its place."""

    place: AthenaPlace
    name: Literal["names", "count"]

    @property
    def folder(self) -> Path:
        """Where its statements are, each in a file, its tables and what was fetched."""
        return self.place.folder / self.name

    @property
    def sql(self) -> Path:
        """The file of all its statements; it is there once all else is."""
        return self.place.folder / f"{self.name}.sql"

    @property
    def address(self) -> str:
        """Where it writes in the bucket."""
        return f"{self.place.bucket}/{self.name}"

    @property
    def fetched(self) -> Fetched:
        """What was fetched."""
        here = shlex.quote(str(self.folder / "out"))
        return Fetched(self.folder / "out", f"aws s3 sync --delete {self.address}/out {here}")

    @property
    def next_step(self) -> NextStep:
        """What is to be done with what was written."""
        here = self.folder / "tables"
        upload = f"aws s3 sync {shlex.quote(str(here))} {self.address}/tables"
        run = f"sh {shlex.quote(str(self.folder / 'run.sh'))}"
        commands = (*([upload] if here.is_dir() else []), run, self.fetched.again)
        return NextStep(self.sql, "the names" if self.name == "names" else "the counts", commands)

    def draft(self, scratch: Path) -> AthenaScript:
        """Return an empty script, whose tables go into a folder of that one."""
        digest = hashlib.sha256(self.place.bucket.encode()).hexdigest()[:8]
        return AthenaScript(self.address, scratch / self.name, f"fieldmark_{self.name}_{digest}")

    def settle(self, script: AthenaScript, scratch: Path) -> None:
        """Write the script down, or see that it says what was written before.

        Raises:
            SourceBroken: it says something else.
            OSError: it cannot be written.
        """
        tables = scratch / self.name / "tables"
        if self.sql.exists():
            self._require_same(script, tables)
            return
        if self.folder.exists():
            raise SourceBroken(
                f"{self.folder} is there, and {self.sql}, which says what for, is not: remove the "
                "folder, or take another --athena-folder"
            )
        self._write(script, tables)

    def _write(self, script: AthenaScript, tables: Path) -> None:
        new = self.place.folder / f".{self.name}.new"
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(parents=True)
        if tables.is_dir():
            shutil.copytree(tables, new / "tables")
        for number, one in enumerate(script.statements, start=1):
            file = new / f"{number:02}-{one.kind}-{one.name}.sql"
            file.write_text(f"{one.text}\n", encoding="utf-8")
        head = f"#!/bin/sh\nplace='{self.address}'\ndatabase='{script.database}'\n"
        (new / "run.sh").write_text(head + _RUN.read_text(encoding="utf-8"), encoding="utf-8")
        (new / "all").write_text(script.script(), encoding="utf-8")
        new.rename(self.folder)
        (self.folder / "all").rename(self.sql)

    def _require_same(self, script: AthenaScript, tables: Path) -> None:
        written = self.sql.read_text(encoding="utf-8")
        changed = _changed_statements(written, script) | self._changed_tables(tables)
        if not changed:
            return
        why = ["--athena-bucket"] if f"'{self.address}/" not in written else []
        why = why or sorted({_WHY[name] for name in changed & _WHY.keys()})
        why = why or ["--weight, or Fieldmark itself,"]
        raise SourceBroken(
            f"{self.sql} was written for something else: {' and '.join(why)} changed since. Give "
            f"the same as then; or give up what it counted, by `sh {self.folder}/run.sh undo`, and "
            "then give this command again"
        )

    def _changed_tables(self, tables: Path) -> set[str]:
        there = {path.name for path in (self.folder / "tables").glob("*")}
        names = there | {path.name for path in tables.glob("*")}
        return {name for name in names if not _same(self.folder / "tables" / name, tables / name)}


def _changed_statements(written: str, script: AthenaScript) -> set[str]:
    before = written.split(_END)
    now = [*((one.name, one.text) for one in script.statements), ("", "")]
    if len(before) != len(now):
        return {name for name, text in now if text not in before} or {""}
    return {name for (name, text), old in zip(now, before, strict=True) if text != old}


def _same(one: Path, other: Path) -> bool:
    try:
        first, second = (pq.read_table(folder / "part.parquet") for folder in (one, other))
    except (OSError, pa.ArrowException):
        return False
    return bool(first.equals(second))
