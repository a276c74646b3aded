"""What caches carry beside records: packed, checked, and never more than it may be."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from animals import AXOLOTL, DOG, JAGUAR, LION
from fieldmark.atlas_format import pack_release, pack_taxa, unpack_release, unpack_taxa
from fieldmark.atlas_format.envelope import deflate, seal
from fieldmark.domain.area import Release
from fieldmark.domain.taxon import Ancestor, Rank, Taxon
from fieldmark.errors import AtlasBroken
from releases import RELEASE

WORDS = some.text(max_size=30).filter(lambda text: text.isprintable())
ANCESTORS = some.builds(
    Ancestor, some.integers(1, 50), some.just("Panthera"), some.just("cats"), some.just(Rank.GENUS)
)


@some.composite
def releases(draw: some.DrawFn) -> Release:
    coarsest = draw(some.integers(0, 15))
    known = sorted(draw(some.sets(some.integers(1, 2**31 - 1), max_size=50)))
    return Release(
        name=draw(WORDS),
        resolution=draw(some.integers(coarsest, 15)),
        coarsest=coarsest,
        expected_from=draw(some.floats(0.0, 1.0)),
        known=np.array(known, dtype=np.int32),
        starter=draw(some.booleans()),
        licence=draw(WORDS),
        sources=tuple(draw(some.lists(WORDS, max_size=4))),
        built_on=draw(WORDS),
    )


@given(releases())
def test_what_a_release_says_comes_back_as_it_was(release: Release) -> None:
    back = unpack_release(pack_release(release))

    assert back.known.tolist() == release.known.tolist()
    assert back.known.dtype == np.int32
    assert all(
        getattr(back, name) == getattr(release, name)
        for name in Release.__dataclass_fields__
        if name != "known"
    )


@given(
    some.lists(
        some.builds(
            Taxon,
            some.integers(1, 2**31 - 1),
            WORDS,
            some.none() | WORDS,
            some.sampled_from(Rank),
            some.lists(ANCESTORS, max_size=5).map(tuple),
        ),
        max_size=20,
        unique_by=lambda taxon: taxon.id,
    )
)
def test_taxa_come_back_as_they_were_and_in_their_order(taxa: list[Taxon]) -> None:
    back = unpack_taxa(pack_taxa(taxa))

    assert list(back.values()) == taxa
    assert list(back) == [taxon.id for taxon in taxa]


def test_an_ancestor_of_many_is_packed_once() -> None:
    cats = [replace(LION, id=id_) for id_ in range(1, 513)]

    assert len(pack_taxa(cats)) < 4_000


@pytest.mark.parametrize("known", [[2, 1], [1, 1], [-5, 1], [0]])
def test_ids_that_do_not_ascend_are_not_packed(known: list[int]) -> None:
    with pytest.raises(ValueError, match="packed"):
        pack_release(replace(RELEASE, known=np.array(known, dtype=np.int32)))


def test_a_text_without_end_is_not_packed() -> None:
    with pytest.raises(ValueError, match="packed"):
        pack_release(replace(RELEASE, licence="x" * 2**21))
    with pytest.raises(ValueError, match="block"):
        pack_taxa([replace(LION, common_name="x" * 2**23)])


@given(some.binary(max_size=100))
def test_foreign_bytes_are_neither(packed: bytes) -> None:
    for unpack in (unpack_release, unpack_taxa):
        with pytest.raises(AtlasBroken):
            unpack(packed)


@given(some.data(), some.sampled_from([pack_release(RELEASE), pack_taxa([LION, JAGUAR, DOG])]))
def test_a_changed_bit_is_noticed(data: some.DataObject, good: bytes) -> None:
    packed = bytearray(good)
    bit = data.draw(some.integers(0, 8 * len(packed) - 1))
    packed[bit // 8] ^= 1 << bit % 8

    for unpack in (unpack_release, unpack_taxa):
        with pytest.raises(AtlasBroken):
            unpack(bytes(packed))


def sealed_release(known: bytes, text: bytes, sizes: tuple[int, int] | None = None) -> bytes:
    stated = sizes or (len(known) // 4, len(text))
    counts = b"".join(number.to_bytes(4, "little") for number in stated)
    return seal(0xF9, 0, counts + deflate(known + text))


STEP = (1).to_bytes(4, "little")


@pytest.mark.parametrize(
    "packed",
    [
        sealed_release(STEP, b"{}"),
        sealed_release(STEP, b"[]"),
        sealed_release(STEP, b'{"name": 3}'),
        sealed_release(STEP, b"\xff\xfe"),
        sealed_release(STEP, b""),
        sealed_release(STEP, b"{}", (2**31, 2)),
        sealed_release(STEP, b"{}", (1, 2**31)),
        sealed_release(STEP, b"{}", (2, 2)),
        sealed_release((0).to_bytes(4, "little"), b"{}"),
        sealed_release((2**31 - 1).to_bytes(4, "little") * 2, b"{}"),
        sealed_release((-1).to_bytes(4, "little", signed=True), b"{}"),
    ],
)
def test_what_a_good_checksum_lets_pass_of_a_release_is_checked(packed: bytes) -> None:
    with pytest.raises(AtlasBroken):
        unpack_release(packed)


def sealed_taxa(text: bytes, size: int | None = None) -> bytes:
    stated = len(text) if size is None else size
    return seal(0xF8, 0, stated.to_bytes(4, "little") + deflate(text))


@pytest.mark.parametrize(
    "packed",
    [
        sealed_taxa(b""),
        sealed_taxa(b"{}"),
        sealed_taxa(b"[[], []", 8),
        sealed_taxa(b"[[], []]", 2**31),
        sealed_taxa(b'[[], [[1, 2, null, "species", ""]]]'),
        sealed_taxa(b'[[], [[1, "x", null, "no rank", ""]]]'),
        sealed_taxa(b'[[], [[1, "x", null, "species", "7"]]]'),
        sealed_taxa(b'[[], [[1, "x", null, "species", "a"]]]'),
        sealed_taxa(b'[[[1, "x", null, "no rank"]], []]'),
        sealed_taxa(b"[" * 100_000),
    ],
)
def test_what_a_good_checksum_lets_pass_of_taxa_is_checked(packed: bytes) -> None:
    with pytest.raises(AtlasBroken):
        unpack_taxa(packed)


def test_nobody_is_a_block_of_taxa_too() -> None:
    assert unpack_taxa(pack_taxa([])) == {}
    assert unpack_taxa(pack_taxa([AXOLOTL])) == {AXOLOTL.id: AXOLOTL}
