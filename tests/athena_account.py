"""An account at the double of Athena, with a folder to work in, and commands that are given there."""

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
        """Do what a first or second call says: upload, run all statements, and fetch."""
        for stage in stages:
            there, here = f"{BUCKET}/{stage}", f"athena/{stage}"
            if (self.folder / here / "tables").is_dir():
                self.types(f"aws s3 sync {here}/tables {there}/tables")
            self.types(f"sh {here}/run.sh && aws s3 sync --delete {there}/out {here}/out")


def ask_words(folder: Path) -> Sequence[str | Path]:
    """Return the options of ``fieldmark atlas build`` that ask Athena from a folder."""
    return (SNAPSHOT, "--engine", "athena", "--athena-bucket", BUCKET,
            "--athena-folder", folder / "athena")  # fmt: skip
