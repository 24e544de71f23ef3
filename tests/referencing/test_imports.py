"""What other programs export, and what becomes of what is odd or broken in it."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from kb.errors import ReadingError
from kb.reading.bibliography import load
from kb.referencing import OTHERS, Import, Person, Reference, citekeys, imports
from kb.referencing.bibfile import put


def read(folder: Path, name: str, content: str | bytes) -> Import:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return imports.read(path)


def only(folder: Path, name: str, content: str | bytes) -> Reference:
    (reference,) = read(folder, name, content).references
    return reference


# BibTeX


def test_three_broken_entries_of_a_hundred_are_listed_and_the_others_go_in(tmp_path: Path) -> None:
    entries = [
        f"@article{{key{n},\n  title = {{Title {n}}},\n  year = {{2020}},\n}}\n" for n in range(100)
    ]
    entries[10] = "@article{key10,\n  title = {Never closed,\n  year = {2020},\n}\n"
    entries[50] = "@article{key50,\n  title {No equals sign},\n}\n"
    entries[90] = "@article{key90,\n  title = {No comma}\n  year = {2020},\n}\n"
    found = read(tmp_path, "lib.bib", "".join(entries))
    assert [problem.where for problem in found.problems] == [
        f"lib.bib:{1 + sum(entry.count(chr(10)) for entry in entries[:n])}" for n in (10, 50, 90)
    ]
    kept = {reference.citekey for reference in found.references}
    assert kept == {f"key{n}" for n in range(100)} - {"key10", "key50", "key90"}


def test_an_entry_of_latex_becomes_plain_text(tmp_path: Path) -> None:
    reference = only(
        tmp_path,
        "lib.bib",
        '@string{jt = {Journal of } # "Trials"}\n'
        "@ARTICLE{ M:20, Title = {{\\emph{Caf\\'e}} \\& $\\beta$-blockers at \\$5,\n   twice},\n"
        '  author = "M{\\"u}ller, J{\\\'e}r{\\^o}me and de la Cruz, Ana and {Health {\\&} Care}",\n'
        "  journal = jt, month = 10 # {~} # jan, year = 2020, pages = {216--224},\n"
        "  doi = {https://doi.org/10.1000/a\\_b}, url = {https://a.org/\\~{}x\\%20y},\n"
        "  keywords = {one, two}, my-own = {kept}, }\n",
    )
    assert reference == Reference(
        "article",
        {
            "title": "Café & β-blockers at $5, twice",
            "journal": "Journal of Trials",
            "month": "10 jan",
            "year": "2020",
            "pages": "216–224",
            "doi": "https://doi.org/10.1000/a_b",
            "url": "https://a.org/~x%20y",
            "keywords": "one, two",
            "my-own": "kept",
        },
        (
            Person("Müller", "Jérôme"),
            Person("Cruz", "Ana", "de la"),
            Person("Health & Care", corporate=True),
        ),
        citekey="M:20",
        line=2,
    )


@pytest.mark.parametrize(
    ("author", "people"),
    [
        ("Smith, A.; Jones, B.", [Person("Smith", "A."), Person("Jones", "B.")]),
        (
            "Huey, SL, Mehta, NH, and Lee, S",
            [Person("Huey", "SL"), Person("Mehta", "NH"), Person("Lee", "S")],
        ),
        ("Ann van Smith and others", [Person("Smith", "Ann", "van"), OTHERS]),
        ("King, Jr, Martin Luther", [Person("King", "Martin Luther", suffix="Jr")]),
        (
            "family=Berg, given=Jan, prefix=van der, useprefix=true",
            [Person("Berg", "Jan", "van der")],
        ),
        ("Smith, ", [Person("Smith")]),
        (
            "{A; B} and {C, D and E}",
            [Person("A; B", corporate=True), Person("C, D and E", corporate=True)],
        ),
        ("", []),
    ],
)  # fmt: skip
def test_names_as_programs_write_them(tmp_path: Path, author: str, people: list[Person]) -> None:
    content = f"@misc{{a, title = {{T}}, author = {{{author}}}}}"
    assert list(only(tmp_path, "a.bib", content).authors) == people


def test_a_paper_inherits_from_its_proceedings(tmp_path: Path) -> None:
    content = (
        "@inproceedings{paper, title = {Paper}, crossref = {Conf}}\n"
        "@proceedings{conf, title = {Proceedings}, year = 2020, editor = {Hall, A},"
        " doi = {10.1000/1}}\n"
    )
    paper = read(tmp_path, "a.bib", content).references[0]
    assert paper.fields == {"title": "Paper", "booktitle": "Proceedings", "year": "2020"}
    assert paper.editors == (Person("Hall", "A"),)


def test_a_key_or_field_given_twice_loses_no_entry(tmp_path: Path) -> None:
    content = "@misc{a, title = {One}, title = {Two}}\n@misc{b, title={B}}\n@misc{b, title={C}}\n"
    found = read(tmp_path, "a.bib", content)
    assert [reference.title for reference in found.references] == ["One", "B", "C"]


def test_a_year_is_taken_from_the_date(tmp_path: Path) -> None:
    assert only(tmp_path, "a.bib", "@misc{a, title={T}, date={2020-05-03}}").year == "2020"


# RIS

OVID = """\
\ufeffDatabase: Embase <1974 to 2021 Week 10>
Record #1 of 2
Provider: John Wiley & Sons, Ltd
Content: text/plain; charset="UTF-8"

