"""The double of S3 with the buckets of the template."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from cloud.s3_server import REGION, S3Server, aws_environment, serving

__all__ = ["Storage", "storage"]

_BUCKETS: Final = ("journal", "photos", "uploads")


@dataclass(frozen=True, slots=True)
class Storage:
    """Where it is, and what clients of it must know."""

    server: S3Server

    @property
    def journal(self) -> str:
        """Where answers and feedback go."""
        return "s3://journal/answers"

    @property
    def photos(self) -> str:
        """Where photos go that are kept."""
        return "s3://photos/kept"

    @property
    def uploads(self) -> str:
        """Where photos lie on their way."""
        return "s3://uploads/incoming"

    @property
    def aws(self) -> Mapping[str, str]:
        """AWS's own variables."""
        return aws_environment(self.server.url)


@contextmanager
def storage(port: int) -> Iterator[Storage]:
    """Run it with empty buckets; a website on that port (0: any) may send uploads to it."""
    with serving() as server:
        for bucket in _BUCKETS:
            server.client.create_bucket(
                Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION}
            )
        server.client.put_bucket_cors(
            Bucket="uploads",
            CORSConfiguration={
                "CORSRules": [
                    {
                        "AllowedMethods": ["POST"],
                        "AllowedOrigins": [f"http://127.0.0.1:{port or '*'}"],
                        "AllowedHeaders": ["*"],
                        "MaxAgeSeconds": 3600,
                    }
                ]
            },
        )
        yield Storage(server)
