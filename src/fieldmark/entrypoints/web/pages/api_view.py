"""The page about the API: the OpenAPI document, as a person reads it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

__all__ = ["ApiView", "Call", "Field", "Reply", "Section", "Shape", "api_view"]

_BOUNDS: Final = (
    ("minimum", "≥ {}"),
    ("maximum", "≤ {}"),
    ("minLength", "at least {} characters"),
    ("maxLength", "at most {} characters"),
    ("default", "{} unless sent"),
)

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Field:
    """A parameter of a call, or a field of a shape; ``shape`` is the anchor of its type's shape."""

    name: str
    where: str
    kind: str
    shape: str | None
    bounds: str
    text: str
    is_needed: bool


@dataclass(frozen=True, slots=True)
class Reply:
    """What a call may answer with."""

    status: str
    text: str
    media_type: str | None
    kind: str | None
    shape: str | None


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the API; ``bodies`` are the media types that it takes."""

    anchor: str
    method: str
    path: str
    summary: str
    text: str
    parameters: tuple[Field, ...]
    bodies: tuple[str, ...]
    form: tuple[Field, ...]
    replies: tuple[Reply, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """Calls that belong together."""

    name: str
    text: str
    calls: tuple[Call, ...]


@dataclass(frozen=True, slots=True)
class Shape:
    """A named shape of JSON."""

    name: str
    text: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class ApiView:
    """The whole document."""

    version: str
    text: str
    sections: tuple[Section, ...]
    shapes: tuple[Shape, ...]


def api_view(document: Json) -> ApiView:
    """Return the view of an OpenAPI 3.1 document."""
    calls = list(_calls(document["paths"]))
    shapes: Json = document["components"]["schemas"]
    return ApiView(
        version=document["info"]["version"],
        text=document["info"]["description"],
        sections=tuple(
            Section(
                tag["name"],
                tag["description"],
                tuple(call for tags, call in calls if tag["name"] in tags),
            )
            for tag in document["tags"]
        ),
        shapes=tuple(
            Shape(name, shapes[name].get("description", ""), _properties(shapes[name]))
            for name in sorted(shapes)
            if shapes[name].get("properties")
        ),
    )


def _calls(paths: Json) -> Iterator[tuple[Sequence[str], Call]]:
    for path, methods in paths.items():
        for method, said in methods.items():
            body = said.get("requestBody", {}).get("content", {})
            form = body.get("multipart/form-data", {}).get("schema", {})
            yield (
                said.get("tags", ()),
                Call(
                    anchor=said["operationId"],
                    method=method.upper(),
                    path=path,
                    summary=said.get("summary", ""),
                    text=said.get("description", ""),
                    parameters=tuple(_parameter(each) for each in said.get("parameters", ())),
                    bodies=tuple(body),
                    form=_properties(form),
                    replies=tuple(
                        _reply(status, reply) for status, reply in said["responses"].items()
                    ),
                ),
            )


def _parameter(said: Json) -> Field:
    return _field(
        said["name"],
        said["schema"],
        where=said["in"],
        text=said.get("description", ""),
        is_needed=bool(said.get("required")),
    )


def _properties(schema: Json) -> tuple[Field, ...]:
    needed = schema.get("required", ())
    return tuple(
        _field(name, each, is_needed=name in needed)
        for name, each in schema.get("properties", {}).items()
    )


def _field(
    name: str, schema: Json, *, where: str = "", text: str = "", is_needed: bool = False
) -> Field:
    kind, shape = _kind(schema)
    bounds = [words.format(schema[key]) for key, words in _BOUNDS if key in schema]
    return Field(
        name,
        where,
        kind,
        shape,
        ", ".join(bounds),
        text or schema.get("description", ""),
        is_needed,
    )


def _reply(status: str, said: Json) -> Reply:
    for media_type, content in said.get("content", {}).items():
        if content.get("schema"):
            return Reply(status, said["description"], media_type, *_kind(content["schema"]))
    return Reply(status, said["description"], None, None, None)


def _kind(schema: Json) -> tuple[str, str | None]:
    """Return a type in words, and the name of the shape that it is or holds."""
    if "$ref" in schema:
        name = str(schema["$ref"]).rsplit("/", 1)[-1]
        return name, name
    for choice in ("oneOf", "anyOf"):
        if choice in schema:
            kinds = [_kind(each) for each in schema[choice]]
            named = next((shape for _, shape in kinds if shape), None)
            return " or ".join(dict.fromkeys(kind for kind, _ in kinds)), named
    if "enum" in schema:
        return " | ".join(str(value) for value in schema["enum"]), None
    if schema.get("type") == "array":
        kind, shape = _kind(schema.get("items") or {})
        return f"list of {kind}", shape
    kind = schema.get("format") or schema.get("type") or "any"
    return (" or ".join(kind) if isinstance(kind, list) else str(kind)), None
