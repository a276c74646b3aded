from prometheus_client.parser import text_string_to_metric_families

from fieldmark.telemetry.metrics import Metrics


def samples(metrics: Metrics) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(metrics.text().decode())
        for sample in family.samples
    }


def value(metrics: Metrics, name: str, **labels: str) -> float:
    return samples(metrics)[(name, frozenset(labels.items()))]


def photo(metrics: Metrics, **fields: str | float | bool | None) -> None:
    said: dict[str, str | float | bool | None] = {
        "area_status": "fallback", "area_tier": "memory", "area_animals": 57, "taxon_id": 1,
        "rolled_up": False, "confident": True, "model": "m", "model_version": "1", "read_ms": 9.0,
    }  # fmt: skip
    metrics.event("photo.identified", **{**said, **fields})


def test_requests_are_counted_by_route_method_and_status_and_timed() -> None:
    metrics = Metrics()

    metrics.event("request.answered", route="/v1/areas", method="GET", status=200, total_ms=12.0)

    assert value(
        metrics, "fieldmark_requests_total", route="/v1/areas", method="GET", status="200"
    ) == 1  # fmt: skip
    assert value(metrics, "fieldmark_request_seconds_sum", route="/v1/areas") == 0.012


def test_answers_that_wait_in_the_log_are_counted() -> None:
    metrics = Metrics()

    metrics.event("journal_deferred", id="a", document="{}")

    assert value(metrics, "fieldmark_deferred_total") == 1


def test_what_was_shed_is_counted_by_why() -> None:
    metrics = Metrics()

    for status in (200, 429, 503, 503):
        metrics.event("request.answered", route="/x", method="POST", status=status, total_ms=1.0)

    assert value(metrics, "fieldmark_shed_total", why="rate") == 1
    assert value(metrics, "fieldmark_shed_total", why="load") == 2


def test_a_photo_tells_its_area_tier_list_length_and_stages() -> None:
    metrics = Metrics()

    photo(metrics)

    assert value(metrics, "fieldmark_areas_total", status="fallback") == 1
    assert value(metrics, "fieldmark_area_tiers_total", tier="memory") == 1
    assert value(metrics, "fieldmark_area_animals_sum") == 57
    assert value(metrics, "fieldmark_stage_seconds_sum", stage="read") == 0.009


def test_answers_are_counted_by_how_sure_they_are() -> None:
    metrics = Metrics()

    photo(metrics)
    photo(metrics, rolled_up=True)
    photo(metrics, confident=False)
    photo(metrics, taxon_id=None, rolled_up=None, confident=None, area_animals=None)

    for certainty in ("confident", "rolled_up", "unsure", "not_an_animal"):
        assert value(
            metrics, "fieldmark_answers_total", model="m", version="1", certainty=certainty
        ) == 1  # fmt: skip


def test_no_label_holds_an_area_or_a_taxon() -> None:
    metrics = Metrics()

    photo(metrics, area_cell="83bcd2fffffffff", month=7, taxon_id=41964)

    text = metrics.text().decode()
    assert "83bcd2" not in text
    assert "41964" not in text


def test_other_events_are_passed_over() -> None:
    metrics = Metrics()
    before = metrics.text()

    metrics.event("request.broke", error="KeyError")

    assert [line for line in metrics.text().splitlines() if b"_created" not in line] == [
        line for line in before.splitlines() if b"_created" not in line
    ]
