"""Speaking: common names in the language that was asked for, and saying which one it is."""

from typing import TypeVar

import msgspec

from fieldmark.entrypoints.web.asgi import Scope, state_of
from fieldmark.entrypoints.web.asking import language_of
from fieldmark.entrypoints.web.identifying import query_of
from fieldmark.entrypoints.web.service import Service
from fieldmark.wire import in_language

__all__ = ["spoken"]

S = TypeVar("S", bound=msgspec.Struct)


def spoken(service: Service, scope: Scope, out: S, lang: str | None = None) -> S:
    """Return the answer with names in a language, English where there is none.

    The response says in which, as ``Content-Language``.

    Args:
        service: whose names there are.
        scope: of the request; its query says the language, as ``lang``.
        out: the answer.
        lang: the language, where it did not come with the query alone.
    Raises:
        RequestError: it is no language tag.
    """
    said = query_of(scope).get("lang", "") if lang is None else lang
    wanted = language_of({"lang": said.strip()})
    header = ("Content-Language", service.names.language(wanted))
    state_of(scope).setdefault("headers", []).append(header)
    return in_language(out, service.names.of(wanted))
