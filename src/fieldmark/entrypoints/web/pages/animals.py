"""Animals: a search over their names, and the page of each."""

from typing import Annotated, Final

from litestar import Response, get
from litestar.params import Parameter

from fieldmark.domain.taxon import Rank
from fieldmark.entrypoints.web.access import admit
from fieldmark.entrypoints.web.api.taxa import TaxonId, known_taxon
from fieldmark.entrypoints.web.pages.animal_view import Found, animal_view, found_of
from fieldmark.entrypoints.web.pages.rendering import AnyRequest, page
from fieldmark.entrypoints.web.service import Service, Shared
from fieldmark.lookup import range_in_use

__all__ = ["HANDLERS"]

_SHOWN: Final = 50
_START: Final = (
    "lion", "polar bear", "koala", "macaw", "Komodo dragon", "axolotl", "great white shark",
    "monarch butterfly",
)  # fmt: skip


@get("/animals", include_in_schema=False, guards=[admit], sync_to_thread=True)
def search(
    request: AnyRequest,
    service: Shared,
    q: Annotated[str, Parameter(max_length=100)] = "",
) -> Response[bytes]:
    """Answer with the field to search in, and with what was found."""
    wanted = q.strip()
    found = service.taxa.find(wanted, _SHOWN + 1) if wanted else []
    return page(
        request,
        "animals.html",
        page="animals",
        q=wanted,
        found=tuple(found_of(taxon) for taxon in found[:_SHOWN]),
        more=len(found) > _SHOWN,
        start=() if wanted else _start(service),
    )


@get("/animals/{taxon_id:int}", include_in_schema=False, guards=[admit], sync_to_thread=True)
def animal(request: AnyRequest, taxon_id: TaxonId, service: Shared) -> Response[bytes]:
    """Answer with the page of a taxon."""
    known = known_taxon(service, taxon_id)
    release, cells = range_in_use(service.areas, taxon_id)
    view = animal_view(
        known,
        cells,
        release,
        service.taxa.get,
        domestic=taxon_id in service.domestic,
    )
    return page(request, "animal.html", page="animals", view=view)


def _start(service: Service) -> tuple[Found, ...]:
    """Return animals to begin with, those of them that are known here."""
    found = [service.taxa.find(name, 1) for name in _START]
    return tuple(found_of(taxa[0]) for taxa in found if taxa and taxa[0].rank <= Rank.GENUS)


HANDLERS: Final = (search, animal)
