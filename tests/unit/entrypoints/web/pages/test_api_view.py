from fieldmark.entrypoints.web.pages.api_view import api_view

DOCUMENT = {
    "info": {"version": "1.2", "description": "Names animals."},
    "tags": [{"name": "areas", "description": "What lives where"}],
    "paths": {
        "/v1/areas": {
            "get": {
                "tags": ["areas"],
                "operationId": "areas",
                "summary": "The animals",
                "description": "Answer with them.",
                "parameters": [
                    {
                        "name": "month",
                        "in": "query",
                        "schema": {"type": "integer", "minimum": 1, "maximum": 12},
                        "description": "Of the year.",
                    }
                ],
                "requestBody": {
                    "content": {
                        "multipart/form-data": {
                            "schema": {
                                "required": ["photo"],
                                "properties": {"photo": {"type": "string", "format": "binary"}},
                            }
                        }
                    }
                },
                "responses": {
                    "200": {
                        "description": "Fine",
                        "content": {
                            "application/json": {"schema": {"$ref": "#/components/schemas/Area"}}
                        },
                    },
                    "204": {"description": "Nothing"},
                },
            }
        }
    },
    "components": {
        "schemas": {
            "Area": {
                "description": "One area.",
                "properties": {
                    "animals": {"type": "array", "items": {"$ref": "#/components/schemas/Animal"}},
                    "cell": {"oneOf": [{"type": "string"}, {"type": "null"}]},
                    "status": {"enum": ["used", "empty"]},
                },
            },
            "Word": {"enum": ["a"]},
        }
    },
}


def test_a_call_says_what_it_takes_and_what_it_gives() -> None:
    (section,) = api_view(DOCUMENT).sections
    (call,) = section.calls

    assert (call.method, call.path, call.summary) == ("GET", "/v1/areas", "The animals")
    assert call.parameters[0].bounds == "≥ 1, ≤ 12"
    assert (call.parameters[0].where, call.parameters[0].is_needed) == ("query", False)
    assert (call.bodies, call.form[0].kind, call.form[0].is_needed) == (
        ("multipart/form-data",), "binary", True,
    )  # fmt: skip
    assert [(r.status, r.kind, r.shape) for r in call.replies] == [
        ("200", "Area", "Area"),
        ("204", None, None),
    ]


def test_a_shape_says_the_type_of_each_field_and_links_the_shapes_within() -> None:
    (shape,) = api_view(DOCUMENT).shapes

    assert [(field.kind, field.shape) for field in shape.fields] == [
        ("list of Animal", "Animal"),
        ("string or null", None),
        ("used | empty", None),
    ]
