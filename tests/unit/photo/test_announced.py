"""What may be announced before it is sent."""

import pytest

from fieldmark.errors import PhotoTooLarge, PhotoTypeUnsupported
from fieldmark.photo.announced import MEDIA_TYPES, require_welcome


@pytest.mark.parametrize("media_type", MEDIA_TYPES)
def test_each_type_that_is_read_is_welcome(media_type: str) -> None:
    require_welcome(media_type, 1000, 1000)


@pytest.mark.parametrize(
    "media_type", ["", "image/svg+xml", "image/*", "IMAGE/JPEG", "image/jpeg; x=1", "text/html"]
)
def test_no_other_type_is_welcome(media_type: str) -> None:
    with pytest.raises(PhotoTypeUnsupported, match="send one of image/jpeg"):
        require_welcome(media_type, 1, 1000)


def test_no_larger_photo_is_welcome() -> None:
    with pytest.raises(PhotoTooLarge, match="1,001 bytes"):
        require_welcome("image/jpeg", 1001, 1000)
