"""A descriptor says which files an archive has, or which of its words cannot be."""

import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldmark.atlas.sources.darwin_core.descriptor import (
    Descriptor,
    Field,
    TextFile,
    read_descriptor,
    term_name,
)
from fieldmark.errors import SourceBroken

DWC = "http://rs.tdwg.org/dwc/terms/"


def archive(core: str = "", inside: str = "", more: str = "", root: str = "") -> bytes:
    """Return a meta.xml with one core."""
    return f"""<archive xmlns="http://rs.tdwg.org/dwc/text/" {root}>
      <core rowType="{DWC}Occurrence" {core}>
        <files><location>occurrence.txt</location></files><id index="0"/>{inside}
      </core>{more}</archive>""".encode()


def read(content: bytes) -> Descriptor:
    return read_descriptor(content, "a.zip: meta.xml")


def core(attributes: str = "", inside: str = "") -> TextFile:
    return read(archive(attributes, inside)).core


def test_a_core_is_read_with_its_fields_and_defaults() -> None:
    found = core(
        r'encoding="cp1252" fieldsTerminatedBy="\t" fieldsEnclosedBy="" ignoreHeaderLines="2"',
        f'<field index="1" term="{DWC}scientificName"/>'
        f'<field default="BE" term="{DWC}countryCode"/>'
        f'<field index="3" default="Observation" term="{DWC}basisOfRecord"/>',
    )

    assert found == TextFile(
        row_type="Occurrence",
        locations=["occurrence.txt"],
        fields=[
            Field("scientificName", 1, None),
            Field("countryCode", None, "BE"),
            Field("basisOfRecord", 3, "Observation"),
        ],
        id_index=0,
        separator="\t",
        quote=None,
        encoding="cp1252",
        header_lines=2,
    )


def test_what_a_core_does_not_say_is_as_the_standard_has_it() -> None:
    found = core()

    assert (found.quote, found.encoding, found.header_lines) == ('"', None, 0)
    assert found.separator is None


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (r"\t", "\t"),
        ("&#9;", "\t"),
        (",", ","),
        ("|", "|"),
        (";", ";"),
        ("\t", None),  # XML makes a space of it
        ("", None),
    ],
)
def test_a_separator_may_be_escaped(written: str, meant: str | None) -> None:
    assert core(f'fieldsTerminatedBy="{written}"').separator == meant


@pytest.mark.parametrize(
    ("written", "meant"), [("&quot;", '"'), ("'", "'"), ("", None), (r"\&quot;", '"')]
)
def test_a_quote_may_be_escaped_or_none(written: str, meant: str | None) -> None:
    assert core(f'fieldsEnclosedBy="{written}"').quote == meant


@pytest.mark.parametrize("written", [r"\n", r"\r\n", r"\r", "&#10;", "&#13;&#10;", "\n"])
def test_lines_may_end_as_lines_do(written: str) -> None:
    assert core(f'linesTerminatedBy="{written}"').locations == ["occurrence.txt"]


def test_extensions_and_the_description_are_named() -> None:
    found = read(
        archive(
            root='metadata="eml.xml"',
            more='<extension rowType="http://rs.gbif.org/terms/1.0/Multimedia">'
            "<files><location>\n media.txt </location></files><coreid index='2'/></extension>",
        )
    )

    assert found.metadata == "eml.xml"
    assert [(each.row_type, each.locations, each.id_index) for each in found.extensions] == [
        ("Multimedia", ["media.txt"], 2)
    ]


def test_an_extension_without_files_is_nothing() -> None:
    assert not read(archive(more="<extension><coreid index='0'/></extension>")).extensions


def test_the_first_field_of_a_term_counts() -> None:
    found = core("", f'<field index="1" term="{DWC}year"/><field index="2" term="{DWC}year"/>')

    assert found.terms["year"].index == 1


@pytest.mark.parametrize(
    ("term", "name"),
    [
        (f"{DWC}scientificName", "scientificName"),
        ("http://www.w3.org/2003/01/geo/wgs84_pos#lat", "lat"),
        ("dwc:year", "year"),
        (" year ", "year"),
        ("http://rs.tdwg.org/dwc/iri/recordedBy", "iri recordedBy"),
    ],
)
def test_a_term_is_known_by_its_last_part(term: str, name: str) -> None:
    assert term_name(term) == name


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is no well-formed XML"),
        (b"<archive>", "is no well-formed XML"),
        (b'<?xml version="1.0" encoding="klingon"?><archive/>', "is no well-formed XML"),
        (b"<archive/>", "describes no Darwin Core archive: <archive> with 0 <core>"),
        (b"<html><core/></html>", "describes no Darwin Core archive: <html>"),
        (b"<archive><core/></archive>", "<core>: names no file"),
        (archive('fieldsTerminatedBy="||"'), "<core>: fieldsTerminatedBy '||': write one"),
        (archive('fieldsEnclosedBy="\u201c"'), "<core>: fieldsEnclosedBy '\u201c': write one"),
        (archive('linesTerminatedBy="|"'), "<core>: linesTerminatedBy '|': lines end with"),
        (archive('ignoreHeaderLines="-1"'), "<core>: ignoreHeaderLines '-1': write a whole"),
        (archive('ignoreHeaderLines="99999999999"'), "<core>: ignoreHeaderLines"),
        (archive(inside='<field index="4096" term="a"/>'), "<field>: index '4096': write"),
        (archive(inside='<field index="1"/>'), "<core>: <field>: index '1' has no term"),
        (archive(inside="<a>" * 101 + "</a>" * 101), "nests more than 100 elements"),
    ],
)
def test_what_cannot_be_is_refused(content: bytes, message: str) -> None:
    with pytest.raises(SourceBroken, match=r"^a\.zip: meta\.xml: .*" + re.escape(message)):
        read(content)


def test_entities_are_refused_before_any_is_expanded() -> None:
    bomb = b'<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><archive>&b;</archive>'

    with pytest.raises(SourceBroken, match="declares a document type"):
        read(bomb)


@given(size=st.integers(0, len(archive(more="<extension/>"))))
def test_a_descriptor_that_is_cut_off_is_refused(size: int) -> None:
    whole = archive(more="<extension/>")

    if size < len(whole):
        with pytest.raises(SourceBroken):
            read(whole[:size])


@given(content=st.binary(max_size=200))
def test_any_bytes_are_refused_as_a_descriptor(content: bytes) -> None:
    with pytest.raises(SourceBroken):
        read(content)


@given(st.text(string.printable, max_size=5), st.text(string.printable, max_size=5))
def test_any_attribute_is_read_or_refused(name: str, value: str) -> None:
    try:
        core(f'fieldsTerminatedBy="{value}" ignoreHeaderLines="{name}"')
    except SourceBroken as error:
        assert str(error).startswith("a.zip: meta.xml: ")  # noqa: PT017  # either may come
