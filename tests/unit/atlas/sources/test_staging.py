"""Text tables become Parquet: each row is read, or counted as unreadable."""

import gzip
import io
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldmark.atlas.sources.downloads import open_table
from fieldmark.atlas.sources.lines import LINE_BYTES
from fieldmark.atlas.sources.occurrences import Staged
from fieldmark.atlas.sources.staging import TextShape, column_names, stage_text
from fieldmark.errors import SourceBroken

TABS = TextShape()
COMMAS = TextShape(",", '"')


def _staged(
    tmp_path: Path,
    content: bytes,
    shape: TextShape = TABS,
    keep: Mapping[str, str] | None = None,
) -> Staged:
    return stage_text(lambda: io.BytesIO(content), "t.txt", shape, tmp_path / "t.parquet", keep)


def _rows(staged: Staged) -> list[tuple[str | None, ...]]:
    table = pq.read_table(staged.path)
    return list(zip(*(column.to_pylist() for column in table.columns), strict=True))


def test_every_column_is_text_and_what_is_empty_is_null(tmp_path: Path) -> None:
    staged = _staged(tmp_path, b"a\tb\n1\t\n 007 \t  \n")

    assert _rows(staged) == [("1", None), ("007", None)]
    assert (staged.columns, staged.rows, staged.unreadable) == (["a", "b"], 2, 0)


def test_a_stray_quote_in_an_unquoted_table_swallows_no_line(tmp_path: Path) -> None:
    staged = _staged(tmp_path, b'a\tb\n"1\t2\n3\t"4\n5"\t6"\n')

    assert _rows(staged) == [('"1', "2"), ("3", '"4'), ('5"', '6"')]


def test_a_quoted_value_may_hold_separators_quotes_and_lines(tmp_path: Path) -> None:
    staged = _staged(tmp_path, b'a,b\n"1,""2""","x\ny"\n3,4\n', COMMAS)

    assert _rows(staged) == [('1,"2"', "x\ny"), ("3", "4")]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize("last", [True, False])
def test_lines_end_as_on_any_system(tmp_path: Path, end: bytes, last: bool) -> None:  # noqa: FBT001
    content = end.join((b"a\tb", b"1\t2", b"3\t4")) + end * last

    assert _rows(_staged(tmp_path, content)) == [("1", "2"), ("3", "4")]


def test_a_carriage_return_inside_a_line_is_a_blank(tmp_path: Path) -> None:
    assert _rows(_staged(tmp_path, b"a\tb\n1\r2\t3\n")) == [("1 2", "3")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252", "latin-1"])
def test_a_table_is_read_in_its_encoding(tmp_path: Path, encoding: str) -> None:
    content = "name\tplace\nLöffler\tÉvora\n".encode(encoding)

    staged = _staged(tmp_path, content, TextShape(encoding=encoding))

    assert (staged.columns, _rows(staged)) == (["name", "place"], [("Löffler", "Évora")])


def test_a_byte_order_mark_beats_what_is_declared(tmp_path: Path) -> None:
    content = "name\tb\né\t1\n".encode("utf-8-sig")

    assert _rows(_staged(tmp_path, content, TextShape(encoding="cp1252"))) == [("é", "1")]


def test_an_unknown_encoding_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceBroken, match="encoding 'klingon' is not known"):
        _staged(tmp_path, b"a\n1\n", TextShape(encoding="klingon"))


def test_a_row_with_bytes_of_another_encoding_is_counted_and_named(tmp_path: Path) -> None:
    staged = _staged(tmp_path, b"a\tb\n1\t2\nL\xf6\t4\n5\t6\n")

    assert _rows(staged) == [("1", "2"), ("5", "6")]
    assert staged.unreadable == 1
    assert staged.examples == ["t.txt: line 3: a NUL, or bytes that are no utf-8"]


def test_bad_bytes_in_a_column_that_nobody_reads_do_no_harm(tmp_path: Path) -> None:
    staged = _staged(tmp_path, b"a\tb\nL\xf6\t4\n", keep={"b": "b"})

    assert (_rows(staged), staged.unreadable) == ([("4",)], 0)


def test_a_row_with_a_nul_is_unreadable(tmp_path: Path) -> None:
    staged = _staged(tmp_path, b"a\tb\n1\0\t2\n3\t4\n")

    assert (_rows(staged), staged.unreadable) == ([("3", "4")], 1)


def test_half_a_utf16_letter_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceBroken, match="bytes that are no utf-16-le"):
        _staged(tmp_path, "a\tb\n1\t2\n".encode("utf-16") + b"x")


def test_rows_too_long_or_short_are_counted_and_named_by_line(tmp_path: Path) -> None:
    staged = _staged(tmp_path, b"a\tb\n1\t2\n\n3\n4\t5\t6\n7\t8\n")

    assert _rows(staged) == [("1", "2"), ("7", "8")]
    assert staged.unreadable == 2
    assert staged.examples == [
        "t.txt: line 4: expected 2 columns, found 1",
        "t.txt: line 5: expected 2 columns, found 3",
    ]


def test_of_many_unreadable_rows_only_the_first_are_named(tmp_path: Path) -> None:
    staged = _staged(tmp_path, b"a\tb\n" + b"1\t2\n" * 10 + b"3\n" * 9)

    assert (staged.rows, staged.unreadable, len(staged.examples)) == (10, 9, 3)


def test_fields_too_many_that_are_empty_are_no_fault(tmp_path: Path) -> None:
    staged = _staged(tmp_path, b"a\tb\n1\t2\t\n3\t4\n5\t6\t\t\n")

    assert sorted(_rows(staged)) == [("1", "2"), ("3", "4"), ("5", "6")]
    assert staged.unreadable == 0


def test_a_row_may_lack_columns_without_a_name(tmp_path: Path) -> None:
    staged = _staged(tmp_path, b"a\tb\t\n1\t2\t3\n4\t5\n6\n")

    assert staged.columns == ["a", "b", "column_3"]
    assert sorted(_rows(staged)) == [("1", "2", "3"), ("4", "5", None)]
    assert staged.unreadable == 1


def test_names_of_columns_are_told_apart_whatever_their_case() -> None:
    header = io.BytesIO(b"\xef\xbb\xbfTaxon,taxon,,x, x ,column_3\n")

    names = column_names(lambda: header, "t.csv", COMMAS)

    assert names == ["Taxon", "taxon_2", "column_3", "x", "x_2", "column_3_2"]


def test_a_table_without_a_header_has_the_columns_that_are_given(tmp_path: Path) -> None:
    shape = TextShape(",", columns=("x", "y"), skip=1)

    staged = _staged(tmp_path, b"comment\n1,2,3\n4,5,6\n7,8\n", shape)

    assert staged.columns == ["x", "y", "column_3"]
    assert sorted(_rows(staged)) == [("1", "2", "3"), ("4", "5", "6"), ("7", "8", None)]


def test_only_the_columns_that_are_kept_are_read(tmp_path: Path) -> None:
    keep = {"eventdate": "date", "missing": "missing"}

    staged = _staged(tmp_path, b"a\teventDate\n1\t2014\n", keep=keep)

    assert pq.read_schema(staged.path).names == ["date", "missing"]
    assert _rows(staged) == [("2014", None)]


def test_a_header_alone_is_an_empty_table(tmp_path: Path) -> None:
    staged = _staged(tmp_path, b"a\tb\n")

    assert (staged.rows, staged.columns, _rows(staged)) == (0, ["a", "b"], [])


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(SourceBroken, match=r"t\.txt is empty"):
        _staged(tmp_path, content)


def test_a_file_that_changes_shape_is_refused_and_the_line_named(tmp_path: Path) -> None:
    content = b"a\tb\n" + b"1\t2\n" * 500 + b"3\n" * 11

    with pytest.raises(SourceBroken, match="shape at line 502: expected 2 columns, found 1; 11 of"):
        _staged(tmp_path, content)

    assert not list(tmp_path.iterdir())


