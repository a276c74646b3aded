"""Small forms, as browsers send them: ``application/x-www-form-urlencoded``."""

from urllib.parse import parse_qsl

from fieldmark.entrypoints.web.asgi import body_of
from fieldmark.entrypoints.web.pages.rendering import AnyRequest
from fieldmark.errors import RequestError

__all__ = ["form_of"]

_MOST_BYTES = 16 * 1024
_MOST_FIELDS = 32


async def form_of(request: AnyRequest) -> dict[str, str]:
    """Return the fields of the form; of one that is there twice the last counts.

    Raises:
        RequestError: it is too long, or no text in UTF-8.
        ClientLeft: the client left before its end.
    """
    body = bytearray()
    async for chunk in body_of(request.receive):  # type: ignore[arg-type]  # messages are mappings
        body += chunk
        if len(body) > _MOST_BYTES:
            raise RequestError(f"the form is longer than the {_MOST_BYTES:,} bytes it may have")
    try:
        pairs = parse_qsl(
            body.decode(), keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS
        )
    except ValueError:
        raise RequestError(
            f"the form cannot be read; it must hold at most {_MOST_FIELDS} fields in UTF-8"
        ) from None
    return dict(pairs)
