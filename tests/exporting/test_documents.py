"""Markdown, Word and web page: all say the same words as the outline, and none runs or loads
anything."""

import io
import re
import shutil
import zipfile
from itertools import pairwise
from pathlib import Path
from typing import Any

import docx
import lxml.html
import pypdfium2
import pytest

from kb.errors import ExportError
from kb.exporting import FORMATS, documents, format_of, markdown, pdf, writer
from kb.exporting.annotated import Bibliography
from kb.exporting.citing import Run, cite, plain
from kb.exporting.html import page
from kb.exporting.outline import Block, outline
from tests.conftest import LETTERS, RAISED
from tests.exporting.conftest import FORMULA


def blocks(made: Bibliography) -> list[Block]:
    return documents.blocks(made, "harvard")


def words(text: str) -> str:
    """The text without white space."""
    return "".join(text.split())


def said(made: Bibliography) -> str:
    return words("".join(plain(block.runs) for block in blocks(made)))


@pytest.fixture
def web(made: Bibliography) -> Any:
    return lxml.html.document_fromstring(documents.html(made, "harvard").decode())


@pytest.fixture
def word(made: Bibliography) -> Any:
    return docx.Document(io.BytesIO(documents.docx(made, "harvard")))


def test_a_web_page_says_the_outline_and_nothing_else(made: Bibliography, web: Any) -> None:
    body = web.body
    for extra in [*body.cssselect("nav"), *body.cssselect(".skip")]:
        extra.drop_tree()
    assert words(body.text_content()) == said(made)


def test_so_does_a_word_document(made: Bibliography, word: Any) -> None:
    listed = [p for p in word.paragraphs if not p.style.name.startswith(("toc", "Subtitle"))]
    assert words("".join(paragraph.text for paragraph in listed)) == said(made)


def test_so_does_markdown_but_for_its_marks(made: Bibliography) -> None:
    text = documents.markdown(made, "harvard").decode()
    marks = r"^ *(#+|>|-) |(?<!\\)[`*]|<(?=http)|(?<=\w)>"
    bare = re.sub(r"\\(.)", r"\1", re.sub(marks, "", text, flags=re.MULTILINE))
    assert words(bare) == said(made)


def test_only_an_original_is_a_quotation(web: Any, word: Any, made: Bibliography) -> None:
    quoted = {" ".join(q.text_content().split()) for q in web.cssselect("blockquote")}
    assert f"“{LETTERS}”" in quoted
    assert RAISED in {p.text_content() for p in web.cssselect("p.paraphrase")}
    assert f"“{RAISED}”" not in web.text_content()
    by_style = {p.text: p.style.name for p in word.paragraphs}
    assert by_style[f"“{LETTERS}”"] == "Quote"
    assert by_style[RAISED] == "Paraphrase"
    text = documents.markdown(made, "harvard").decode()
    assert f"\n> “{LETTERS}”\n" in text
    assert f"\n- {RAISED}\n" in text


def test_a_web_page_needs_nothing_else_and_runs_nothing(web: Any) -> None:
    assert not web.cssselect("script, img, link, iframe, object, form, [onclick], [style]")
    (policy,) = web.cssselect("meta[http-equiv]")
    assert policy.get("content").startswith("default-src 'none'")
    addresses = {link.get("href") for link in web.cssselect("a")}
    assert {a for a in addresses if not a.startswith("#")} == {"https://example.org/a_b?c=d&e=f"}
    ids = [element.get("id") for element in web.cssselect("[id]")]
    assert len(ids) == len(set(ids))
    assert {a[1:] for a in addresses if a.startswith("#")} <= set(ids)
    assert FORMULA in web.text_content()


def test_a_web_page_has_a_language_landmarks_and_headings_in_order(
    web: Any,
) -> None:
    assert web.get("lang") == "en-GB"
    assert web.cssselect("title")[0].text == "Annotated bibliography: Do reminders help?"
    assert len(web.cssselect("main")) == len(web.cssselect("nav")) == len(web.cssselect("h1")) == 1
    levels = [int(h.tag[1]) for h in web.cssselect("main h2, main h3, main h4")]
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert levels.count(2) == 4


