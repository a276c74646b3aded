import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fieldmark.telemetry.emf import NAMESPACE, Emf
from templates import Template

ROOT = Path(__file__).parents[2]


def test_every_alarm_has_its_section_and_says_where(service: Template) -> None:
    sections = set(
        re.findall(r"(?m)^### (\S+)$", (ROOT / "docs/operations.md").read_text(encoding="utf-8"))
    )
    alarms = [alarm.properties for alarm in service.of("CloudWatch::Alarm")]

    assert alarms
    for alarm in alarms:
        name = alarm["AlarmName"].removeprefix("fieldmark-")

        assert name in sections
        assert alarm["AlarmDescription"].endswith(f"docs/operations.md#{name}")
        assert alarm["AlarmActions"]


def test_every_section_says_what_it_means_where_to_look_and_what_to_do() -> None:
    document = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    for section in re.split(r"(?m)^### ", document)[1:]:
        said = section.split("\n## ", maxsplit=1)[0]
        for part in ("**Means**", "**Look first**", "**Remedy**"):
            assert part in said, said.splitlines()[0]


def test_every_metric_of_ours_is_one_that_is_written(service: Template) -> None:
    written = metrics_written()
    watched = {
        (metric["MetricName"], tuple(sorted(d["Name"] for d in metric["Dimensions"])))
        for metric in metrics_watched(service)
        if metric["Namespace"] == NAMESPACE and metric.get("Dimensions")
    }

    assert ("photos", ("area_status", "service")) in watched
    assert watched <= written


def test_the_dashboard_shows_metrics_that_are_written(service: Template) -> None:
    body = service.one("CloudWatch::Dashboard").properties["DashboardBody"]
    text = json.dumps(body)
    shown = set(re.findall(rf'\\"{NAMESPACE}\\",\\"(\w+)\\"', text))

    assert len(shown) > 8
    assert shown <= {name for name, _ in metrics_written()}


def test_a_deferred_entry_of_the_journal_is_counted_in_the_log_it_goes_to(
    service: Template,
) -> None:
    counted = service.one("Logs::MetricFilter").properties

    assert counted["FilterPattern"] == '{ $.event = "journal_deferred" }'
    assert counted["LogGroupName"]["Ref"].startswith("SiteLog")


def test_a_budget_tells_before_and_when_it_is_spent(service: Template) -> None:
    budget = service.one("Budgets::Budget").properties
    told = [n["Notification"] for n in budget["NotificationsWithSubscribers"]]

    assert budget["Budget"]["BudgetLimit"] == {"Amount": 100, "Unit": "USD"}
    assert [(n["NotificationType"], n["Threshold"]) for n in told] == [
        ("ACTUAL", 80),
        ("FORECASTED", 100),
    ]


def metrics_watched(service: Template) -> Iterator[dict[str, Any]]:
    for alarm in service.of("CloudWatch::Alarm"):
        if "MetricName" in alarm.properties:
            yield dict(alarm.properties)
        for query in alarm.properties.get("Metrics", []):
            if "MetricStat" in query:
                yield query["MetricStat"]["Metric"]


def metrics_written() -> set[tuple[str, tuple[str, ...]]]:
    """Return each metric with its dimensions, as the log's own lines say them."""
    stream = io.StringIO()
    emf = Emf("web", stream)
    stages = ("read", "locate", "area", "infer", "fuse", "total")
    emf.event(
        "photo.identified",
        area_status="used",
        area_tier="memory",
        area_animals=57,
        model_version="1",
        cold_start=True,
        **{f"{stage}_ms": 1.0 for stage in stages},
    )
    emf.event("photo.refused", problem="photo-unreadable")
    emf.event("request.answered", status=200, total_ms=1.0)
    return {
        (metric["Name"], tuple(sorted(dimensions)))
        for line in stream.getvalue().splitlines()
        for directive in json.loads(line)["_aws"]["CloudWatchMetrics"]
        for metric in directive["Metrics"]
        for dimensions in directive["Dimensions"]
    }
