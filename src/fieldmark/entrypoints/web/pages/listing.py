"""The list of an area's animals as a person wants it: of which group, in which order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, cast, get_args

from fieldmark.errors import RequestError

__all__ = ["ORDERS", "OTHERS", "Listing", "Order", "listing_of"]

Order = Literal["regular", "name", "scientific"]

OTHERS: Final = "others"
"""The group of taxa without a class, such as whole phyla."""

ORDERS: Final[Mapping[Order, str]] = {
    "regular": "most regular first", "name": "by name", "scientific": "by scientific name",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Listing:
    """How a person wants the list: of which group, in which order, and whether all of it."""

    group: str | None = None
    order: Order = "regular"
    whole: bool = False


def listing_of(said: Mapping[str, str], groups: Sequence[tuple[str, str]]) -> Listing:
    """Return how the list is wanted.

    Raises:
        RequestError: there is no such group or order.
    """
    group = said.get("group") or None
    if group is not None and group not in {OTHERS, *(name for name, _ in groups)}:
        raise RequestError(f"the atlas has no group {group[:40]!r}; leave it out for all animals")
    order = said.get("sort") or "regular"
    if order not in get_args(Order):
        raise RequestError(f"sort is {order[:40]!r}; it must be one of {', '.join(ORDERS)}")
    return Listing(group, cast("Order", order), "all" in said)
