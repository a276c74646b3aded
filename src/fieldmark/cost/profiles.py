"""The profiles: which services each is made of."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from fieldmark.cost.bill import Bill, Estimate, Line
from fieldmark.cost.charges import GATEWAY_MB, INLINE_MB, Charges
from fieldmark.cost.prices import Prices
from fieldmark.cost.workload import Workload

__all__ = ["PROFILES", "Profile", "estimate"]

_ZONES: Final = 2


@dataclass(frozen=True, slots=True)
class Profile:
    """A way to run the whole, and the lines of its bill."""

    name: str
    says: str
    lines: Callable[[Charges], tuple[Line, ...]]


def _fargate(month: Charges) -> tuple[Line, ...]:
    return (
        *month.distribution(),
        *month.balancer(0),
        *month.tasks(1, public=True),
        *month.functions(pages=False),
        *month.cache(),
        *month.pausing_database(),
        *month.storage(INLINE_MB),
        *month.watching(),
    )


def _lambda(month: Charges) -> tuple[Line, ...]:
    return (
        *month.api(),
        *month.functions(pages=True),
        *month.cache(),
        *month.pausing_database(),
        *month.storage(GATEWAY_MB),
        *month.watching(),
    )


def _textbook(month: Charges) -> tuple[Line, ...]:
    return (
        *month.distribution(),
        *month.balancer(_ZONES),
        *month.tasks(2, public=False),
        *month.gateway_out(endpoints=1, zones=_ZONES),
        *month.provisioned_functions(),
        *month.cache(),
        *month.waking_database(),
        *month.storage(INLINE_MB),
        *month.watching(),
    )


_ALL: Final = (
    Profile("lambda", "page, API and pipeline in one function behind an API Gateway", _lambda),
    Profile(
        "fargate", "CloudFront, an internal load balancer, one task, the pipeline in Lambda",
        _fargate,
    ),
    Profile(
        "textbook", "for comparison: two tasks, NAT gateway, endpoint, RDS Proxy, warm function",
        _textbook,
    ),
)  # fmt: skip
PROFILES: Final = {profile.name: profile for profile in _ALL}


def estimate(profile: Profile, work: Workload, prices: Prices) -> Estimate:
    """Return what a month costs, idle and under the load.

    Raises:
        PricesBroken: a price that the profile needs is missing.
    """
    idle = Bill(profile.lines(Charges(replace(work, requests=0), prices)))
    load = Bill(profile.lines(Charges(work, prices)))
    return Estimate(profile.name, prices.region, work.requests, idle, load)
