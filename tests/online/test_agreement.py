"""Near-same titles, and those that only look so."""

import pytest

from kb.online import Author, Record
from kb.online.agreement import bare_doi, disagreement, same_title
from kb.online.shapes import person
from kb.records import Described

TITLE = "Reminders in general practice: a randomised trial"


@pytest.mark.parametrize(
    "other",
    [
        TITLE,
        TITLE.upper(),
        "Reminders in general practice - A randomised trial.",
        "Reminders in general prac tice: a ran-domised trial",
        "Reminders in general practice",
        "Reminders in general practice: a randomized trial",
        "Reminders in general practice1: a randomised trial",
        "Réminders in general practice: a randomised trial*",
    ],
)
def test_titles_that_are_one(other: str) -> None:
    assert same_title(TITLE, other)
    assert same_title(other, TITLE)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (TITLE, ""),
        (TITLE, "…"),
        (TITLE, "Reminders in dental practice: a randomised trial"),
        (TITLE, "Reminders in general practice: a qualitative study"),
        (TITLE, f"Correction: {TITLE}"),
        (TITLE, f"{TITLE}: study protocol"),
        (TITLE, "Reminders in general practice: study protocol for a randomised trial"),
        (TITLE, "Letters"),
        ("Blood pressure in men over time", "Blood pressure in women over time"),
        ("Care before surgery in Norway", "Care after surgery in Norway"),
        ("Reminders: part I", "Reminders: part II"),
        ("Annual report 2019 of the board", "Annual report 2020 of the board"),
        ("Reminders do increase attendance", "Reminders do not increase attendance"),
        ("Reminders", "Reminders: a randomised trial"),
    ],
)
def test_titles_that_are_two(one: str, other: str) -> None:
    assert not same_title(one, other)
    assert not same_title(other, one)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("Smith", Author("Smith", "Ann")),
        ("Smith, Ann", Author("Smith")),
        ("SMITH A", Author("Smith", "Ann")),
        ("Ann Smith", Author("Smith", "A.")),
        ("Jan van der Berg", Author("van der Berg", "Jan")),
        ("Berg, Jan", Author("van der Berg", "Jan")),
        ("J. Sorensen", Author("Sørensen", "Jens")),
        ("José Núñez", Author("Nunez", "José")),
        ("Pat O’Brien", Author("OBrien", "Pat")),
        ("Kim Smith-Jones", Author("Smith Jones", "Kim")),
        ("Department of Health and Social Care", Author("Department of Health", corporate=True)),
        ("王小明", Author("王小明")),
    ],
)
def test_names_that_are_one(asked: str, found: Author) -> None:
    record = Record("Crossref", "article", TITLE, (Author("Nobody"), found))
    assert disagreement(Described(TITLE, ("Someone Else", asked)), record) == ""


def test_names_that_are_two() -> None:
    record = Record("Crossref", "article", TITLE, (Author("Smithson", "Ann"), Author("de", "la")))
    assert disagreement(Described(TITLE, ("Ann Smith", "de la Cruz")), record)


@pytest.mark.parametrize(
    ("asked", "found", "agrees"),
    [
        ("2020", "2021", True),
        ("2020", "2019", True),
        ("2020", "2022", False),
        ("n.d.", "1999", True),
        ("2020-05", "2020", True),
        ("2020", "", True),
    ],
)
def test_years_may_be_one_apart(asked: str, found: str, agrees: bool) -> None:
    record = Record("Crossref", "article", TITLE, (Author("Smith"),), year=found)
    assert (disagreement(Described(TITLE, ("Smith",), asked), record) == "") is agrees


@pytest.mark.parametrize(
    ("text", "doi"),
    [
        ("10.1000/ABC", "10.1000/abc"),
        (" https://doi.org/10.1000/abc ", "10.1000/abc"),
        ("http://dx.doi.org/10.1000/abc", "10.1000/abc"),
        ("doi: 10.1000/abc", "10.1000/abc"),
        ("10.1000.5/a(b)<c>", "10.1000.5/a(b)<c>"),
        ("10.1000", ""),
        ("10.1000/a b", ""),
        ("see 10.1000/a", ""),
        ("", ""),
    ],
)
def test_a_doi_is_known_in_any_dress(text: str, doi: str) -> None:
    assert bare_doi(text) == doi


@pytest.mark.parametrize(
    ("name", "author"),
    [
        ("Ann B. Smith", Author("Smith", "Ann B.")),
        ("Jan van der Berg", Author("van der Berg", "Jan")),
        ("Smith, Ann", Author("Smith", "Ann")),
        ("Bob Jones Jr.", Author("Jones", "Bob Jr.")),
        ("Plato", Author("Plato")),
        ("Leonardo da Vinci", Author("da Vinci", "Leonardo")),
    ],
)
def test_a_whole_name_is_split_as_well_as_can_be(name: str, author: Author) -> None:
    assert person(name) == author
