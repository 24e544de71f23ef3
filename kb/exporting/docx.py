"""Blocks → a Word document: real heading styles, a table of contents, hyperlinks, its language and
title set, so that a screen reader and a converter find their way.

The table of contents stands filled, with a link for each heading; Word and LibreOffice put page
numbers to it when asked to update it.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

from kb.exporting.citing import Run, plain
from kb.exporting.outline import Block

_STYLES = {
    "text": "Body Text",
    "item": "List Bullet",
    "reference": "Source",
    "about": "About Source",
    "quotation": "Quote",
    "paraphrase": "Paraphrase",
    "trace": "Trace",
    "note": "About Source",
}
_CONTENTS = 2  # levels of headings


def document(blocks: Sequence[Block], made: str) -> bytes:
    """The file; the first block is its title, `made` the ISO date it carries as its own."""
    from docx import Document

    title, *rest = blocks
    file = Document()
    _set_up(file, plain(title.runs), made)
    page = _Page(file)
    page.add("Title", (Run(plain(title.runs)),))
    marks = {block.name: f"_kb{n}" for n, block in enumerate(rest) if block.kind == "heading"}
    _contents(page, rest, marks)
    last = next((n for n, block in enumerate(rest) if block.name == "references"), len(rest))
    for number, block in enumerate(rest):
        if block.kind == "heading":
            # The first part begins on a new page too, after the contents.
            heading = page.add(f"Heading {block.level}", block.runs, new_page=block.level == 1)
            page.mark(heading, number, marks[block.name])
        else:
            page.add("Reference List" if number > last else _STYLES[block.kind], block.runs)
    written = BytesIO()
    file.save(written)
    return written.getvalue()


def _set_up(file: Any, title: str, made: str) -> None:
    from docx.enum.style import WD_STYLE_TYPE
    from docx.oxml.ns import qn
    from docx.shared import Cm, Pt, RGBColor

    about = file.core_properties
    about.title, about.language, about.author, about.comments = title, "en-GB", "kb", ""
    about.created = about.modified = datetime.fromisoformat(made).replace(tzinfo=UTC)
    section = file.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.5)
    normal = file.styles["Normal"]
    normal.font.name, normal.font.size = "Calibri", Pt(11)
    fonts = normal.element.get_or_add_rPr()
    language = fonts.makeelement(qn("w:lang"), {qn("w:val"): "en-GB"})
    fonts.append(language)
    quiet = RGBColor(0x40, 0x40, 0x40)
    for name, size, left, bold in (
        ("Source", 11, 0.0, True),
        ("About Source", 10, 0.6, False),
        ("Paraphrase", 11, 1.2, False),
        ("Trace", 9, 1.2, False),
    ):
        style = file.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        style.base_style = normal
        style.font.size, style.font.bold = Pt(size), bold
        style.paragraph_format.left_indent = Cm(left)
        style.paragraph_format.space_after = Pt(3)
        style.paragraph_format.keep_with_next = name != "Trace"
        if name in ("About Source", "Trace"):
            style.font.color.rgb = quiet
    file.styles["Source"].paragraph_format.space_before = Pt(10)
    listed = file.styles.add_style("Reference List", WD_STYLE_TYPE.PARAGRAPH)
    listed.base_style = normal
    listed.paragraph_format.left_indent, listed.paragraph_format.first_line_indent = Cm(1), Cm(-1)
    quote = file.styles["Quote"]
    quote.paragraph_format.left_indent = Cm(1.2)
    quote.paragraph_format.keep_with_next = True
    quote.font.color.rgb = RGBColor(0, 0, 0)
    for level in (1, 2, 3):
        file.styles[f"Heading {level}"].font.color.rgb = RGBColor(0x1F, 0x38, 0x64)
    for level in range(1, _CONTENTS + 1):
        toc = file.styles.add_style(f"toc {level}", WD_STYLE_TYPE.PARAGRAPH)
        toc.base_style = normal
        toc.paragraph_format.left_indent = Cm(0.8 * (level - 1))
        toc.paragraph_format.space_after = Pt(2)


def _contents(page: "_Page", blocks: Sequence[Block], marks: dict[str, str]) -> None:
    """A field that Word can update, and between its beginning and its end what it holds now."""
    page.add("Subtitle", (Run("Contents"),))
    listed = [b for b in blocks if b.kind == "heading" and b.level <= _CONTENTS]
    for number, block in enumerate(listed):
        paragraph = page.add(f"toc {block.level}", ())
        if number == 0:
            page.field(paragraph, "begin")
            page.field(paragraph, "", f'TOC \\o "1-{_CONTENTS}" \\h \\z \\u')
            page.field(paragraph, "separate")
        page.link(paragraph, Run(plain(block.runs)), marks[block.name])
        if number == len(listed) - 1:
            page.field(paragraph, "end")


class _Page:
    """Adds paragraphs at the end. python-docx's own looks each style up among all, every time."""

    def __init__(self, file: Any) -> None:
        from docx.oxml import OxmlElement
        from docx.oxml.ns import qn

        self._new, self._qn = OxmlElement, qn
        self._part = file.part
        self._end = file.element.body.sectPr
        self._styles = {style.name: style.style_id for style in file.styles}
        self._related: dict[str, str] = {}

    def add(self, style: str, runs: Iterable[Run], *, new_page: bool = False) -> Any:
        """A paragraph with these runs, links among them."""
        paragraph = self._new("w:p")
        about = self._under(paragraph, "w:pPr")
        self._under(about, "w:pStyle", val=self._styles[style])
        if new_page:
            self._under(about, "w:pageBreakBefore")
        for run in runs:
            if run.href:
                self.link(paragraph, run)
            else:
                self._run(paragraph, run)
        self._end.addprevious(paragraph)
        return paragraph

    def link(self, paragraph: Any, run: Run, anchor: str = "") -> None:
        """To an address outside, or with `anchor` to a bookmark in the document."""
        from docx.opc.constants import RELATIONSHIP_TYPE

        if anchor:
            element = self._under(paragraph, "w:hyperlink", anchor=anchor, history="1")
        else:
            if run.href not in self._related:
                self._related[run.href] = self._part.relate_to(
                    run.href, RELATIONSHIP_TYPE.HYPERLINK, is_external=True
                )
            element = self._under(paragraph, "w:hyperlink", history="1")
            element.set(self._qn("r:id"), self._related[run.href])
        self._run(element, run, linked=not anchor)

    def mark(self, paragraph: Any, number: int, name: str) -> None:
        """A bookmark for links to lead to."""
        self._under(paragraph, "w:bookmarkStart", id=str(number), name=name)
        self._under(paragraph, "w:bookmarkEnd", id=str(number))

    def field(self, paragraph: Any, kind: str, instruction: str = "") -> None:
        """A mark of a field ("begin", "separate", "end"), or its instruction."""
        run = self._under(paragraph, "w:r")
        if not instruction:
            self._under(run, "w:fldChar", fldCharType=kind)
            return
        self._text(run, "w:instrText", instruction)

    def _run(self, parent: Any, run: Run, *, linked: bool = False) -> None:
        element = self._under(parent, "w:r")
        if run.bold or run.italic or run.code or linked:
            face = self._under(element, "w:rPr")
            if run.code:
                self._under(face, "w:rFonts", ascii="Consolas", hAnsi="Consolas")
            if run.bold:
                self._under(face, "w:b")
            if run.italic:
                self._under(face, "w:i")
            if linked:
                self._under(face, "w:color", val="054A91")
                self._under(face, "w:u", val="single")
        self._text(element, "w:t", run.text)

    def _text(self, parent: Any, tag: str, text: str) -> None:
        element = self._under(parent, tag)
        element.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
        element.text = "".join(ch for ch in text if ch >= " " or ch in "\t\n\r")

    def _under(self, parent: Any, tag: str, **attributes: str) -> Any:
        element = self._new(tag)
        for name, value in attributes.items():
            element.set(self._qn(f"w:{name}"), value)
        parent.append(element)
        return element
