"""What a website was asked, byte by byte."""

from collections.abc import Sequence
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message

from fieldmark.entrypoints.web.asgi import App, Receive, Scope, Send
from fieldmark.entrypoints.web.asgi import Message as AsgiMessage

__all__ = ["Asked", "Recording", "last"]


@dataclass
class Asked:
    """One request as it came in, byte by byte."""

    method: str
    path: str
    query: bytes
    headers: dict[str, str]
    body: bytes = b""

    def parts(self) -> dict[str, Message]:
        """Return the parts of a form by the name of their field."""
        head = f"Content-Type: {self.headers['content-type']}\r\n\r\n".encode()
        found = message_from_bytes(head + self.body).get_payload()
        return {
            str(part.get_param("name", header="content-disposition")): part
            for part in found
            if isinstance(part, Message)
        }

    def fields(self) -> dict[str, bytes]:
        """Return the contents of a form by the name of their field."""
        return {name: _content(part) for name, part in self.parts().items()}


class Recording:
    """An ASGI application that notes what it passes on."""

    def __init__(self, app: App, asked: list[Asked]) -> None:
        self._app = app
        self._asked = asked

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = {n.decode("latin-1"): v.decode("latin-1") for n, v in scope["headers"]}
        asked = Asked(scope["method"], scope["path"], scope["query_string"], headers)
        self._asked.append(asked)

        async def noted() -> AsgiMessage:
            message = await receive()
            asked.body += message.get("body", b"")
            return message

        await self._app(scope, noted, send)


def last(asked: Sequence[Asked], path: str) -> Asked:
    """Return the last request whose path ends so."""
    return next(one for one in reversed(asked) if one.path.endswith(path))


def _content(part: Message) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""