def test_a_word_document_has_what_a_screen_reader_needs(word: Any) -> None:
    about = word.core_properties
    assert about.title == "Annotated bibliography: Do reminders help?"
    assert about.language == "en-GB"
    styles = [p.style.name for p in word.paragraphs]
    assert styles[0] == "Title"
    assert {"Heading 1", "Heading 2", "Heading 3", "Source", "Trace"} <= set(styles)
    xml = word.element.xml
    assert xml.count('w:fldCharType="begin"') == xml.count('w:fldCharType="end"') == 1
    assert 'TOC \\o "1-2" \\h' in xml
    anchors = set(re.findall(r'w:anchor="(\w+)"', xml))
    marks = set(re.findall(r'w:bookmarkStart [^>]*w:name="(\w+)"', xml))
    assert anchors
    assert anchors <= marks
    listed = [p.text for p in word.paragraphs if p.style.name.startswith("toc")]
    assert listed == [p.text for p in word.paragraphs if p.style.name in ("Heading 1", "Heading 2")]
    linked = [r.target_ref for r in word.part.rels.values() if r.is_external]
    assert linked == ["https://example.org/a_b?c=d&e=f"]


def test_a_word_document_is_the_same_bytes_inside_every_time(made: Bibliography) -> None:
    once, again = (
        zipfile.ZipFile(io.BytesIO(documents.docx(made, "apa"))) for _ in range(2)
    )  # fmt: skip
    for name in once.namelist():
        assert once.read(name) == again.read(name)


def test_markup_in_notes_and_titles_stays_text(made: Bibliography) -> None:
    text = documents.markdown(made, "harvard").decode()
    assert "\\<script\\>" in text
    assert "**Note (notes/health2019letters.md):** # Mine Ask \\*Ann\\*" in text
    assert "\\<b\\>Scripts\\</b\\> & formulas \\| " in text


def test_a_heading_in_a_text_opens_no_heading() -> None:
    for text in ("# One", "- one", "> one", "1. One", "+ one", "=== one", "    code"):
        (line, *_) = markdown.text([Block("text", (Run(text),))]).splitlines()
        assert not re.match(r"\s*([#>+=-]|\d+[.)]\s)|    ", line), line


def test_numbers_stand_before_references_in_a_numbered_style(made: Bibliography) -> None:
    cited = cite("vancouver", made.references, made.sources)
    references = [plain(b.runs) for b in outline(made, cited) if b.kind == "reference"]
    listed = references[-len(made.references) :]
    assert [line.split(". ")[0] for line in listed] == [str(n + 1) for n in range(len(listed))]
    assert set(references) == set(listed), "a source has one number"


def test_formats_are_known_by_name_and_ending() -> None:
    for name, (ending, _) in FORMATS.items():
        assert callable(writer(name))
        assert not ending or format_of(Path(f"X{ending.upper()}")) == name
    with pytest.raises(
        ExportError, match=r"'\.txt' is no format of an export; say which with --as"
    ):
        format_of(Path("x.txt"))
    with pytest.raises(ExportError, match="no format 'odt'; there are: markdown, docx"):
        writer("odt")


def test_without_libreoffice_a_pdf_says_what_to_do(
    made: Bibliography, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ExportError, match="LibreOffice, which is not installed here") as raised:
        documents.pdf(made, "harvard")
    assert "--as docx or html" in str(raised.value)


def test_a_converter_that_makes_nothing_is_said(
    made: Bibliography, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf, "_PROGRAMS", ("false",))
    with pytest.raises(ExportError, match="made no PDF"):
        documents.pdf(made, "harvard")


@pytest.mark.skipif(not any(map(shutil.which, ("soffice", "libreoffice"))),
                    reason="LibreOffice is not installed")  # fmt: skip
def test_libreoffice_opens_the_word_document(made: Bibliography) -> None:
    made_pdf = pypdfium2.PdfDocument(documents.pdf(made, "harvard"))
    text = "".join(page.get_textpage().get_text_range() for page in made_pdf)
    assert made_pdf.get_metadata_value("Title") == "Annotated bibliography: Do reminders help?"
    assert [item.get_title() for item in made_pdf.get_toc() if item.level == 0] == [
        "What this is", "Uptake", "Cost", "References"
    ]  # fmt: skip
    assert words(RAISED) in words(text)
    assert words(FORMULA) in words(text)


def test_a_page_of_nothing_but_a_title() -> None:
    assert "<h1>T&amp;C</h1>" in page([Block("title", (Run("T&C"),))])
