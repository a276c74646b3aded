"""S3 on loopback: moto's server in a process of its own.

It is a double: it believes every signature and does not enforce ``content-length-range``.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

from botocore.session import Session

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

__all__ = ["REGION", "S3Server", "aws_environment", "serving"]

REGION: Final = "eu-central-1"
_SERVER = """
import sys
from moto.server import ThreadedMotoServer
server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
server.start()
print(server.get_host_and_port()[1], flush=True)
sys.stdin.read()
server.stop()
"""
_HANG_S = 30


@dataclass(frozen=True, slots=True)
class S3Server:
    """A server that listens, and a client of our own to it."""

    url: str
    port: int
    client: "S3Client"

    def make(self, name: str) -> None:
        """Make a bucket, unless it is there."""
        with suppress(self.client.exceptions.BucketAlreadyOwnedByYou):
            self.client.create_bucket(
                Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION}
            )


def aws_environment(url: str) -> dict[str, str]:
    """Return AWS's variables for a server that believes every key."""
    return {
        "AWS_ACCESS_KEY_ID": "AKIATESTTESTTESTTEST",
        "AWS_SECRET_ACCESS_KEY": "a-secret-of-nobody",
        "AWS_REGION": REGION,
        "AWS_ENDPOINT_URL_S3": url,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }


@contextmanager
def serving() -> Iterator[S3Server]:
    """Run a server; it ends with its standard input, so it outlives nobody."""
    with subprocess.Popen(
        [sys.executable, "-c", _SERVER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,  # Ctrl-C is for whoever started it
    ) as process:
        try:
            assert process.stdout is not None
            port = int(process.stdout.readline())
            url = f"http://127.0.0.1:{port}"
            with closing(_client(url)) as client:
                yield S3Server(url, port, client)
        finally:
            assert process.stdin is not None
            process.stdin.close()
            try:
                process.wait(_HANG_S)
            except subprocess.TimeoutExpired:
                process.kill()


def _client(url: str) -> "S3Client":
    client = Session().create_client(
        "s3",
        endpoint_url=url,
        region_name=REGION,
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106  # the server believes every key
    )
    return cast("S3Client", client)
