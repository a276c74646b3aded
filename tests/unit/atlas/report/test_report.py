"""The report of a release: one page that opens offline and tells what the release knows."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from animals import LION, cell_record
from fieldmark.atlas.account import Account, SourceAccount
from fieldmark.atlas.content import ReleaseContent, read_content, write_content
from fieldmark.atlas.report import report_page
from fieldmark.atlas.report.figures import figures_of
from fieldmark.atlas_format import pack_record
from releases import CONTENT, KRUGER, RELEASE

pytest.importorskip("shapely")

HOSTILE = "<script>alert(1)</script>"
ACCOUNT = Account(
    sources=(
        SourceAccount(
            name="cats.csv", rows=10, used=7, rejected={"no coordinates": 2, HOSTILE: 1},
            licence="CC-BY-NC-4.0", doi="10.15468/dl.abc",
        ),
    ),
    licences={"CC-BY-NC-4.0": 7},
    unmatched=((HOSTILE, 5),),
    settings={"shrinkage": 20.0},
)  # fmt: skip


def with_records() -> ReleaseContent:
    record = cell_record({LION: [0.2] * 11 + [0.6]})
    counted = replace(
        record,
        records=np.arange(12, dtype=np.int64)[None, :],
        effort=np.full(12, 30, dtype=np.int64),
    )
    return replace(
        CONTENT,
        release=replace(RELEASE, known=np.array([LION.id], dtype=np.int32)),
        taxa=[LION],
        records=[pack_record(counted)],
        cells={KRUGER: 0},
        account=ACCOUNT,
    )


def report(content: ReleaseContent, folder: Path) -> str:
    file = folder / "atlas.sqlite"
    write_content(content, file)
    return report_page(file)


def test_the_account_of_the_sources_is_kept_in_the_release(tmp_path: Path) -> None:
    file = tmp_path / "atlas.sqlite"
    write_content(with_records(), file)

    assert read_content(file).account == ACCOUNT


def test_a_release_without_an_account_has_none_and_still_has_a_report(tmp_path: Path) -> None:
    page = report(CONTENT, tmp_path)

    assert "Richness" in page
    assert "What was not used" not in page
    assert "Effort" not in page


def test_rows_used_and_rejected_stand_by_source_and_reason(tmp_path: Path) -> None:
    page = report(with_records(), tmp_path)
    cells = re.findall(r"<t[hd][^>]*>([^<]*)</t[hd]>", page)

    assert cells[cells.index("cats.csv") :][:4] == ["cats.csv", "10", "7", "3"]
    assert cells[cells.index("no coordinates") :][:3] == ["no coordinates", "2", "2"]
    assert "10.15468/dl.abc" in cells


def test_nothing_from_a_source_can_run_in_the_report(tmp_path: Path) -> None:
    page = report(with_records(), tmp_path)

    assert HOSTILE not in page
    assert "&lt;script&gt;" in page
    assert "default-src 'none'" in page


def test_the_report_asks_for_nothing_and_its_tags_close(tmp_path: Path) -> None:
    page = report(with_records(), tmp_path)
    balance = Balance()
    balance.feed(page)

    assert balance.open == []
    assert not re.search(r"(?:src|href)=|url\(|@import|<script|<link", page)


def test_figures_add_up_over_cells_and_months() -> None:
    figures = figures_of(with_records())

    assert figures.list_lengths.tolist() == [1]
    assert sum(figures.effort.values()) == 12 * 30
    assert figures.visits_by_month == (30.0,) * 12
    (lion,) = figures.most_recorded
    assert (lion.cells, lion.records) == (1, sum(range(12)))
    assert lion.by_month[-1] == pytest.approx(0.6, abs=1e-4)


class Balance(HTMLParser):
    """Keeps the tags that are open; those of HTML that never close are passed over."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, _: list[tuple[str, str | None]]) -> None:
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag
