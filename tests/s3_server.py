"""Buckets of the double of S3: one server for all tests, a bucket for each."""

import os
from dataclasses import dataclass
from uuid import uuid4

import pytest

from cloud.s3_server import S3Server, aws_environment, serving
from fieldmark.adapters.s3_bucket import S3Bucket

__all__ = ["Bucket", "S3Server", "aws_environment", "lead_to", "new_bucket", "serving"]


@dataclass(frozen=True, slots=True)
class Bucket:
    """A fresh bucket, to look into past the adapters."""

    name: str
    server: S3Server

    def at(self, prefix: str = "") -> S3Bucket:
        """Return the bucket as adapters take it."""
        return S3Bucket(self.name, prefix)

    def all_keys(self) -> list[str]:
        """Return all keys, in order."""
        pages = self.server.client.get_paginator("list_objects_v2").paginate(Bucket=self.name)
        return [found["Key"] for page in pages for found in page.get("Contents", [])]


def lead_to(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let AWS's variables lead to a server, for one test."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in aws_environment(url).items():
        monkeypatch.setenv(name, value)


def new_bucket(server: S3Server) -> Bucket:
    """Make a bucket."""
    name = f"test-{uuid4().hex}"
    server.make(name)
    return Bucket(name, server)
