"""Common names in the language that was asked for, English where there is none."""

from pathlib import Path

import pytest

from website import EXAMPLES, Site

LION = 41964
KRUGER = "latitude=-24.99&longitude=31.55&month=7"


@pytest.mark.parametrize(
    ("lang", "spoken", "name"),
    [("de", "de", "Löwe"), ("es-MX", "es", "león"), ("", "en", "lion"), ("ja", "en", "lion")],
)
def test_a_taxon_has_its_name_in_that_language(
    site: Site, lang: str, spoken: str, name: str
) -> None:
    with site.client() as client:
        told = client.get(f"/v1/taxa/{LION}?lang={lang}")

    assert told.headers["content-language"] == spoken
    assert told.json()["taxon"]["common_name"] == name


def test_groups_above_it_have_theirs(site: Site) -> None:
    with site.client() as client:
        told = client.get(f"/v1/taxa/{LION}?lang=de").json()

    assert {"Säugetiere", "Katzen"} <= {group["common_name"] for group in told["ancestors"]}


def test_lists_and_searches_speak_it(site: Site) -> None:
    with site.client() as client:
        area = client.get(f"/v1/areas?{KRUGER}&lang=de")
        found = client.get("/v1/taxa?q=panthera leo&lang=de")

    names = {a["taxon"]["id"]: a["taxon"]["common_name"] for a in area.json()["animals"]}
    assert names[LION] == "Löwe"
    assert found.json()["taxa"][0]["common_name"] == "Löwe"
    assert {answer.headers["content-language"] for answer in (area, found)} == {"de"}


def test_answers_speak_it_and_are_kept_in_english(site: Site) -> None:
    photo = (EXAMPLES / "koala.jpg").read_bytes()
    with site.client() as client:
        told = client.post("/v1/identify?lang=fr", files={"photo": photo})
        again = client.get(f"/v1/answers/{told.json()['id']}")
        in_french = client.get(f"/v1/answers/{told.json()['id']}?lang=fr")

    groups = told.json()["best"]["taxon"]
    assert (groups["common_name"], told.headers["content-language"]) == ("koala", "fr")
    assert again.headers["content-language"] == "en"
    assert in_french.headers["content-language"] == "fr"


def test_what_is_no_language_is_refused(site: Site) -> None:
    with site.client() as client:
        assert client.get(f"/v1/taxa/{LION}?lang=*").status_code == 400
        assert client.get(f"/v1/areas?{KRUGER}&lang=1").status_code == 400


def test_the_bundle_has_the_names_of_its_sources() -> None:
    root = Path(__file__).parents[3]
    bundled = root / "src/fieldmark/bundles/efficientnet-lite2-int8/names.csv"

    assert bundled.read_bytes() == (root / "models/efficientnet-lite/names.csv").read_bytes()
