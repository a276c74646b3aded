"""Dated prices, each with where it was read: a TOML file of one table per price and region."""

import datetime as dt
import math
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fieldmark.errors import NotFound, PricesBroken

__all__ = ["FORMAT", "SHIPPED", "Price", "PriceFile", "Prices", "Source", "read_prices"]

FORMAT: Final = 1
SHIPPED: Final = Path(__file__).with_name("prices.toml")

_OLD: Final = dt.timedelta(days=365)
_DEAREST_USD: Final = 1e6


@dataclass(frozen=True, slots=True)
class Source:
    """Where figures were read; ``as_of`` is None where it bears no date."""

    title: str
    checked: dt.date
    as_of: dt.date | None = None

    @property
    def dated(self) -> dt.date:
        """The day from which its figures age."""
        return self.as_of or self.checked


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars for one unit, and the source, or what is assumed where there is none."""

    usd: float
    source: Source | None
    assumed: str | None = None


@dataclass(frozen=True, slots=True)
class Prices:
    """The prices of one region by name."""

    region: str
    by_name: Mapping[str, Price]

    def usd(self, name: str) -> float:
        """Return a price.

        Raises:
            PricesBroken: the file names none for this region.
        """
        if name not in self.by_name:
            raise PricesBroken(f"no price {name} for {self.region}; add [prices.{name}]")
        return self.by_name[name].usd

    @property
    def oldest(self) -> dt.date | None:
        """The day of the oldest source, None where all is assumed."""
        return min((source.dated for source in self._sources()), default=None)

    @property
    def checked(self) -> dt.date | None:
        """The day since which every price was compared, None where all is assumed."""
        return min((source.checked for source in self._sources()), default=None)

    def outdated(self, today: dt.date) -> tuple[str, ...]:
        """Return the names of prices whose source is more than a year old."""
        return tuple(
            name
            for name, price in self.by_name.items()
            if price.source and today - price.source.dated > _OLD
        )

    def assumed(self) -> Mapping[str, str]:
        """Return what is assumed for each price that has no source."""
        return {name: price.assumed for name, price in self.by_name.items() if price.assumed}

    def _sources(self) -> Iterator[Source]:
        return (price.source for price in self.by_name.values() if price.source)


@dataclass(frozen=True, slots=True)
class PriceFile:
    """The prices of a file by region."""

    by_region: Mapping[str, Prices]

    def of(self, region: str) -> Prices:
        """Return the prices of a region.

        Raises:
            NotFound: the file knows none.
        """
        if region not in self.by_region:
            known = ", ".join(sorted(self.by_region))
            raise NotFound(f"no prices for {region!r}; known are {known}")
        return self.by_region[region]


def read_prices(text: bytes, where: str) -> PriceFile:
    """Return the prices of a file.

    Args:
        text: TOML in UTF-8.
        where: the file, for messages.
    Raises:
        PricesBroken: it is malformed, or a price has neither a source nor a reason.
    """
    try:
        read = tomllib.loads(text.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise PricesBroken(f"{where}: not TOML: {error}") from error
    if read.get("format") != FORMAT:
        raise PricesBroken(f"{where}: format is {read.get('format')!r}; this reads format {FORMAT}")
    sources = {
        name: _source(table, f"{where}: sources.{name}")
        for name, table in _tables(read, "sources", where).items()
    }
    by_region: dict[str, dict[str, Price]] = {}
    for name, regions in _tables(read, "prices", where).items():
        for region, table in regions.items():
            price = _price(table, sources, f"{where}: prices.{name}.{region}")
            by_region.setdefault(region, {})[name] = price
    return PriceFile({region: Prices(region, prices) for region, prices in by_region.items()})


def _tables(read: Mapping[str, object], key: str, where: str) -> dict[str, dict[str, object]]:
    tables = read.get(key)
    if not isinstance(tables, dict) or not all(isinstance(it, dict) for it in tables.values()):
        raise PricesBroken(f"{where}: {key} must be tables: [{key}.NAME]")
    return tables


def _source(table: Mapping[str, object], where: str) -> Source:
    title, checked, as_of = table.get("title"), table.get("checked"), table.get("as_of")
    if not isinstance(title, str) or not title.strip():
        raise PricesBroken(f"{where}: title is {title!r}; write the title of the page")
    if type(checked) is not dt.date or (as_of is not None and type(as_of) is not dt.date):
        raise PricesBroken(f"{where}: checked and as_of must be days, as in checked = 2026-11-26")
    return Source(title, checked, as_of)


def _price(table: object, sources: Mapping[str, Source], where: str) -> Price:
    if not isinstance(table, dict):
        raise PricesBroken(f'{where} is {table!r}; write {{ usd = 1.0, source = "NAME" }}')
    usd, source, assumed = table.get("usd"), table.get("source"), table.get("assumed")
    if isinstance(usd, bool) or not isinstance(usd, int | float):
        raise PricesBroken(f"{where}: usd is {usd!r}; write a number")
    if not math.isfinite(usd) or not 0 <= usd <= _DEAREST_USD:
        raise PricesBroken(f"{where}: usd is {usd}; it must be from 0 to {_DEAREST_USD:g}")
    if source is not None and (not isinstance(source, str) or source not in sources):
        raise PricesBroken(f"{where}: source is {source!r}; known are {', '.join(sources)}")
    if (source is None) == (assumed is None) or not isinstance(assumed, str | None):
        raise PricesBroken(f"{where}: name a source or write what is assumed, one of both")
    return Price(float(usd), None if source is None else sources[source], assumed)
