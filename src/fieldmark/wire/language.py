"""Whatever leaves, with its common names in another language."""

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from fieldmark.wire.taxa import AncestorOut, TaxonOut

__all__ = ["in_language"]

S = TypeVar("S", bound=msgspec.Struct)


def in_language(out: S, names: Mapping[int, str]) -> S:
    """Return the same with the common name of each taxon that has one there; others stay."""
    return _named(out, names) if names else out


def _named(value: Any, names: Mapping[int, str]) -> Any:  # noqa: ANN401 - any part of a Struct
    if isinstance(value, list):
        return [_named(one, names) for one in value]
    if isinstance(value, TaxonOut | AncestorOut):
        name = names.get(value.id, value.common_name)
        return msgspec.structs.replace(value, common_name=name)
    if isinstance(value, msgspec.Struct):
        parts = {name: getattr(value, name) for name in value.__struct_fields__}
        changed = {name: _named(part, names) for name, part in parts.items()
                   if isinstance(part, list | msgspec.Struct)}  # fmt: skip
        return msgspec.structs.replace(value, **changed)
    return value
