"""References as citation styles print them: golden lines, looked at against the styles' guides.

kb/exporting/styles/README.md says what falls short of them. After a change that is meant:
UPDATE_GOLDEN=1 python -m pytest tests/exporting/test_citing.py, and read what it changed.
"""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from kb.errors import ExportError
from kb.exporting.citing import STYLES, Cited, Run, Runs, cite, plain
from kb.reading import bibliography
from kb.referencing import OTHERS, Person, Reference, bibtex

FOLDER = Path(__file__).parent / "references"
SOURCES = bibliography.load(FOLDER / "sources.bib")
REFERENCES = {
    one.citekey: one
    for one in bibtex.read((FOLDER / "sources.bib").read_text("utf-8"), "sources.bib").references
}
ARTICLE = Reference(
    "article",
    {"title": "A title", "journal": "A Journal", "year": "2020"},
    (Person("Smith", "Ann"),),
    citekey="one",
)


def marked(runs: Runs) -> str:
    """Italics between underscores, links between angle brackets."""
    shown = (
        f"<{run.text}>" if run.href else f"_{run.text}_" if run.italic else run.text for run in runs
    )
    return "".join(shown)


def printed(style: str, reference: Reference) -> str:
    return marked(cite(style, {"one": reference}, {}).references["one"])


@pytest.fixture(scope="module", params=STYLES)
def cited(request: pytest.FixtureRequest) -> tuple[str, Cited]:
    return request.param, cite(request.param, REFERENCES, SOURCES)


def test_each_style_prints_what_was_looked_at(cited: tuple[str, Cited]) -> None:
    style, found = cited
    golden = FOLDER / f"{style}.txt"
    lines = [f"{found.title}\n", *(f"{marked(runs)}\n" for runs in found.references.values())]
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text("".join(lines), "utf-8")
    assert "".join(lines).splitlines() == golden.read_text("utf-8").splitlines()


def test_no_style_loses_or_doubles_anything(cited: tuple[str, Cited]) -> None:
    _, found = cited
    assert found.references.keys() == REFERENCES.keys()
    for key, runs in found.references.items():
        said, entry = plain(runs), REFERENCES[key]
        assert said.count(entry.title[-9:].rstrip("?").lower()) <= 1
        for doubled in (
            "..",
            ",,",
            "?.",
            "  ",
            " ,",
            " .",
            "()",
            "[]",
            "Edition",
            "rint",
            "online",
        ):
            assert doubled not in said, (key, doubled)
        if entry.authors:
            assert entry.authors[0].family in said


def test_only_vancouver_wants_numbers_which_stand_outside_its_text() -> None:
    numbered = {style: cite(style, {"one": ARTICLE}, {}) for style in STYLES}
    assert [style for style, found in numbered.items() if found.numbers] == ["vancouver"]
    assert plain(numbered["vancouver"].references["one"]).startswith("Smith A")


@pytest.mark.parametrize(
    ("style", "expected"),
    [
        ("harvard", "Smith, A. _et al._ (2020)"),
        ("apa", "Smith, A., et al. (2020)."),
        ("vancouver", "Smith A, et al. A title."),
        ("chicago", "Smith, Ann, et al. 2020."),
        ("mhra", "Smith, Ann and others. 2020."),
    ],
)
def test_authors_who_are_not_listed(style: str, expected: str) -> None:
    one = replace(ARTICLE, authors=(*ARTICLE.authors, OTHERS))
    assert printed(style, one).startswith(expected)


def test_addresses_are_links_and_markup_stays_text() -> None:
    fields = {"title": "<b>Bold</b> & “quoted” \ue001*stars*", "url": "https://example.org/a_b?c=d"}
    (runs,) = cite("apa", {"one": replace(ARTICLE, fields=fields)}, {}).references.values()
    assert [run for run in runs if run.href] == [
        Run("https://example.org/a_b?c=d", href="https://example.org/a_b?c=d")
    ]
    assert "<b>Bold</b> & “quoted” *stars*" in plain(runs)


def test_any_style_can_be_named_by_its_path(tmp_path: Path) -> None:
    own = tmp_path / "mine.csl"
    own.write_text(
        '<style xmlns="http://purl.org/net/xbiblio/csl" version="1.0" class="in-text">'
        "<info><title>Mine</title></info><citation><layout><text value='x'/></layout></citation>"
        '<bibliography><layout><text variable="title" suffix="!"/></layout></bibliography></style>'
    )
    found = cite(str(own), {"one": ARTICLE}, {})
    assert (found.title, plain(found.references["one"])) == ("Mine", "A title!")


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("<style", "not XML"),
        ("<html/>", "not a CSL style"),
        ('<style xmlns="http://purl.org/net/xbiblio/csl"><info><title>T</title></info></style>',
         "the style 'T' has no reference list; choose another"),
        ('<style xmlns="http://purl.org/net/xbiblio/csl"><info><title>T</title>'
         '<link rel="independent-parent" href="http://www.zotero.org/styles/apa"/></info></style>',
         "fetch the style it stands for: http://www.zotero.org/styles/apa"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_style_is_named(tmp_path: Path, content: str, complaint: str) -> None:
    own = tmp_path / "mine.csl"
    own.write_text(content)
    with pytest.raises(ExportError, match=complaint) as raised:
        cite(str(own), {"one": ARTICLE}, {})
    assert str(own) in str(raised.value)
    assert "\n" not in str(raised.value)


def test_an_unknown_style_says_which_there_are(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="no citation style 'bluebook'; there are: harvard, apa"):
        cite("bluebook", {"one": ARTICLE}, {})
    with pytest.raises(ExportError, match=r"missing\.csl: cannot be read"):
        cite(str(tmp_path / "missing.csl"), {"one": ARTICLE}, {})


def test_every_style_that_ships_names_its_licence_and_its_authors() -> None:
    for file, _ in STYLES.values():
        text = (FOLDER.parents[2] / "kb" / "exporting" / "styles" / f"{file}.csl").read_text(
            "utf-8"
        )
        assert "http://creativecommons.org/licenses/by-sa/3.0/" in text
        assert "<author>" in text or "<contributor>" in text
