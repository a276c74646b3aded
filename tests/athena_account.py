"""An account at the double of Athena, and what its owner does in the folder they work in."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyarrow as pa

from athena_double import ROOT_VARIABLE, AthenaDouble, install
from gbif_bucket import SNAPSHOT, put_snapshot
from sessions import run

__all__ = ["BUCKET", "Account", "ask_words"]

BUCKET: Final = "s3://mine/atlas"


@dataclass(frozen=True)
class Account:
    """Whoever has one: ``folder`` is where they sit."""

    folder: Path
    athena: AthenaDouble

    @classmethod
    def with_snapshot(cls, folder: Path, table: pa.Table) -> "Account":
        """Return one for which GBIF's bucket holds that table."""
        athena = AthenaDouble(folder / "aws")
        put_snapshot(athena, table)
        install(folder / "programs")
        return cls(folder, athena)

    def types(self, line: str) -> str:
        """Give a line to the shell, where ``aws`` is the double's, and return what it prints."""
        settings = {ROOT_VARIABLE: str(self.folder / "aws"), "PAUSE_S": "0"}
        return run(line, self.folder, programs=[self.folder / "programs"], settings=settings)

    def does(self, *stages: str) -> None:
        """Do what a first or second call says, without the shell: upload, run all, and fetch."""
        for stage in stages:
            there, here = f"{BUCKET}/{stage}", self.folder / "athena" / stage
            self.athena.sync(here / "tables", f"{there}/tables")
            database = ""
            for file in sorted(here.glob("*.sql")):
                query = self.athena.ask(file.read_text(encoding="utf-8"), database)
                assert self.athena.reason_of(query) == "None", file.name
                database = database or file.stem.partition("-database-")[2]
            self.athena.sync(f"{there}/out", here / "out", delete=True)


def ask_words(folder: Path) -> Sequence[str]:
    """Return the words of the command line that ask Athena from a folder, but for the release."""
    return ("atlas", "build", SNAPSHOT, "--engine", "athena", "--athena-bucket", BUCKET,
            "--athena-folder", str(folder / "athena"))  # fmt: skip
