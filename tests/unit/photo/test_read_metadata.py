import zlib
from datetime import datetime, timedelta, timezone
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldmark.photo import notes
from fieldmark.photo.exif import read_metadata
from fieldmark.photo.metadata import PhotoMetadata
from photo_files import (
    Gps,
    Order,
    exif_block,
    gps_fields,
    heif,
    jpeg_segment,
    jpeg_with,
    photo,
    picture,
    png_chunk,
    png_with,
    webp_with,
    xmp_packet,
)

KRUGER = (-24.0106, 31.4853)
PLAIN_JPEG = photo(picture())
PLAIN_PNG = photo(picture(), "PNG")
LOCAL = "2024:06:15 10:30:00"


def read_gps(gps: Gps) -> PhotoMetadata:
    return read_metadata(jpeg_with(exif_block(gps=gps)))


def read_time(**tags: str) -> PhotoMetadata:
    names = {"original": 0x9003, "digitised": 0x9004, "offset": 0x9011, "edited": 0x0132}
    fields = {names[name]: text for name, text in tags.items()}
    main = {tag: text for tag, text in fields.items() if tag == 0x0132}
    exif = {tag: text for tag, text in fields.items() if tag != 0x0132}
    return read_metadata(jpeg_with(exif_block(main, exif)))


def place(metadata: PhotoMetadata) -> tuple[float, float] | None:
    position = metadata.position
    return None if position is None else (position.latitude, position.longitude)


def codes(metadata: PhotoMetadata) -> list[str]:
    return [note.code for note in metadata.notes]


def raw_profile(block: bytes) -> bytes:
    return b"\nexif\n%8d\n" % len(block) + block.hex().encode() + b"\n"


def in_each_container(block: bytes) -> dict[str, bytes]:
    profile = raw_profile(b"Exif\x00\x00" + block)
    item = b"\x00\x00\x00\x06Exif\x00\x00" + block
    return {
        "jpeg": jpeg_with(block),
        "png eXIf": png_with(png_chunk(b"eXIf", block)),
        "png eXIf behind the picture": PLAIN_PNG[:-12]
        + png_chunk(b"eXIf", block)
        + PLAIN_PNG[-12:],
        "png zTXt": png_with(
            png_chunk(b"zTXt", b"Raw profile type exif\x00\x00" + zlib.compress(profile))
        ),
        "png tEXt": png_with(png_chunk(b"tEXt", b"Raw profile type APP1\x00" + profile)),
        "webp": webp_with(block),
        "webp with the JPEG header": webp_with(b"Exif\x00\x00" + block),
        "heic": heif(item),
        "heic idat": heif(item, in_idat=True),
        "heic without the JPEG header": heif(b"\x00\x00\x00\x00" + block),
        "heic with a wrong distance": heif(b"\x00\x00\x00\x00Exif\x00\x00" + block),
        "tiff": block,
    }


CONTAINERS = tuple(in_each_container(exif_block()))


@settings(max_examples=60, deadline=None)
@given(
    latitude=st.floats(-90, 90).filter(lambda value: abs(value) > 1e-6),
    longitude=st.floats(-180, 180).filter(lambda value: abs(value) > 1e-6),
    container=st.sampled_from(CONTAINERS),
    order=st.sampled_from(["<", ">"]),
)
def test_a_position_written_anywhere_is_read_back(
    latitude: float, longitude: float, container: str, order: Order
) -> None:
    block = exif_block(gps=gps_fields(latitude, longitude), order=order)

    found = place(read_metadata(in_each_container(block)[container]))

    assert found == pytest.approx((latitude, longitude), abs=1e-6)


def test_the_start_of_a_jpeg_is_enough() -> None:
    data = jpeg_with(exif_block(gps=gps_fields(*KRUGER)))

    assert place(read_metadata(data[:400])) == KRUGER


def test_exif_need_not_be_the_first_segment() -> None:
    exif = jpeg_segment(0xE1, b"Exif\x00\x00" + exif_block(gps=gps_fields(*KRUGER)))
    others = jpeg_segment(0xE2, b"MPF\x00" + bytes(40)) + jpeg_segment(0xED, b"Photoshop 3.0\x00")

    assert place(read_metadata(PLAIN_JPEG[:2] + others + b"\xff\xff" + exif)) == KRUGER


def test_the_first_of_two_exif_blocks_counts() -> None:
    second = jpeg_with(exif_block(gps=gps_fields(48.85, 2.35)))

    data = jpeg_with(exif_block(gps=gps_fields(*KRUGER)), base=second)

    assert place(read_metadata(data)) == KRUGER


