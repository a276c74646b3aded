"""Taxa: by name, and where and when each occurs."""

from typing import Annotated, Any, Final

from litestar import Request, get
from litestar.params import PathParameter, QueryParameter

from fieldmark.domain.taxon import Taxon
from fieldmark.entrypoints.web.openapi import fields, operation, problems
from fieldmark.entrypoints.web.service import Service, Shared
from fieldmark.entrypoints.web.speaking import spoken
from fieldmark.errors import NotFound
from fieldmark.lookup import range_in_use
from fieldmark.wire import (
    OutlineOut,
    TaxaOut,
    TaxonDetailOut,
    range_outline,
    taxa_out,
    taxon_detail_out,
)

__all__ = ["HANDLERS", "known_taxon"]

_FOUND: Final = 20
TaxonId = Annotated[
    int, PathParameter(ge=1, le=2**31 - 1, description="The taxon's iNaturalist id.")
]


@get(
    "/taxa",
    tags=["areas"],
    summary="Search taxa by name",
    operation_class=operation(fields("lang")),
    responses=problems(400),
    sync_to_thread=True,
)
def search_taxa(
    request: Request[Any, Any, Any],
    service: Shared,
    q: Annotated[str, QueryParameter(max_length=100, description="Part of a name.")] = "",
    limit: Annotated[int, QueryParameter(ge=1, le=100)] = _FOUND,
) -> TaxaOut:
    """Answer with the taxa that model or atlas know by that name, common or scientific."""
    return spoken(service, request.scope, taxa_out(service.taxa.find(q, limit)))  # type: ignore[arg-type]


@get(
    "/taxa/{taxon_id:int}",
    tags=["areas"],
    summary="A taxon, where and when it occurs",
    operation_class=operation(fields("lang")),
    responses=problems(400, 404),
    sync_to_thread=True,
)
def taxon(request: Request[Any, Any, Any], taxon_id: TaxonId, service: Shared) -> TaxonDetailOut:
    """Answer with lineage, cells and months."""
    known = known_taxon(service, taxon_id)
    release, cells = range_in_use(service.areas, taxon_id)
    return spoken(service, request.scope, taxon_detail_out(known, cells, release))  # type: ignore[arg-type]


@get(
    "/taxa/{taxon_id:int}/range",
    tags=["areas"],
    summary="The outline of where a taxon occurs",
    responses=problems(400, 404),
    sync_to_thread=True,
)
def taxon_range(
    taxon_id: TaxonId,
    service: Shared,
    month: Annotated[int | None, QueryParameter(ge=1, le=12)] = None,
) -> OutlineOut:
    """Answer with the patches that the cells of the taxon form, as GeoJSON."""
    known = known_taxon(service, taxon_id)
    _, cells = range_in_use(service.areas, taxon_id)
    return range_outline(known.id, cells or {}, month)


def known_taxon(service: Service, taxon_id: int) -> Taxon:
    """Return the taxon.

    Raises:
        NotFound: neither model nor atlas knows it.
    """
    known = service.taxa.get(taxon_id)
    if known is None:
        raise NotFound(f"neither model nor atlas knows a taxon {taxon_id}; search: /v1/taxa?q=")
    return known


HANDLERS: Final = (search_taxa, taxon, taxon_range)
