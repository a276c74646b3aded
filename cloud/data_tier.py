"""PostgreSQL with a release in it, and Valkey that knows which: what areas are read from."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cloud.fault_proxy import FaultProxy, fault_proxy
from cloud.postgres_server import PostgresServer, postgres_server
from cloud.release import publish
from cloud.valkey_server import Authority, Valkey, valkey_server
from fieldmark.compose import STARTER_ATLAS

__all__ = ["DATABASE", "READER", "DataTier", "data_tier"]

DATABASE: Final = "fieldmark"
READER: Final = "reader"


@dataclass(frozen=True, slots=True)
class DataTier:
    """Both servers; readers reach the first through ``to_postgres``, the other through its own."""

    postgres: PostgresServer
    to_postgres: FaultProxy
    valkey: Valkey

    @property
    def database(self) -> str:
        """The address that releases are published to."""
        return self.postgres.url(DATABASE)

    @property
    def environment(self) -> Mapping[str, str]:
        """The settings of readers."""
        address = f"{READER}@127.0.0.1:{self.to_postgres.port}/{DATABASE}"
        return {
            "FIELDMARK_ATLAS": f"postgresql://{address}",
            "FIELDMARK_CACHE": self.valkey.url,
        }

    def publish(self, file: Path) -> None:
        """Put a release to use and announce it."""
        publish(file, self.database, READER, self.valkey.url)

    def release(self) -> str:
        """Return the name of the release in use."""
        with self.postgres.connect(DATABASE) as connection:
            row = connection.execute("SELECT current FROM fieldmark.pointer").fetchone()
        if row is None:
            raise RuntimeError("nothing was published")
        return str(row[0])


@contextmanager
def data_tier(folder: Path, atlas: Path | None = None) -> Iterator[DataTier]:
    """Run both with a release, the bundled one where none is given, until the block ends."""
    with (
        postgres_server() as postgres,
        valkey_server(Authority(folder), cluster=True) as valkey,
        fault_proxy(postgres.port) as to_postgres,
    ):
        with postgres.connect() as connection:
            connection.execute(f"CREATE DATABASE {DATABASE}")
        tier = DataTier(postgres, to_postgres, valkey)
        tier.publish(atlas or STARTER_ATLAS)
        yield tier