@pytest.mark.parametrize("south", ["S", "s", "South", " S", "S\x00\x00", "\uff33"])
def test_a_hemisphere_is_known_by_its_first_letter(south: str) -> None:
    assert place(read_gps({**gps_fields(*KRUGER), 1: south})) == KRUGER


@pytest.mark.parametrize("unknown", ["", "\x00", "O", "?", "\u042e", "E"])
def test_a_hemisphere_is_never_guessed(unknown: str) -> None:
    metadata = read_gps({**gps_fields(*KRUGER), 1: unknown})

    assert metadata.position is None
    assert codes(metadata) == [notes.POSITION_WITHOUT_HEMISPHERE]


@pytest.mark.parametrize("missing", [2, 4])
def test_half_a_position_is_no_position(missing: int) -> None:
    gps = gps_fields(*KRUGER)
    del gps[missing]

    metadata = read_gps(gps)

    assert metadata.position is None
    assert codes(metadata) == [notes.POSITION_INCOMPLETE]


def test_a_position_of_exactly_zero_is_no_position() -> None:
    metadata = read_gps(gps_fields(0.0, 0.0))

    assert metadata.position is None
    assert codes(metadata) == [notes.POSITION_NULL_ISLAND]


def test_a_position_on_one_zero_line_is_a_position() -> None:
    assert place(read_gps(gps_fields(0.0, -78.4558))) == (0.0, -78.4558)
    assert place(read_gps(gps_fields(51.4779, 0.0))) == (51.4779, 0.0)


@pytest.mark.parametrize(("tag", "degrees"), [(2, 91), (2, 4_294_967_295), (4, 181)])
def test_a_coordinate_that_does_not_exist_is_out_of_range(tag: int, degrees: int) -> None:
    metadata = read_gps({**gps_fields(10.0, 20.0), tag: [(degrees, 1), (0, 1), (0, 1)]})

    assert metadata.position is None
    assert codes(metadata) == [notes.POSITION_OUT_OF_RANGE]
    assert str(degrees) in metadata.notes[0].text


@pytest.mark.parametrize(
    "latitude",
    [
        [(10, 0), (0, 1), (0, 1)],
        [(0, 0), (0, 0), (0, 0)],
        [(10, 1), (0, 0), (0, 1)],
        [(-10, 1), (0, 1), (0, 1)],
        [(10, 1), (0, 1), (0, 1), (0, 1)],
        "10 degrees",
    ],
)
def test_a_coordinate_that_is_no_number_is_malformed(latitude: list[tuple[int, int]] | str) -> None:
    metadata = read_gps({**gps_fields(10.0, 20.0), 2: latitude})

    assert metadata.position is None
    assert codes(metadata) == [notes.POSITION_MALFORMED]


@pytest.mark.parametrize(
    ("latitude", "degrees"),
    [
        ([(335, 10), (0, 1), (0, 1)], -33.5),
        ([(33, 1), (3051, 100), (0, 1)], -33.5085),
        ([(33, 1), (75, 1), (90, 1)], -34.275),
        ([(-33, 1), (30, 1), (0, 1)], -33.5),
        ([(67, 2)], -33.5),
        ([(33, 1), (61, 2), (0, 0)], -33.50833333),
    ],
)
def test_cameras_write_degrees_in_many_ways(
    latitude: list[tuple[int, int]], degrees: float
) -> None:
    metadata = read_gps({**gps_fields(*KRUGER), 2: latitude})

    assert metadata.position is not None
    assert metadata.position.latitude == pytest.approx(degrees)
    assert metadata.notes == ()


def test_unknown_seconds_leave_a_minute_of_arc_open() -> None:
    metadata = read_gps({**gps_fields(10.0, 20.0), 2: [(10, 1), (30, 1), (0, 0)]})

    assert place(metadata) == (10.5, 20.0)
    assert metadata.position is not None
    assert metadata.position.radius_m == 1_852.0
    assert codes(metadata) == [notes.POSITION_COARSE]


@pytest.mark.parametrize(
    ("stated", "radius_m"),
    [((65, 10), 6.5), ((0, 1), 0.0), ((5, 0), 0.0), ((-3, 1), 0.0), ((2**31, 1), 1_000_000.0)],
)
def test_the_stated_error_is_the_radius_within_reason(
    stated: tuple[int, int], radius_m: float
) -> None:
    metadata = read_gps({**gps_fields(*KRUGER), 31: [stated]})

    assert metadata.position is not None
    assert metadata.position.radius_m == radius_m


def test_a_gps_directory_outside_of_the_file_is_malformed() -> None:
    metadata = read_metadata(jpeg_with(exif_block({0x8825: 60_000})))

    assert codes(metadata) == [notes.POSITION_MALFORMED]


