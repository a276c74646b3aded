"""Taxa by name: those that the model can name and those that the atlas knows."""

import re
import threading
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Final

from fieldmark.domain.taxon import Rank, Taxon
from fieldmark.errors import Unavailable
from fieldmark.lookup import of_one_release
from fieldmark.ports import AreaStore

__all__ = ["TaxonIndex"]

_LONGEST: Final = 100


class TaxonIndex:
    """Search over names, held in memory; made anew when the atlas has a new release.

    Where the names of a new release cannot be had yet, those of the one before go on serving.
    """

    def __init__(self, areas: AreaStore, of_the_model: Iterable[Taxon]) -> None:
        self._areas = areas
        self._of_the_model = {taxon.id: taxon for taxon in of_the_model}
        self._lock = threading.Lock()
        self._release = ""
        self._taxa: dict[int, Taxon] = {}
        self._names: list[tuple[str, Taxon]] = []

    def get(self, taxon_id: int) -> Taxon | None:
        """Return the taxon, None where neither model nor atlas knows it.

        Raises:
            AtlasBroken: the atlas is not readable.
            Unavailable: the atlas did not answer, and never has.
        """
        self._refresh()
        return self._taxa.get(taxon_id)

    def find(self, text: str, limit: int) -> list[Taxon]:
        """Return the taxa with a name that holds the text, the best first; raises as ``get`` does.

        A whole name comes before the beginning of one, that before the beginning of a word, that
        before any other part; species before groups. Case and accents do not count.
        """
        wanted = _plain(text[:_LONGEST])
        if not wanted:
            return []
        self._refresh()
        best: dict[int, tuple[int, int, str, Taxon]] = {}
        for name, taxon in self._names:
            if wanted in name:
                entry = (_distance(wanted, name), taxon.rank, name, taxon)
                if taxon.id not in best or entry[:3] < best[taxon.id][:3]:
                    best[taxon.id] = entry
        return [entry[3] for entry in sorted(best.values(), key=lambda entry: entry[:3])[:limit]]

    def groups(self) -> Sequence[tuple[str, str]]:
        """Return the classes of the atlas's animals: scientific and common name, by name."""
        self._refresh()
        classes = {
            group.scientific_name: group.common_name or group.scientific_name
            for taxon in self._taxa.values()
            if (group := taxon.at(Rank.CLASS)) is not None
        }
        return sorted(classes.items())

    def _refresh(self) -> None:
        """Take up a new release, where there is one and its names can be had."""
        try:
            if self._areas.release().name != self._release:
                of_one_release(self._take_up)
        except Unavailable:
            if not self._release:
                raise

    def _take_up(self) -> None:
        with self._lock:
            release = self._areas.release()
            if release.name == self._release:
                return
            taxa = dict(self._of_the_model)
            taxa.update(self._areas.taxa(map(int, release.known), release.name))
            self._names = [
                (_plain(name), taxon)
                for taxon in taxa.values()
                for name in (taxon.common_name, taxon.scientific_name)
                if name
            ]
            self._taxa = taxa
            self._release = release.name


def _distance(wanted: str, name: str) -> int:
    if name == wanted:
        return 0
    if name.startswith(wanted):
        return 1
    return 2 if re.search(rf"\b{re.escape(wanted)}", name) else 3


def _plain(text: str) -> str:
    """Return the text in lower case and without accents (Unicode's NFKD, marks dropped)."""
    split = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(c for c in split if not unicodedata.combining(c)).split())