1.
TY  - JOUR
ID  - 12345
DB  - Embase
AU  - van der Berg, Jan
AU  - Smith AB
AU  - King, M.L., Jr.
A1  - NHS Confederation
TI  - Reminders raise
  attendance
T2  - Journal of Trials
JA  - J Trials
PY  - 2020/03/15/
VL  - 35
IS  - 4
SP  - 216
EP  - 224
KW  - reminder
appointment
KW  - Anxiety, Separation
AB  - A trial with 400 patients.

RESULTS: OR - 1.2.
US  - http://ovidsp.example
DO  - https://doi.org/10.1000/182
UR  - https://example.org/182
L1  - https://example.org/182.pdf
ER  -

Record #2 of 2
2.
TY  - RPRT
AU  - Department of Health
TI  - Letters
PB  - Department of Health
Y1  - 2019
TY  - CHAP
TI  - Chapter
BT  - Book
A2  - Hall, Ann
"""


def test_ris_with_headers_odd_tags_and_stray_lines(tmp_path: Path) -> None:
    found = read(tmp_path, "ovid.ris", OVID)
    article, report, chapter = found.references
    assert article.fields == {
        "title": "Reminders raise attendance",
        "journal": "Journal of Trials",
        "year": "2020",
        "date": "2020-03-15",
        "volume": "35",
        "number": "4",
        "pages": "216–224",
        "keywords": "reminder; appointment; Anxiety, Separation",
        "abstract": "A trial with 400 patients. RESULTS: OR - 1.2.",
        "doi": "10.1000/182",
        "url": "https://example.org/182",
    }
    assert article.authors == (
        Person("Berg", "Jan", "van der"),
        Person("Smith", "AB"),
        Person("King", "M.L.", suffix="Jr."),
        Person("NHS Confederation", corporate=True),
    )
    assert (report.entry_type, report.fields["institution"]) == (
        "techreport",
        "Department of Health",
    )
    assert report.authors == (Person("Department of Health", corporate=True),)
    assert (chapter.fields["booktitle"], chapter.editors) == ("Book", (Person("Hall", "Ann"),))
    assert found.problems == ()
    assert found.notices == (
        "7 stray lines were left out, the first on line 1: Database: Embase <1974 to 2021 Week 10>",
        "tags of which nothing was kept, and in how many references: DB (1), US (1)",
    )


@pytest.mark.parametrize(
    "content",
    [
        "TY  - JOUR\r\nTI  - T\r\nER  - \r\n",
        "TY  - JOUR\rTI  - T\rER  - \r",
        "TY - JOUR\nTI - T\nER -\n",
        "  TY  - JOUR\n  TI  - T\n  ER  -\n",
        "TY  -JOUR\nTI  - T",
        "\ufeff\ufeffTY  - JOUR\nT1  - T\nEndOfRecord\n",
        b"\xff\xfe" + "TY  - JOUR\nTI  - T\nER  -\n".encode("utf-16-le"),
    ],
)
def test_ris_in_every_dress(tmp_path: Path, content: str | bytes) -> None:
    reference = only(tmp_path, "a.ris", content)
    assert reference.title == "T"


def test_text_that_is_not_utf_8_is_read_and_said(tmp_path: Path) -> None:
    found = read(tmp_path, "a.ris", "TY  - JOUR\nTI  - Café\nER  -\n".encode("cp1252"))
    assert found.references[0].title == "Café"
    assert "Windows-1252" in found.notices[0]


def test_a_reference_without_a_title_is_a_problem_and_the_others_go_in(tmp_path: Path) -> None:
    found = read(
        tmp_path, "a.ris", "TY  - JOUR\nAU  - Smith, A\nER  -\nTY  - JOUR\nTI  - T\nER  -\n"
    )
    assert [reference.title for reference in found.references] == ["T"]
    assert [str(problem) for problem in found.problems] == [
        "a.ris:1: the reference 'Smith' has no title; give it one and import it again"
    ]


# PubMed

NBIB = """\
PMID- 31234567
OWN - NLM
IS  - 1756-1833 (Electronic)
VI  - 35
IP  - 4
DP  - 2020 Mar 15
TI  - Reminders raise attendance in clinics: a trial of letters and text
      messages.
