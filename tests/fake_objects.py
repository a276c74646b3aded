"""A fake of ports.Objects, in memory."""

from dataclasses import dataclass, field

from fieldmark.errors import PhotoTooLarge


@dataclass
class FakeObjects:
    """See ports.Objects. ``fault``, where set, is raised by every read."""

    held: dict[tuple[str, str], bytes] = field(default_factory=dict)
    fault: Exception | None = None

    def get(self, bucket: str, key: str, most_bytes: int) -> bytes | None:
        if self.fault is not None:
            raise self.fault
        data = self.held.get((bucket, key))
        if data is not None and len(data) > most_bytes:
            raise PhotoTooLarge(f"{len(data)} bytes are too many")
        return data

    def put(self, bucket: str, key: str, data: bytes, content_type: str) -> None:
        assert "/" in content_type
        self.held[bucket, key] = data

    def close(self) -> None:
        pass