def test_the_original_time_comes_before_the_digitised_and_never_that_of_an_edit() -> None:
    original, digitised = "2024:06:15 10:30:00", "2024:07:01 00:00:00"

    both = read_time(original=original, digitised=digitised, edited="2025:01:01 00:00:00")
    second = read_time(digitised=digitised, edited="2025:01:01 00:00:00")
    third = read_time(edited="2025:01:01 00:00:00")

    assert both.taken_at == datetime(2024, 6, 15, 10, 30)  # noqa: DTZ001  local time
    assert second.taken_at == datetime(2024, 7, 1)  # noqa: DTZ001  local time
    assert third.taken_at is None


def test_the_local_day_stands_whatever_its_offset() -> None:
    metadata = read_time(original="2024:01:01 00:30:00", offset="+13:00")

    assert metadata.taken_at == datetime(2024, 1, 1, 0, 30, tzinfo=timezone(timedelta(hours=13)))
    assert metadata.taken_at is not None
    assert metadata.taken_at.month == 1
    assert metadata.notes == ()


def test_a_time_without_an_offset_says_so() -> None:
    assert codes(read_time(original=LOCAL)) == [notes.PHOTO_TIME_HAS_NO_ZONE]


@pytest.mark.parametrize(
    "impossible",
    ["2023:02:30 10:00:00", "2024:06:15 24:00:00", "2023:13:01 10:00:00", "yesterday noon",
     "0000:00:00 00:00:00", "1825:12:31 12:00:00"],
)  # fmt: skip
def test_a_time_that_does_not_exist_is_none(impossible: str) -> None:
    metadata = read_time(original=impossible)

    assert metadata.taken_at is None
    assert codes(metadata) == [notes.PHOTO_TIME_INVALID]
    assert impossible in metadata.notes[0].text


@pytest.mark.parametrize("blank", ["    :  :     :  :  ", "", "\x00\x00"])
def test_a_blank_time_is_absent_and_no_trouble(blank: str) -> None:
    assert read_time(original=blank) == PhotoMetadata()


@pytest.mark.parametrize(
    ("stated", "orientation"), [(1, 1), (3, 3), (6, 6), (8, 8), (0, 1), (9, 1), (65_536, 1)]
)
def test_an_orientation_off_the_scale_is_upright(stated: int, orientation: int) -> None:
    assert read_metadata(jpeg_with(exif_block({0x0112: stated}))).orientation == orientation


def test_heic_turns_itself() -> None:
    item = b"\x00\x00\x00\x00" + exif_block({0x0112: 6})

    assert read_metadata(heif(item)).orientation == 1


@pytest.mark.parametrize(
    ("latitude", "longitude"), [("24,0.636S", "31,29.118E"), ("24,0,38.16S", "31,29,7.08E")]
)
def test_xmp_speaks_where_exif_is_silent(latitude: str, longitude: str) -> None:
    packet = xmp_packet(
        GPSLatitude=latitude,
        GPSLongitude=longitude,
        GPSHPositioningError="5/1",
        DateTimeOriginal="2024-06-15T10:30:00+02:00",
    )

    metadata = read_metadata(jpeg_with(xmp=packet))

    assert place(metadata) == pytest.approx(KRUGER)
    assert metadata.position is not None
    assert (metadata.position.source, metadata.position.radius_m) == ("xmp", 5.0)
    assert metadata.taken_at == datetime(2024, 6, 15, 8, 30, tzinfo=timezone.utc)  # noqa: UP017


def test_exif_beats_xmp() -> None:
    packet = xmp_packet(GPSLatitude="48,51.0N", GPSLongitude="2,21.0E")

    metadata = read_metadata(jpeg_with(exif_block(gps=gps_fields(*KRUGER)), packet))

    assert place(metadata) == KRUGER


def test_xmp_helps_out_where_exif_is_broken_and_the_note_stays() -> None:
    packet = xmp_packet(GPSLatitude="24,0.636S", GPSLongitude="31,29.118E")

    metadata = read_metadata(jpeg_with(exif_block(gps=gps_fields(0.0, 0.0)), packet))

    assert metadata.position is not None
    assert metadata.position.source == "xmp"
    assert codes(metadata) == [notes.POSITION_NULL_ISLAND]


def test_xmp_properties_may_be_elements() -> None:
    packet = b"""<x:xmpmeta xmlns:x="adobe:ns:meta/" xmlns:e="http://ns.adobe.com/exif/1.0/">
      <e:GPSLatitude>24,0.636S</e:GPSLatitude><e:GPSLongitude>31,29.118E</e:GPSLongitude>
    </x:xmpmeta>\x00\x00"""

    assert place(read_metadata(webp_with(xmp=packet))) == pytest.approx(KRUGER)


