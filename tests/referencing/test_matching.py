"""Which entry a file belongs to: certain only where little can be wrong."""

import pytest

from kb.records import Described, Source
from kb.referencing import doi
from kb.referencing.matching import Match, find
from kb.referencing.titles import alike


def source(citekey: str, title: str, *authors: str, year: str = "2020", doi: str = "") -> Source:
    return Source(citekey, "article", title, authors, year, citekey, citekey, doi)


DARK = source(
    "oliver", "The dark side of coproduction: do the costs outweigh the benefits?",
    "Oliver", "Kothari", "Mays", year="2019", doi="10.1186/s12961-019-0432-3",
)  # fmt: skip
BERG = source("berg", "Reminders raise attendance in clinics", "van der Berg", "Smith")
PART_1 = source("part1", "Examining co-production part 1: the right place", "Inett", year="")
PART_2 = source("part2", "Examining co-production part 2: the right time", "Inett", year="")
REPORT = source("report", "Letters to patients", "Department of Health", year="2018")
SOURCES = [DARK, BERG, PART_1, PART_2, REPORT]


def found(title: str = "", *authors: str, year: str = "", doi: str = "") -> Match:
    match = find(Described(title, authors, year, doi), SOURCES)
    assert match is not None
    return match


def none(title: str = "", *authors: str, year: str = "", doi: str = "") -> bool:
    return find(Described(title, authors, year, doi), SOURCES) is None


def test_doi_and_title_settle_it() -> None:
    match = found(DARK.title, "Kathryn Oliver", doi="https://doi.org/10.1186/S12961-019-0432-3")
    assert (match.citekey, match.certain) == ("oliver", True)
    assert match.why == "DOI and title agree and an author"


def test_a_doi_with_the_title_less_its_subtitle_settles_it() -> None:
    assert found("The Dark Side of Coproduction", "K. Oliver", doi=DARK.doi).certain


def test_the_doi_of_a_paper_that_is_cited_is_not_taken() -> None:
    assert none("Another paper altogether", "Ann Other", year="2022", doi=DARK.doi)


def test_the_doi_of_another_paper_does_not_hide_the_right_entry() -> None:
    match = found(BERG.title, "Jan van der Berg", year="2020", doi=DARK.doi)
    assert match.citekey == "berg"


def test_a_doi_alone_is_not_certain() -> None:
    match = found(doi=DARK.doi)
    assert (match.citekey, match.certain) == ("oliver", False)
    assert "may be a cited paper's" in match.why


def test_a_doi_and_an_author_under_another_title_are_not_certain() -> None:
    match = found("Microsoft Word - draft3.docx", "K Oliver", doi=DARK.doi)
    assert (match.certain, match.why) == (
        False,
        "the DOI and an author agree, but the titles differ",
    )


def test_a_doi_and_title_without_the_authors_are_not_certain() -> None:
    assert not found(DARK.title, "Ann Other", doi=DARK.doi).certain


@pytest.mark.parametrize(
    "author",
    ["Jan van der Berg", "van der Berg, Jan", "J. Van Der Berg", "Ann Smith; Bob Jones", "SMITH A"],
)
@pytest.mark.parametrize("year", ["2020", "2019", "2021", "", "June 2020"])
def test_the_same_title_an_author_and_a_near_year_settle_it(author: str, year: str) -> None:
    match = found("REMINDERS RAISE ATTENDANCE – IN CLINICS", author, year=year)
    assert (match.citekey, match.certain) == ("berg", True)


@pytest.mark.parametrize(
    ("title", "authors", "year", "why"),
    [
        (BERG.title, ("Ann Smith",), "2015", "but the years differ"),
        (BERG.title, (), "2020", "but no authors to compare"),
        ("Reminders raise attendances in clinics", ("Smith",), "2020", "near-same"),
        ("Reminders raise attendance in no clinics", ("Smith",), "2020", "near-same"),
    ],
)
def test_less_than_that_is_put_to_a_person(
    title: str, authors: tuple[str, ...], year: str, why: str
) -> None:
    match = found(title, *authors, year=year)
    assert (match.citekey, match.certain) == ("berg", False)
    assert why in match.why


def test_another_doi_under_the_same_title_is_put_to_a_person() -> None:
    match = found(DARK.title, "Oliver", year="2019", doi="10.31235/osf.io/abc")
    assert (match.citekey, match.certain) == ("oliver", False)
    assert "the DOIs differ" in match.why


@pytest.mark.parametrize(
    ("title", "authors", "year"),
    [
        (BERG.title, ("Ann Other",), "2020"),
        ("Reminders raise attendances in clinics", ("Smith",), "2015"),
        ("Reminders raise attendances in clinics", (), "2020"),
        ("Something else", ("Smith",), "2020"),
        ("", ("Smith",), "2020"),
        ("…", ("Smith",), "2020"),
        ("", (), ""),
    ],
)
def test_what_fits_nothing_is_new(title: str, authors: tuple[str, ...], year: str) -> None:
    assert none(title, *authors, year=year)


def test_parts_of_a_series_are_told_apart() -> None:
    assert none("Examining co-production part 3: the right time", "Steve Inett")
    assert found(PART_2.title, "Steve Inett").citekey == "part2"


def test_a_body_is_an_author() -> None:
    assert found("Letters to patients", "Department of Health", year="2018").certain


def test_two_entries_that_fit_alike_are_put_to_a_person() -> None:
    match = find(
        Described(BERG.title, ("Smith",), "2020"), [BERG, source("twin", BERG.title, "Smith")]
    )
    assert match is not None
    assert (match.certain, match.why) == (False, "'twin' fits as well")


@pytest.mark.parametrize(
    ("first", "second", "least", "most"),
    [
        ("The ﬁrst eﬀect", "The first effect", 1, 1),
        ("Co-production", "Coproduction", 1, 1),
        ("Café society", "Cafe\u0301 society", 1, 1),
        ("Reminders in men", "Reminders in women", 0.9, 0.99),
        ("Annual report 2019", "Annual report 2020", 0, 0),
        ("Power part I", "Power part II", 0, 0),
        ("One two three", "One two three: a trial", 0.95, 0.95),
        ("Power", "Power: a trial", 0, 0.8),
        ("", "", 0, 0),
    ],
)
def test_how_alike_titles_are(first: str, second: str, least: float, most: float) -> None:
    assert least <= alike(first, second) <= most
    assert alike(first, second) == alike(second, first)


@pytest.mark.parametrize(
    ("written", "bare"),
    [
        ("10.1000/182", "10.1000/182"),
        ("https://doi.org/10.1000/182", "10.1000/182"),
        ("http://dx.doi.org/10.1000%2F182.", "10.1000/182"),
        ("doi: 10.1000/182,", "10.1000/182"),
        ("(DOI 10.1016/S0140-6736(05)67889-0)", "10.1016/S0140-6736(05)67889-0"),
        (
            "doi:10.1002/(SICI)1097(1998)17<1661::AID>3.0.CO;2-2.",
            "10.1002/(SICI)1097(1998)17<1661::AID>3.0.CO;2-2",
        ),
        ("<a>https://doi.org/10.1000/182<br>", "10.1000/182"),
        ("none", ""),
        ("", ""),
    ],
)
def test_a_doi_in_any_dress(written: str, bare: str) -> None:
    assert doi.bare(written) == bare