PG  - 216-24
LID - S0140 [pii]
LID - 10.1000/182 [doi]
AB  - BACKGROUND: Few come.
FAU - Smith, Ann B
AU  - Smith AB
AD  - Somewhere - a place
FAU - van der Berg, Jan
AU  - van der Berg J
CN  - Reminders Group
LA  - eng
PT  - Journal Article
JT  - BMJ (Clinical research ed.)
TA  - BMJ
MH  - *Reminder Systems
PMC - PMC123

PMID- 2
TI  - [Briefe].
AU  - Müller J
DP  - 1999 Winter
"""


def test_pubmed(tmp_path: Path) -> None:
    found = read(tmp_path, "pubmed.nbib", NBIB)
    first, second = found.references
    assert first.fields == {
        "title": "Reminders raise attendance in clinics: a trial of letters and text messages",
        "journal": "BMJ (Clinical research ed.)",
        "year": "2020",
        "date": "2020-03-15",
        "volume": "35",
        "number": "4",
        "pages": "216–24",
        "issn": "1756-1833",
        "doi": "10.1000/182",
        "abstract": "BACKGROUND: Few come.",
        "language": "eng",
        "keywords": "Reminder Systems",
        "pmid": "31234567",
        "pmcid": "PMC123",
    }
    assert first.authors == (
        Person("Smith", "Ann B"),
        Person("Berg", "Jan", "van der"),
        Person("Reminders Group", corporate=True),
    )
    assert (second.title, second.year, second.authors) == (
        "Briefe",
        "1999",
        (Person("Müller", "J"),),
    )
    assert found.notices[0].endswith("AD (1), OWN (1)")


# CSL-JSON


def test_csl_json(tmp_path: Path) -> None:
    item = {
        "id": "http://zotero.org/users/1/items/AB",
        "citation-key": "berg2020",
        "type": "article-journal",
        "title": "Reminders <i>in vivo</i>: H<sub>2</sub>O",
        "container-title": "Journal of Trials",
        "author": [
            {"family": "Berg", "given": "Jan", "non-dropping-particle": "van der"},
            {"literal": "Department of Health"},
            {"family": "King", "given": "M. L.", "suffix": "Jr"},
            {"literal": "et al."},
        ],
        "issued": {"date-parts": [["2020", 3, 5]]},
        "page": "216-224",
        "volume": 35,
        "issue": "4",
        "DOI": "10.1000/182",
        "custom": {},
    }
    found = read(tmp_path, "a.json", json.dumps([item]))
    (reference,) = found.references
    assert reference.fields == {
        "title": "Reminders in vivo: H2O",
        "journal": "Journal of Trials",
        "year": "2020",
        "date": "2020-03-05",
        "volume": "35",
        "number": "4",
        "pages": "216–224",
        "doi": "10.1000/182",
    }
    assert reference.authors == (
        Person("Berg", "Jan", "van der"),
        Person("Department of Health", corporate=True),
        Person("King", "M. L.", suffix="Jr"),
        OTHERS,
    )
    assert reference.citekey == "berg2020"
    assert found.notices == ("of these nothing was kept: custom",)


@pytest.mark.parametrize(
    ("issued", "year"),
    [
        ({"date-parts": [[2020]]}, "2020"),
        ({"raw": "March 2020"}, "2020"),
        ({"literal": "2020"}, "2020"),
        ("2020-03-01", "2020"),
        ({"date-parts": [[]]}, ""),
        ({"date-parts": None}, ""),
        (None, ""),
    ],
)
def test_dates_of_csl(tmp_path: Path, issued: object, year: str) -> None:
    item = {"type": "book", "title": "T", "issued": issued}
    assert only(tmp_path, "a.json", json.dumps(item)).year == year


@pytest.mark.parametrize(
    "author", [None, "Smith", [None], [{}], [{"family": None}], {"family": "X"}]
)
def test_odd_authors_of_csl_are_none(tmp_path: Path, author: object) -> None:
    item = {"title": "T", "author": author}
    assert only(tmp_path, "a.json", json.dumps({"items": [item]})).authors == ()


# any of them


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("lib.txt", "TY  - JOUR\nTI  - T\nER  -\n"),
        ("lib.txt", "PMID- 1\nTI  - T\n"),
        ("lib.ris", "PMID- 1\nTI  - T\n"),
        ("lib.json", "@misc{a, title = {T}}"),
        ("lib", '[{"title": "T"}]'),
    ],
)
def test_a_wrong_ending_is_no_matter(tmp_path: Path, name: str, content: str) -> None:
    assert only(tmp_path, name, content).title == "T"


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("a.ris", "", "holds no references"),
        ("a.bib", "% none yet\n", "holds no references"),
        ("a.json", "[]", "holds no references"),
        ("a.json", '[{"title": "T",]', "a.json:1: not JSON"),
        ("a.json", "[" * 100_000, "a.json"),
        ("a.json", '{"items": 3}', "no list"),
        ("a.ris", b"TY  - JOUR\0", "not a text file"),
        ("a.pdf", "%PDF-1.7", "not a file of references"),
    ],
)
def test_a_file_that_holds_none_is_one_error(
    tmp_path: Path, name: str, content: str | bytes, complaint: str
) -> None:
    with pytest.raises(ReadingError, match=complaint) as error:
        read(tmp_path, name, content)
    assert "\n" not in str(error.value)


def test_a_file_that_is_not_there_is_one_error(tmp_path: Path) -> None:
    with pytest.raises(ReadingError, match="cannot be read"):
        imports.read(tmp_path / "gone.ris")


def test_attachments_are_found_or_reported(tmp_path: Path) -> None:
    (tmp_path / "files/1").mkdir(parents=True)
    (tmp_path / "files/1/x.pdf").write_bytes(b"%PDF")
    content = (
        "@misc{a, title = {T},\n"
        "  file = {PDF:files/1/x.pdf:application/pdf;PDF:files/2/gone.pdf:application/pdf}}\n"
    )
    found = read(tmp_path, "lib.bib", content)
    assert found.references[0].files == (str((tmp_path / "files/1/x.pdf").resolve()),)
    assert found.references[0].missing == ("files/2/gone.pdf",)
    assert "file" not in found.references[0].fields


def test_attachments_of_ris_and_zoteros_folder(tmp_path: Path) -> None:
    stored = tmp_path / "Zotero/storage/ABCD2345/x y.pdf"
    stored.parent.mkdir(parents=True)
    stored.write_bytes(b"%PDF")
    path = tmp_path / "export" / "lib.ris"
    path.parent.mkdir()
    path.write_text(
        "TY  - JOUR\nTI  - T\nL1  - file:///Users/ann/Zotero/storage/ABCD2345/x%20y.pdf\nER  -\n",
        encoding="utf-8",
    )
    (reference,) = imports.read(path, [tmp_path / "Zotero"]).references
    assert reference.files == (str(stored.resolve()),)


@pytest.mark.parametrize(("name", "content"), [("a.ris", OVID), ("a.nbib", NBIB)])
def test_what_was_imported_is_a_bibliography(tmp_path: Path, name: str, content: str) -> None:
    taken: list[str] = []
    for reference in (found := read(tmp_path, name, content)).references:
        taken.append(citekeys.made(reference, taken))
    with_keys = [replace(r, citekey=key) for r, key in zip(found.references, taken, strict=True)]
    put(tmp_path / "references.bib", with_keys)
    sources = load(tmp_path / "references.bib")
    assert list(sources) == taken
    for reference, source in zip(found.references, sources.values(), strict=True):
        assert (source.title, source.year) == (reference.title, reference.year)
        assert source.doi == reference.fields.get("doi", "")
