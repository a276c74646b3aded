"""Whatever fails behind it, a photo is answered, its status is true, and it recovers by itself."""

from cloud.data_tier import DataTier
from tiered_pipeline import pipeline


def test_areas_come_from_the_database_then_valkey_then_memory(tier: DataTier) -> None:
    tier.valkey.flush()
    with pipeline(tier) as first, pipeline(tier) as second:
        tiers = [one.ask(0).area.tier for one in (first, second, second)]

    assert tiers == ["database", "valkey", "memory"]