def test_xmp_is_found_in_every_container() -> None:
    packet = xmp_packet(GPSLatitude="24,0.636S", GPSLongitude="31,29.118E")
    itxt = b"XML:com.adobe.xmp\x00%c\x00\x00\x00"
    files = [
        jpeg_with(xmp=packet),
        webp_with(xmp=packet),
        heif(xmp=packet),
        heif(b"\x00\x00\x00\x00" + exif_block(), packet, in_idat=True),
        png_with(png_chunk(b"iTXt", itxt % 0 + packet)),
        png_with(png_chunk(b"iTXt", itxt % 1 + zlib.compress(packet))),
        exif_block({700: packet}),
    ]

    assert [place(read_metadata(data)) for data in files] == [pytest.approx(KRUGER)] * len(files)


@pytest.mark.parametrize(
    ("latitude", "code"),
    [
        ("24,0.636", notes.POSITION_WITHOUT_HEMISPHERE),
        ("-24.0106", notes.POSITION_MALFORMED),
        ("124,0.0S", notes.POSITION_OUT_OF_RANGE),
        ("9" * 5_000 + "S", notes.POSITION_MALFORMED),
    ],
)
def test_xmp_positions_are_checked_as_exif_ones(latitude: str, code: str) -> None:
    packet = xmp_packet(GPSLatitude=latitude, GPSLongitude="31,29.118E")

    assert codes(read_metadata(jpeg_with(xmp=packet))) == [code]


@pytest.mark.parametrize(
    "packet",
    [
        b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
        '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>'.encode("utf-16"),
        b"no XML at all",
        b"<a><b></a>",
        b"<a>" * 10_000,
    ],
)
def test_xmp_that_is_no_plain_xml_is_not_used(packet: bytes) -> None:
    metadata = read_metadata(jpeg_with(xmp=packet))

    assert codes(metadata) == [notes.METADATA_UNREADABLE]


def test_an_inflating_text_is_read_up_to_a_bound() -> None:
    bomb = zlib.compress(bytes(64 * 1024 * 1024))

    metadata = read_metadata(
        png_with(png_chunk(b"iTXt", b"XML:com.adobe.xmp\x00\x01\x00\x00\x00" + bomb))
    )

    assert metadata.position is None


def test_a_block_that_is_cut_is_not_trusted() -> None:
    data = jpeg_with(exif_block(exif={0x9003: LOCAL}, gps=gps_fields(*KRUGER)))

    metadata = read_metadata(data[:120])

    assert (metadata.position, metadata.taken_at) == (None, None)
    assert codes(metadata) == [notes.METADATA_UNREADABLE]


@pytest.mark.parametrize("kind", ["GIF", "BMP"])
def test_formats_without_exif_say_nothing(kind: str) -> None:
    assert read_metadata(photo(picture(), kind)) == PhotoMetadata()


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400))
def test_random_bytes_are_never_an_error(data: bytes) -> None:
    for start in (b"", b"\xff\xd8\xff", PLAIN_PNG[:33], b"II*\x00", b"MM\x00*",
                  b"RIFF\x00\x00\x00\x00WEBP", b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic",
                  b"\xff\xd8\xff\xe1\x01\x98Exif\x00\x00II*\x00"):  # fmt: skip
        assert isinstance(read_metadata(start + data), PhotoMetadata)


WHOLE = exif_block(
    {0x0112: 6}, {0x9003: LOCAL, 0x9011: "+02:00"}, {**gps_fields(*KRUGER), 31: Fraction(5)}
)
PACKET = xmp_packet(GPSLatitude="24,0.636S", GPSLongitude="31,29.118E")


@settings(max_examples=400, deadline=None)
@given(
    changes=st.lists(st.tuples(st.integers(0, 2_000), st.integers(0, 255)), max_size=8),
    end=st.integers(0, 3_000),
    container=st.sampled_from([*CONTAINERS, "xmp", "heic xmp"]),
)
def test_any_change_to_a_valid_block_stays_bounded(
    changes: list[tuple[int, int]], end: int, container: str
) -> None:
    files = in_each_container(WHOLE) | {"xmp": jpeg_with(xmp=PACKET), "heic xmp": heif(xmp=PACKET)}
    data = bytearray(files[container])
    for at, value in changes:
        data[at % len(data)] = value

    metadata = read_metadata(bytes(data[: end or None]))

    assert 1 <= metadata.orientation <= 8
    assert len(metadata.notes) <= 6
    assert all(len(note.text) < 300 for note in metadata.notes)
