"""Areas: what lives where, and the outlines of cells."""

from typing import Annotated, Any, Final

from litestar import Request, get
from litestar.params import PathParameter

from fieldmark.domain.position import Position, parse_cell
from fieldmark.entrypoints.web.asking import month_of, position_of
from fieldmark.entrypoints.web.identifying import query_of
from fieldmark.entrypoints.web.openapi import fields, operation, problems
from fieldmark.entrypoints.web.service import Shared
from fieldmark.entrypoints.web.speaking import spoken
from fieldmark.errors import RequestError
from fieldmark.lookup import animals_of
from fieldmark.wire import (
    AreaOut,
    CellsOut,
    OutlineOut,
    area_out,
    cell_outline,
    cells_inside,
    widest_cells,
)

__all__ = ["HANDLERS"]

Cell = Annotated[str, PathParameter(format="h3-cell", schema_extra={"pattern": "^[0-9a-f]{15}$"})]


@get(
    "/areas",
    tags=["areas"],
    summary="The animals of an area",
    operation_class=operation(fields("latitude", "longitude", "radius_m", "cell", "month", "lang")),
    responses=problems(400, 422),
    sync_to_thread=True,
)
def areas(request: Request[Any, Any, Any], service: Shared) -> AreaOut:
    """Answer with the animals at a position or in a cell, the most regular first.

    Without a month, the whole year speaks.
    """
    said = {name: text for name, text in query_of(request.scope).items() if text}  # type: ignore[arg-type]
    area = area_out(animals_of(service.areas, _where(said), month_of(said)))
    return spoken(service, request.scope, area)  # type: ignore[arg-type]


@get(
    "/cells/{cell:str}",
    tags=["areas"],
    summary="The outline of a cell",
    responses=problems(422),
)
async def cells(cell: Cell) -> OutlineOut:
    """Answer with the outline of an H3 cell as GeoJSON."""
    return cell_outline(parse_cell(cell))


@get("/cells", tags=["areas"], summary="The widest cells", responses=problems())
async def widest() -> CellsOut:
    """Answer with the 122 cells that cover the Earth.

    Who does not want to say where a photo was taken finds the cell from here, step by step.
    """
    return widest_cells()


@get(
    "/cells/{cell:str}/children",
    tags=["areas"],
    summary="The cells inside a cell",
    responses=problems(422),
)
async def children(cell: Cell) -> CellsOut:
    """Answer with the cells one step finer, each with its centre."""
    return cells_inside(parse_cell(cell))


def _where(said: dict[str, str]) -> Position | int:
    cell = parse_cell(said["cell"]) if "cell" in said else None
    where = position_of(said) or cell
    if where is None:
        raise RequestError("say where: latitude and longitude, or cell")
    return where


HANDLERS: Final = (areas, cells, widest, children)
