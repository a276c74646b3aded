"""The build: its steps in order, its report, and the same bytes from the same input."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import toy_earth
from fieldmark.adapters.sqlite_areas import SqliteAreas
from fieldmark.atlas.build import BuildSpec, SourceSpec, build_atlas
from fieldmark.atlas.geography import Geography
from fieldmark.atlas.info import release_info
from fieldmark.atlas_format import unpack_record
from fieldmark.errors import CheckFailed, SourceBroken
from toy_earth import cell

RANGES = """taxon_id,taxon,places,south,west,north,east,origin,frequency,months,note
41964,Panthera leo,Both,,,,,native,common,,
41964,Panthera leo,East,,,,,native,uncommon,10-3,
19893,Strigiformes,All,,,,,native,rare,,
"""
LABELS = """index,name,taxon_id,scientific_name,common_name,rank,lineage,setting
0,lion,41964,Panthera leo,lion,species,,wild
1,owl,19893,Strigiformes,owls,order,,wild
"""
WHALE = "2,whale,152871,Cetacea,whales,infraorder,,wild\n"


@pytest.fixture(autouse=True)
def _small_earth(monkeypatch: pytest.MonkeyPatch) -> None:
    earth = toy_earth.geography()
    monkeypatch.setattr(Geography, "of", lambda _: earth)


@pytest.fixture
def spec(tmp_path: Path) -> BuildSpec:
    (tmp_path / "ranges.csv").write_text(RANGES)
    (tmp_path / "labels.csv").write_text(LABELS)
    (tmp_path / "ancestors.csv").write_text("taxon_id,scientific_name,common_name,rank\n")
    return BuildSpec(
        sources=(SourceSpec(str(tmp_path / "ranges.csv")),),
        taxa=(tmp_path,),
        out=tmp_path / "atlas.sqlite",
        name="starter-test",
        built_on="2026-11-23",
        resolution=toy_earth.RESOLUTION,
    )


def test_what_the_source_says_is_what_a_store_reads(spec: BuildSpec) -> None:
    build_atlas(spec)

    store = SqliteAreas(spec.out)
    at = cell(15.0, 30.0)
    record = unpack_record(store.areas([at]).records[at])
    store.close()
    assert record.taxon_ids.tolist() == [19893, 41964]
    assert record.occurrence[1].tolist() == [0.5] * 3 + [1.0] * 6 + [0.5] * 3
    assert record.occurrence[0].tolist() == pytest.approx([0.15] * 12)
    assert record.best.tolist() == pytest.approx([0.15, 1.0])


def test_the_release_says_what_it_is(spec: BuildSpec) -> None:
    build_atlas(spec)

    release = release_info(spec.out).release
    assert (release.name, release.starter, release.built_on) == ("starter-test", True, "2026-11-23")
    assert release.licence == "CC0-1.0"
    assert release.sources[0].startswith("ranges.csv sha256:")
    assert "Natural Earth" in release.sources[1]
    assert (release.resolution, release.coarsest) == (1, 0)


def test_the_report_counts_what_went_in_and_out(spec: BuildSpec) -> None:
    report = build_atlas(spec)
    info = release_info(spec.out)

    assert (report.taxa, info.taxa) == (2, 2)
    assert report.size_bytes == info.size_bytes == spec.out.stat().st_size
    assert report.cells == info.cells[toy_earth.RESOLUTION]
    assert report.records == info.records
    assert list(report.seconds) == ["read ranges", "smooth", "pack", "check and publish"]
    assert info.shortest_list >= 1
    assert info.longest_list == 2


def test_progress_hears_each_step(spec: BuildSpec) -> None:
    heard: list[tuple[str, int, int]] = []

    build_atlas(spec, lambda *step: heard.append(step))

    assert [number for _, number, _ in heard] == [1, 2, 3, 4]
    assert {total for _, _, total in heard} == {4}


def test_the_same_input_gives_the_same_bytes(spec: BuildSpec, tmp_path: Path) -> None:
    build_atlas(spec)
    build_atlas(replace(spec, out=tmp_path / "again.sqlite"))

    assert spec.out.read_bytes() == (tmp_path / "again.sqlite").read_bytes()


def test_a_starter_must_have_every_wild_taxon(spec: BuildSpec, tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text(LABELS + WHALE)

    with pytest.raises(CheckFailed, match="taxon 152871 must be in the release"):
        build_atlas(spec)
    assert not spec.out.exists()


def test_a_taxon_that_lives_nowhere_any_more_is_not_missed(spec: BuildSpec, tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text(LABELS + WHALE)
    (tmp_path / "ranges.csv").write_text(RANGES + "152871,Cetacea,All,,,,,native,absent,,extinct\n")

    build_atlas(spec)

    assert 152871 not in release_info(spec.out).release.known


def test_another_atlas_may_lack_taxa(spec: BuildSpec, tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text(LABELS + WHALE)

    assert build_atlas(replace(spec, name="lions-2026")).taxa == 2


@pytest.fixture
def fewer(spec: BuildSpec, tmp_path: Path) -> BuildSpec:
    """Return what builds half of the taxa of a release over it."""
    build_atlas(replace(spec, name="both-2026"))
    (tmp_path / "ranges.csv").write_text("\n".join(RANGES.splitlines()[:3]))
    return replace(spec, name="lions-2026")


def test_a_release_that_lost_much_does_not_take_the_place_of_the_one_before(
    fewer: BuildSpec,
) -> None:
    before = fewer.out.read_bytes()

    with pytest.raises(CheckFailed, match="1 of 2 taxa of both-2026 are gone"):
        build_atlas(fewer)

    assert fewer.out.read_bytes() == before


@pytest.mark.parametrize("change", [{"doubtful": True}, {"name": "starter-lions"}])
def test_it_does_where_one_insists_or_a_starter_is_built(
    fewer: BuildSpec, tmp_path: Path, change: dict[str, Any]
) -> None:
    (tmp_path / "labels.csv").write_text("\n".join(LABELS.splitlines()[:2]))

    build_atlas(replace(fewer, **change))

    assert release_info(fewer.out).taxa == 1


def test_it_does_where_what_stands_there_is_no_release(fewer: BuildSpec) -> None:
    fewer.out.write_text("no release")

    build_atlas(fewer)

    assert release_info(fewer.out).taxa == 1


def test_two_sources_combine_and_the_higher_counts(spec: BuildSpec, tmp_path: Path) -> None:
    header = RANGES.splitlines()[0]
    (tmp_path / "more.csv").write_text(f"{header}\n19893,Strigiformes,West,,,,,native,common,,\n")
    build_atlas(replace(spec, sources=(*spec.sources, SourceSpec(str(tmp_path / "more.csv")))))

    store = SqliteAreas(spec.out)
    west, east = cell(15.0, 10.0), cell(15.0, 30.0)
    records = store.areas([west, east]).records
    store.close()
    assert unpack_record(records[west]).occurrence[0, 0] == 1.0
    assert unpack_record(records[east]).occurrence[0, 0] == pytest.approx(0.15)


def test_a_build_without_sources_is_refused(spec: BuildSpec) -> None:
    with pytest.raises(SourceBroken, match="one source at least"):
        build_atlas(replace(spec, sources=()))
