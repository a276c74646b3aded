"""A client of S3: made when it is needed, patient for seconds only, in our words where it fails.

Region, endpoint and credentials are AWS's own to find: its ``AWS_*`` variables, its files, the role
of the machine.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final, Literal, cast

from fieldmark.errors import ExtraMissing, StoreRefused, Unavailable

if TYPE_CHECKING:
    from botocore.exceptions import ClientError
    from mypy_boto3_s3 import S3Client

__all__ = ["code_of", "error_of", "new_client", "own_endpoint", "reaching", "require_client"]

_CONNECT_S: Final = 0.5
_READ_S: Final = 2.0
_ATTEMPTS: Final = 2
"""One quick retry: what S3 refuses for longer is better done without, or done later."""

_CONNECTIONS: Final = 16
_ENDPOINTS: Final = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")
_DENIED: Final = frozenset({"401", "403", "AccessDenied", "AllAccessDisabled", "AccountProblem"})
_STRANGER: Final = frozenset(
    {"ExpiredToken", "InvalidAccessKeyId", "InvalidToken", "SignatureDoesNotMatch",
     "RequestTimeTooSkewed", "AuthorizationHeaderMalformed"}
)  # fmt: skip
_ELSEWHERE: Final = frozenset({"301", "PermanentRedirect", "IllegalLocationConstraintException"})


def require_client() -> None:
    """Check that there is a client to import, without importing it.

    Raises:
        ExtraMissing: it is not installed.
    """
    if find_spec("botocore") is None:
        raise ExtraMissing("places in S3 need an extra: pip install 'fieldmark[aws]'")


def own_endpoint() -> str | None:
    """Return the server that the environment names in place of AWS's."""
    return next((os.environ[name] for name in _ENDPOINTS if os.environ.get(name)), None)


def new_client() -> "S3Client":
    """Return a client; threads may share it.

    Raises:
        StoreRefused: what AWS's variables say cannot be used.
    """
    # botocore is boto3 without its object layer, which nothing here needs.
    from botocore.config import Config  # noqa: PLC0415
    from botocore.exceptions import BotoCoreError  # noqa: PLC0415
    from botocore.session import Session  # noqa: PLC0415

    # AWS gives a bucket a name of its own in its region: forms for browsers need it, since a
    # browser does not follow the general name's redirection. Other servers may have but one name.
    style: Literal["path", "virtual"] = "virtual" if own_endpoint() is None else "path"
    config = Config(
        connect_timeout=_CONNECT_S,
        read_timeout=_READ_S,
        retries={"mode": "standard", "total_max_attempts": _ATTEMPTS},
        max_pool_connections=_CONNECTIONS,
        s3={"addressing_style": style, "us_east_1_regional_endpoint": "regional"},
    )
    region = os.environ.get("AWS_REGION")  # botocore knows the older AWS_DEFAULT_REGION only
    session = Session()
    try:
        client = session.create_client("s3", region_name=region, config=config)
        credentials = session.get_credentials()
    except (BotoCoreError, ValueError) as error:
        raise StoreRefused(f"S3 cannot be asked ({error}); look at the AWS_* variables") from error
    if credentials is None:
        raise StoreRefused(
            "S3 cannot be asked: there are no credentials of AWS; give this machine a role, or set "
            "the AWS_* variables"
        )
    return cast("S3Client", client)


@contextmanager
def reaching(where: str) -> Iterator[None]:
    """Turn what the client raises into our errors; ``where`` is for messages.

    Raises:
        StoreRefused: the bucket is not there, or is not for us.
        Unavailable: S3 does not answer in time, or says that it cannot.
    """
    from botocore import exceptions as vendor  # noqa: PLC0415

    try:
        yield
    except vendor.ClientError as error:
        raise error_of(where, code_of(error)) from error
    except vendor.ParamValidationError as error:
        raise StoreRefused(f"{where} cannot be asked ({error})") from error
    except vendor.BotoCoreError as error:
        raise Unavailable(f"{where} does not answer ({type(error).__name__})") from error


def code_of(error: "ClientError") -> str:
    """Return S3's word for what was wrong, such as ``NoSuchKey``."""
    return error.response.get("Error", {}).get("Code", "")


def error_of(where: str, code: str) -> StoreRefused | Unavailable:
    """Return what S3's word for a fault is in ours."""
    if code in _DENIED:
        return StoreRefused(
            f"{where} denies access ({code}); allow s3:GetObject, s3:PutObject, s3:DeleteObject "
            "and s3:ListBucket on it"
        )
    if code in _STRANGER:
        return StoreRefused(f"{where} does not know these credentials of AWS ({code})")
    if code == "NoSuchBucket":
        return StoreRefused(f"{where}: there is no such bucket; make it, or name another")
    if code in _ELSEWHERE:
        return StoreRefused(f"{where} lies in another region ({code}); set AWS_REGION to it")
    return Unavailable(f"{where} does not answer as it should ({code or 'no reason given'})")
