"""What the OpenAPI document says of calls whose requests are read by hand."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from litestar.openapi import OpenAPIConfig, ResponseSpec
from litestar.openapi.spec import (
    Components,
    Contact,
    License,
    OpenAPIFormat,
    OpenAPIMediaType,
    OpenAPIType,
    Operation,
    Parameter,
    RequestBody,
    Schema,
    SecurityScheme,
    Tag,
)

import fieldmark
from fieldmark.domain.position import MAX_RADIUS_M
from fieldmark.entrypoints.web.asking import MOST_ANIMALS
from fieldmark.entrypoints.web.faults import PROBLEM_JSON
from fieldmark.wire import FeedbackIn, ProblemOut, UploadIn

__all__ = ["config", "document", "fields", "operation", "problems"]

_CELL: Final = Schema(
    type=OpenAPIType.STRING,
    format="h3-cell",  # type: ignore[arg-type]  # formats are open (JSON Schema 2020-12, 7.2.3)
    pattern="^[0-9a-f]{15}$",
)
_MONTH: Final = Schema(type=OpenAPIType.INTEGER, minimum=1, maximum=12)

_FIELDS: Final[dict[str, tuple[Schema, str]]] = {
    "latitude": (
        Schema(type=OpenAPIType.NUMBER, minimum=-90, maximum=90),
        "Degrees north on WGS 84; with longitude.",
    ),
    "longitude": (
        Schema(type=OpenAPIType.NUMBER, minimum=-180, maximum=180),
        "Degrees east; with latitude.",
    ),
    "radius_m": (
        Schema(type=OpenAPIType.NUMBER, minimum=0, maximum=MAX_RADIUS_M),
        "How sure the position is, in metres; with a position.",
    ),
    "taken_on": (
        Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.DATE),
        "The local day on which the photo was taken.",
    ),
    "top": (
        Schema(type=OpenAPIType.INTEGER, minimum=1, maximum=MOST_ANIMALS, default=5),
        "How many animals to return.",
    ),
    "use_area": (
        Schema(type=OpenAPIType.STRING, enum=["auto", "off", "required"], default="auto"),
        "off looks at the photo alone; required insists on a position.",
    ),
    "setting": (
        Schema(type=OpenAPIType.STRING, enum=["wild", "captive"], default="wild"),
        "captive: the animal is kept, so the place says nothing.",
    ),
    "lang": (
        Schema(type=OpenAPIType.STRING, pattern="^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,4}$"),
        "Language of common names; those that are missing come in English.",
    ),
    "cell": (_CELL, "An H3 cell in place of a position."),
    "month": (_MONTH, "A month in place of a day."),
    "photo_key": (
        Schema(type=OpenAPIType.STRING, max_length=64),
        "The key of a photo that was laid down, from /v1/uploads, in place of the photo.",
    ),
}

_SECURITY: Final = {
    "bearer": SecurityScheme(type="http", scheme="bearer", description="A key, where needed."),
    "header": SecurityScheme(type="apiKey", name="X-API-Key", security_scheme_in="header"),
}

_WHEN: Final = {
    400: "A field has no meaning",
    401: "A key is needed",
    404: "There is no such thing",
    405: "The method is not for this",
    413: "The body is too large",
    415: "The photo's type is not accepted",
    422: "The photo, the position or the date cannot be used",
    429: "Too many requests",
    500: "Something went wrong inside",
    503: "Overloaded or a part does not answer; try again after Retry-After",
}


def problems(*statuses: int) -> dict[int, ResponseSpec]:
    """Return the problems that a call may answer with; every call may refuse who must wait."""
    return {
        status: ResponseSpec(
            ProblemOut,
            description=_WHEN[status],
            media_type=PROBLEM_JSON,
            generate_examples=False,
        )
        for status in sorted({*statuses, 401, 429, 500, 503})
    }


def fields(*names: str) -> list[Parameter]:
    """Return those fields as parameters of the query."""
    return [
        Parameter(
            name=name,
            param_in="query",
            schema=_FIELDS[name][0],
            description=_FIELDS[name][1],
            allow_empty_value=True,  # it counts as not sent, as browsers send empty fields
        )
        for name in names
    ]


def operation(
    parameters: Sequence[Parameter] = (), body: RequestBody | None = None
) -> type[Operation]:
    """Return an operation that says so of its request, beside what the handler's types say."""

    @dataclass  # an Operation calls no __post_init__; a dataclass of its own does
    class Described(Operation):
        def __post_init__(self) -> None:
            if parameters:
                self.parameters = [*(self.parameters or []), *parameters]
            if body is not None:
                self.request_body = body

    return Described


def photo_body() -> RequestBody:
    """Return the two ways in which a photo is sent: a form, or the bytes themselves."""
    photo = Schema(
        type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY, description="The whole file."
    )
    metadata = Schema(
        type=OpenAPIType.STRING,
        format=OpenAPIFormat.BINARY,
        description="The first bytes of the original, where photo is a copy that lost them.",
    )
    form = Schema(
        type=OpenAPIType.OBJECT,
        any_of=[Schema(required=["photo"]), Schema(required=["photo_key"])],
        dependent_required={
            "latitude": ["longitude"],
            "longitude": ["latitude"],
            "radius_m": ["latitude"],
        },
        properties={
            "photo": photo,
            "metadata": metadata,
            **{name: schema for name, (schema, _) in _FIELDS.items()},
        },
    )
    raw = Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY)
    return RequestBody(
        required=True,
        content={
            "multipart/form-data": OpenAPIMediaType(schema=form),
            **{
                kind: OpenAPIMediaType(schema=raw)
                for kind in ("image/jpeg", "image/*", "application/octet-stream")
            },
        },
    )


def config() -> OpenAPIConfig:
    """Return what the document says of the service as a whole."""
    return OpenAPIConfig(
        title="Fieldmark",
        version=fieldmark.__version__,
        description="Names the animal in a photo, using what it shows and where and when it was "
        "taken. Errors are problem details (RFC 9457) with a stable type.",
        contact=Contact(name="The Fieldmark developers"),
        license=License(name="Apache-2.0", identifier="Apache-2.0"),
        components=Components(security_schemes=dict(_SECURITY)),
        security=[{}, {"bearer": []}, {"header": []}],
        tags=[
            Tag("photos", "What a photo shows and says"),
            Tag("answers", "Answers that were kept, and what people say of them"),
            Tag("areas", "What lives where"),
            Tag("service", "The service itself"),
        ],
        render_plugins=[],
        path=None,
        create_examples=False,
    )


def document(app: Any) -> dict[str, Any]:  # noqa: ANN401  # an application of the framework's
    """Return the OpenAPI document of the application."""
    schema: dict[str, Any] = app.openapi_schema.to_schema()
    # The framework does not tell of a Struct that it takes no other fields.
    for struct in (FeedbackIn, UploadIn):
        schema["components"]["schemas"][struct.__name__]["additionalProperties"] = False
    return schema
