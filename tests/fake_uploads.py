"""A fake of the port of uploads, in memory."""

import re
import secrets
from dataclasses import dataclass, field

from fieldmark.errors import NotFound, PhotoTooLarge, Unavailable
from fieldmark.ports import UploadForm

__all__ = ["FakeUploads"]


@dataclass
class FakeUploads:
    """Uploads in a dict; where it is ``down`` it cannot be reached. Its forms lead nowhere."""

    held: dict[str, bytes] = field(default_factory=dict)
    given: list[tuple[str, int]] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    most_bytes: int = 25 * 1024 * 1024
    origin: str = "https://uploads.example.org"
    down: bool = False
    closed: bool = False

    def form(self, content_type: str, size_bytes: int) -> UploadForm:
        self._reach()
        self.given.append((content_type, size_bytes))
        key = secrets.token_hex(16)
        return UploadForm(f"{self.origin}/", {"Content-Type": content_type, "key": key}, key, 600)

    def put(self, photo: bytes) -> str:
        self._reach()
        key = secrets.token_hex(16)
        self.held[key] = photo
        return key

    def get(self, key: str) -> bytes | None:
        self._reach(key)
        photo = self.held.get(key)
        if photo is not None and len(photo) > self.most_bytes:
            raise PhotoTooLarge(f"the upload has {len(photo):,} bytes")
        return photo

    def delete(self, key: str) -> None:
        self._reach(key)
        self.deleted.append(key)
        self.held.pop(key, None)

    def close(self) -> None:
        self.closed = True

    def _reach(self, key: str | None = None) -> None:
        if key is not None and not re.fullmatch("[0-9a-f]{32}", key):
            raise NotFound(f"there is no upload {key!r}")
        if self.down:
            raise Unavailable("the uploads are down")
