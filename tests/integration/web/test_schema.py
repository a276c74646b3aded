"""The API against its own document: Schemathesis tries every call and finds nothing."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import h3.api.basic_int as h3
import schemathesis
from hypothesis import strategies
from schemathesis.engine import Status, StopReason, events, from_schema
from schemathesis.engine.recorder import ScenarioRecorder

from website import EXAMPLES, Site, running

_EXAMPLES_EACH: Final = 15
_PHOTO: Final = (EXAMPLES / "koala.jpg").read_bytes()
_MEANT: Final = ("2xx", "401", "404", "429", "503")

_BEYOND_A_SCHEMA: Final = {
    # One of two fields of a query needs the other, and both differ from those of the form.
    "POST /v1/identify": ("400", "422"),
    # A query says either a cell or both coordinates; OpenAPI 3.1 can require each or none.
    "GET /v1/areas": ("400", "422"),
    # How large a photo may be is a setting, and which types are read a table.
    "POST /v1/uploads": ("413", "415"),
    # Whether a taxon contradicts the verdict depends on the answer that is judged.
    "POST /v1/answers/{answer_id}/feedback": ("400",),
}
"""What requests that fit the document may be refused with, and why no schema can say so."""

_SELDOM_FULFILLED: Final = {
    "POST /v1/uploads",  # photos go to no object store here
    "DELETE /v1/answers/{answer_id}",  # its token is given once, and to nobody who guesses
    "GET /v1/taxa/{taxon_id}",  # few numbers are those of taxa
    "GET /v1/taxa/{taxon_id}/range",
}


def test_no_request_gets_an_answer_that_the_document_does_not_know(tmp_path: Path) -> None:
    faults: list[str] = []
    fulfilled: set[str] = set()
    stopped: StopReason | None = None

    with running(tmp_path) as site:
        _teach(_answer_of(site))
        document = schemathesis.openapi.from_url(f"{site.url}/openapi.json", config=_config())
        calls = {
            f"{method.upper()} {path}"
            for path, methods in document.raw_schema["paths"].items()
            for method in methods
        }
        for event in from_schema(document).execute():
            match event:
                case events.ScenarioFinished(recorder=recorder):
                    faults += _faults(recorder)
                    fulfilled.update(_fulfilled(recorder))
                case events.NonFatalError(value=error) | events.FatalError(exception=error):
                    faults.append(repr(error))
                case events.EngineFinished(stop_reason=stopped):
                    pass
        broken = [event for event in site.events.events if event[0] == "request.broke"]

    assert faults == []
    assert broken == []
    assert stopped is StopReason.COMPLETED
    assert calls - fulfilled <= _SELDOM_FULFILLED


def _teach(answer_id: str) -> None:
    """Teach Schemathesis the formats that random text never has: photos, cells, our answers."""
    photos = strategies.just(_PHOTO)
    cells = strategies.builds(
        lambda *where: h3.int_to_str(h3.latlng_to_cell(*where)),
        strategies.floats(-90, 90),
        strategies.floats(-180, 180),
        strategies.integers(0, 15),
    )
    schemathesis.openapi.format("binary", photos)
    schemathesis.openapi.format("h3-cell", cells)
    schemathesis.openapi.format("uuid", strategies.just(answer_id))
    for media_type in ("image/jpeg", "image/*", "application/octet-stream"):
        schemathesis.openapi.media_type(media_type, photos)


def _answer_of(site: Site) -> str:
    with site.client() as client:
        return str(client.post("/v1/identify", content=_PHOTO).json()["id"])


def _config() -> schemathesis.Config:
    return schemathesis.Config.from_dict(
        {
            "cache": {"enabled": False},
            "generation": {"max-examples": _EXAMPLES_EACH, "deterministic": True},
            "operations": [
                {
                    "include-name": name,
                    "checks": {"positive_data_acceptance": {"expected-statuses": [*_MEANT, *more]}},
                }
                for name, more in _BEYOND_A_SCHEMA.items()
            ],
        }
    )


def _faults(recorder: ScenarioRecorder) -> Iterator[str]:
    for checks in recorder.checks.values():
        for check in checks:
            if check.status is not Status.SUCCESS:
                found = check.failure_info
                yield f"{recorder.label}: {check.name}" + (
                    f": {found.failure}\n{found.code_sample[:2000]}" if found else ""
                )


def _fulfilled(recorder: ScenarioRecorder) -> Iterator[str]:
    """Yield the calls that were answered as asked, and not just by their options."""
    for case_id, interaction in recorder.interactions.items():
        response = interaction.response
        if response is not None and response.status_code in {200, 202}:
            yield recorder.cases[case_id].value.operation.label
