"""Where browsers find a bucket, without a client where that is possible: pages need it at once."""

import os
import re
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from fieldmark.adapters.s3_client import own_endpoint

__all__ = ["origin_of", "told_origin"]

_REGION: Final = re.compile(r"(?:af|ap|ca|eu|il|me|mx|sa|us)-[a-z]+-[0-9]")
"""Regions of AWS's common part, whose names all end alike."""

_OTHERWISE: Final = ("AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT", "AWS_PROFILE")


def told_origin(bucket: str) -> str | None:
    """Return the bucket's origin as the environment tells it, None where a client must be asked."""
    endpoint = own_endpoint()
    if endpoint is not None:
        return origin_of(endpoint)
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or ""
    is_plain = _REGION.fullmatch(region) and not any(os.environ.get(name) for name in _OTHERWISE)
    config = Path(os.environ.get("AWS_CONFIG_FILE") or "~/.aws/config").expanduser()
    if not is_plain or config.is_file():
        return None
    host = f"s3.{region}.amazonaws.com"
    return f"https://{host}" if "." in bucket else f"https://{bucket}.{host}"


def origin_of(url: str) -> str:
    """Return the origin of an address."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
