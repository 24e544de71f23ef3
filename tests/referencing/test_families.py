"""Which entries are one work: links are proposed with their reason."""

import time
from pathlib import Path

import pytest

from kb.reading.bibliography import load
from kb.records import Source
from kb.referencing.families import Link, families, links, preprint

TITLE = "Reminders raise attendance in clinics"


def source(
    citekey: str,
    title: str = TITLE,
    *authors: str,
    year: str = "2020",
    doi: str = "",
    url: str = "",
) -> Source:
    return Source(citekey, "article", title, authors or ("Smith",), year, "", "", doi, url)


def test_one_doi_under_two_keys() -> None:
    one, other = source("a", doi="10.1000/X"), source("b", "Quite other", doi="10.1000/x")
    assert links([one, other]) == [Link("a", "b", "same DOI", "both have the DOI 10.1000/X")]


@pytest.mark.parametrize(
    "doi",
    [
        "10.48550/arXiv.2001.00001", "10.1101/2020.01.01.123456", "10.1101/123456",
        "10.64898/2026.01.01.123456", "10.2139/ssrn.123", "10.31235/osf.io/abc",
        "10.31219/osf.io/a", "10.21203/rs.3.rs-1/v1", "10.20944/preprints202001.0001.v1",
    ],
)  # fmt: skip
def test_a_preprint_and_its_article(doi: str) -> None:
    article = source(
        "article", "Reminders raise attendance in 12 clinics", year="2021", doi="10.1000/1"
    )
    early = source("early", "Reminders raise attendances in 12 clinics", doi=doi)
    (link,) = links([article, early])
    assert (link.first, link.second, link.kind) == ("early", "article", "preprint")
    assert "near-same title" in link.why


def test_journals_that_share_a_prefix_with_a_preprint_server_are_none() -> None:
    assert preprint(source("a", doi="10.1101/gr.123456.120")) == ""


def test_a_preprint_is_known_by_its_address_too() -> None:
    assert preprint(source("a", url="https://arxiv.org/abs/2001.00001")) == "arxiv"
    assert preprint(source("a", url="https://example.org/arxiv.org/")) == ""


def test_the_same_title_and_year_without_a_doi() -> None:
    (link,) = links(
        [source("a", year="2020"), source("b", f"{TITLE}.", year="2021", doi="10.1000/1")]
    )
    assert link == Link("a", "b", "same work", "the same title, an author in common")


@pytest.mark.parametrize(
    "other",
    [
        source("b", TITLE, "Jones"),
        source("b", year="2010"),
        source("b", "Reminders raise attendance in schools", doi="10.1000/2"),
        source("b", "Letters"),
    ],
)
def test_what_only_looks_like_it_is_not_linked(other: Source) -> None:
    assert links([source("a", doi="10.1000/1"), other]) == []


def test_two_editorials_are_not_one_work() -> None:
    one, other = (
        source("a", "Editorial", doi="10.1000/1"),
        source("b", "Editorial", doi="10.1000/2"),
    )
    assert links([one, other]) == []


def test_entries_without_authors_are_linked_by_the_same_title() -> None:
    one, other = (Source(key, "misc", TITLE, (), "2020", "", "") for key in "ab")
    assert [link.why for link in links([one, other])] == ["the same title"]


def test_nothing_that_ships_is_linked() -> None:
    shipped = load(Path(__file__).parents[2] / "references.bib")
    assert links(shipped.values()) == []


def test_thousands_are_linked_in_seconds() -> None:
    many = [source(f"k{n}", f"Trial {n} of reminders", f"Author {n % 400}") for n in range(4000)]
    began = time.monotonic()
    assert links(many) == []
    assert time.monotonic() - began < 20


def test_families_are_what_is_linked_one_through_another() -> None:
    assert families([("c", "b"), ("a", "b"), ("x", "y")], {}) == [("a", "b", "c"), ("x", "y")]
    assert families([], {}) == []


def test_two_that_are_told_apart_are_in_no_family_however_they_are_linked() -> None:
    found = [("a", "b"), ("b", "c"), ("c", "d")]
    assert families(found, {("a", "b"): False}) == [("b", "c", "d")]
    assert families(found, {("a", "c"): False}) == [("a", "b"), ("c", "d")]
    assert families(found, {("a", "c"): False, ("b", "c"): True}) == [("b", "c", "d")]


def test_what_people_put_together_needs_no_link() -> None:
    assert families([], {("a", "b"): True, ("b", "c"): True}) == [("a", "b", "c")]
    assert families([("a", "b")], {("a", "b"): True}) == [("a", "b")]
