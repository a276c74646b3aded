"""What the parts on AWS cost in a month: dated prices times what a month uses."""

from fieldmark.cost.bill import Estimate, Line
from fieldmark.cost.prices import SHIPPED, PriceFile, Prices, read_prices
from fieldmark.cost.profiles import PROFILES, Profile, estimate
from fieldmark.cost.workload import HOURS, Workload

__all__ = [
    "HOURS",
    "PROFILES",
    "SHIPPED",
    "Estimate",
    "Line",
    "PriceFile",
    "Prices",
    "Profile",
    "Workload",
    "estimate",
    "read_prices",
]