def test_a_hundredth_of_unreadable_rows_is_borne(tmp_path: Path) -> None:
    staged = _staged(tmp_path, b"a\tb\n" + b"1\t2\n" * 1980 + b"3\n" * 20)

    assert (staged.rows, staged.unreadable) == (1980, 20)


def test_a_file_of_which_nothing_can_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceBroken, match="1 of 1 rows"):
        _staged(tmp_path, b"a\tb\n1\n")


@pytest.mark.parametrize("content", [b"\0" * 3 * LINE_BYTES, b"a\tb\n" + b"x" * 3 * LINE_BYTES])
def test_a_line_without_an_end_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(SourceBroken, match="4,194,304 bytes"):
        _staged(tmp_path, content)

    assert not list(tmp_path.iterdir())


def test_a_quote_that_is_never_closed_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceBroken, match="a quote that is never closed"):
        _staged(tmp_path, b'a,b\n1,"' + b"2,3\n" * LINE_BYTES, COMMAS)


@pytest.mark.parametrize("kept", [0.5, 0.999])
def test_a_gzip_that_was_cut_short_is_refused(tmp_path: Path, kept: float) -> None:
    packed = gzip.compress("\n".join(f"{n}\t{n * 7919 % 1013}" for n in range(99_999)).encode())
    path = tmp_path / "t.gz"
    path.write_bytes(packed[: int(len(packed) * kept)])
    out = tmp_path / "out"
    out.mkdir()

    with pytest.raises(SourceBroken, match=r"t\.txt cannot be read after line .*not fetched"):
        stage_text(lambda: open_table(path), "t.txt", TABS, out / "t.parquet")

    assert not list(out.iterdir())


FULL_DISK = """
import io, resource, sys
from pathlib import Path
from fieldmark.atlas.sources.downloads import open_table
from fieldmark.atlas.sources.staging import TextShape, stage_text
rows = "".join(f"{n}\\t{n * n * 7919 % 1000003}\\n" for n in range(300_000))
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    stage_text(lambda: io.BytesIO(b"a\\tb\\n" + rows.encode()), "t", TextShape(), Path(sys.argv[1]))
except OSError as error:
    print("OSError")
"""


def test_a_disk_that_fills_is_an_error_of_the_disk_and_leaves_nothing(tmp_path: Path) -> None:
    command = [sys.executable, "-c", FULL_DISK, str(tmp_path / "t.parquet")]

    ended = subprocess.run(command, capture_output=True, text=True, check=True)

    assert ended.stdout == "OSError\n"
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("separator", "quote"), [("", None), (",,", None), (",", ","), ("\n", '"')]
)
def test_a_shape_that_no_table_has_is_refused(separator: str, quote: str | None) -> None:
    with pytest.raises(ValueError, match="separator"):
        TextShape(separator, quote)


CELLS = st.text(st.characters(exclude_characters="\t\n\r\0", codec="utf-8"), max_size=8)


@settings(max_examples=30)
@given(st.lists(st.tuples(CELLS, CELLS, CELLS), max_size=20))
def test_what_was_written_is_read_whatever_it_is(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, ...]]
) -> None:
    lines = ["a\tb\tc", *("\t".join(row) for row in rows)]

    staged = _staged(tmp_path_factory.mktemp("staged"), "\n".join(lines).encode())

    expected = [tuple(cell.strip() or None for cell in row) for row in rows]
    assert _rows(staged) == expected


@settings(max_examples=30)
@given(st.binary(max_size=300))
def test_whatever_the_bytes_are_they_are_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    for shape in (TABS, COMMAS, TextShape(encoding="cp1252"), TextShape(columns=("x",))):
        try:
            _staged(tmp_path_factory.mktemp("staged"), content, shape)
        except SourceBroken as error:
            assert "t.txt" in str(error)  # noqa: PT017 - either is right
