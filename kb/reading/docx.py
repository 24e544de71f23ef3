"""A Word file in, a Document out: its text as it stands when all tracked changes are accepted.

The format is ECMA-376, Office Open XML (WordprocessingML, part 1, section 17).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from kb.reading.docx_about import described
from kb.reading.docx_package import child, local, opened, value
from kb.reading.docx_styles import role_of, roles, symbol
from kb.reading.pieces import Piece, assembled, left_out, raised, row
from kb.reading.unseen import no_width, visible
from kb.records import Document

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

Note = tuple[str, str]  # "footnote" or "endnote", and its id

_PROPERTIES = frozenset(
    "pPr rPr tblPr tblGrid trPr tcPr sectPr sdtPr sdtEndPr instrText delText delInstrText fldData "
    "rt posOffset align pctHeight pctWidth".split()
)
_DELETED = ("del", "moveFrom")
_BREAKS = {"tab": " ", "ptab": " ", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
_LONG_CELL = 600  # characters; such a cell holds paragraphs of the text and is no entry of a row
_BOLD_LINE = 100  # characters of a bold line that is a heading where no style says what is one
_SENTENCE = re.compile(r"[.,;!?]$")
_OF_A_FONT = re.compile("[\uf020-\uf0ff]")
_CODE = re.compile(r"[0-9A-Fa-f]{1,4}")
_WHITE = re.compile(r"FFFFFF|white", re.IGNORECASE)
_TINY = 2  # half points


def read(path: Path, citekey: str) -> Document:
    """Headings as sections; paragraphs, items of lists, rows of tables, text boxes and notes as
    blocks, footnotes after the paragraph that refers to them and endnotes at the end; title,
    authors and the year of its making from its properties. Comments, heads and feet of pages and
    tables of contents are left out. Notices tell of tracked changes and of hidden text. Raises
    ReadingError."""
    parts = opened(path)
    reading = _Reading(roles(parts.get("styles")))
    for kind in ("footnote", "endnote"):
        for note in parts.get(f"{kind}s", ()):
            reading.notes[kind, value(note, "id")] = note
    body = child(parts["officeDocument"], "body")
    pieces = [] if body is None else list(reading.pieces(body))
    pieces += reading.referred("endnote")
    if not reading.has_headings:
        pieces = [("heading" if text in reading.bold else kind, text) for kind, text in pieces]
    seen = [(kind, *visible(text)) for kind, text in pieces]
    pieces = [(kind, text) for kind, text, _ in seen if text.strip()]
    said = reading.notices() + no_width(sum(count for *_, count in seen))
    says = described(parts.get("core-properties"), reading.title, pieces)
    return assembled(citekey, pieces, said, says)


@dataclass(slots=True)
class _Reading:
    """What a reading of one file needs to know and gathers: the role of each paragraph style, the
    notes, those that were referred to and are still to be told, and what was changed or hidden."""

    roles: dict[str, str]
    notes: "dict[Note, Element]" = field(default_factory=dict)
    numbers: dict[Note, int] = field(default_factory=dict)
    told: set[Note] = field(default_factory=set)
    inserted: list[str] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)
    bold: set[str] = field(default_factory=set)
    title: str = ""
    has_headings: bool = False
    tables: int = 0
    embedded: int = 0

    def pieces(self, container: "Element") -> Iterator[Piece]:
        """The pieces of a body, cell, text box or note, in order."""
        for node in container:
            name = local(node)
            if name == "p":
                yield from self._paragraph(node)
            elif name == "tbl":
                self.tables += 1
                yield from self._rows(node)
                self.tables -= 1
            elif name in _DELETED:
                self.deleted.append(_all_text(node))
            elif name == "altChunk":
                self.embedded += 1
            elif name == "AlternateContent":
                yield from self.pieces(node[0] if len(node) else node)
            elif name not in _PROPERTIES and not _is_contents(node):
                yield from self.pieces(node)

    def referred(self, kind: str) -> Iterator[Piece]:
        """The notes of a kind that were referred to since they were last asked for."""
        for note, number in list(self.numbers.items()):
            if note[0] == kind and note not in self.told:
                self.told.add(note)
                mark = f"[{number}] "
                for _, text in self.pieces(self.notes[note]):
                    yield "block", mark + text
                    mark = ""

    def notices(self) -> tuple[str, ...]:
        inserted, deleted = (
            sum(len(text.split()) for text in texts) for texts in (self.inserted, self.deleted)
        )
        notices = left_out(self.hidden)
        if inserted or deleted:
            notices += (
                f"tracked changes read as accepted: {inserted} inserted words kept, "
                f"{deleted} deleted words left out",
            )
        if self.embedded:
            notices += (f"{self.embedded} embedded files not read",)
        return notices

    def _paragraph(self, node: "Element") -> Iterator[Piece]:
        properties = child(node, "pPr")
        style = value(child(properties, "pStyle"))
        role = self.roles.get(style) or role_of(style)
        if (level := value(child(properties, "outlineLvl"))).isdecimal() and role != "contents":
            role = "heading" if int(level) < 9 else ""
        boxes: list[Element] = []
        parts: list[str] = []
        self._gather(node, parts, boxes)
        lines = (" ".join(line.split()) for line in "".join(parts).split("\n"))
        text = "\n".join(filter(None, lines))
        if role == "contents":
            return
        if text if self.tables else _says(text):  # in a cell a dash says something too
            heads = role in ("heading", "title")
            self.has_headings |= role == "heading"
            self.title = self.title or (" ".join(text.split()) if role == "title" else "")
            if not self.tables and len(text) <= _BOLD_LINE and _is_bold(node):
                self.bold.add(text)
            yield ("heading" if heads else "block"), text
        for box in boxes:
            yield from self.pieces(box)
        if not self.tables:
            yield from self.referred("footnote")

    def _rows(self, table: "Element") -> Iterator[Piece]:
        for line in _inside(table, "tr"):
            if child(child(line, "trPr"), "del") is not None:
                self.deleted.append(_all_text(line))
                continue
            cells = [list(self.pieces(cell)) for cell in _inside(line, "tc")]
            texts = [" ".join(text for _, text in cell) for cell in cells]
            if len(cells) == 1 or max(map(len, texts), default=0) > _LONG_CELL:
                yield from (piece for cell in cells for piece in cell if _says(piece[1]))
            elif any(map(_says, texts)):
                yield "block", row(texts)
            if self.tables == 1:
                yield from self.referred("footnote")

    def _gather(self, node: "Element", parts: list[str], boxes: "list[Element]") -> None:
        """Adds the text of a paragraph or a part of it to `parts`, text boxes in it to `boxes`."""
        name = local(node)
        if name in ("t", "sym"):
            parts.append(_letters(node))
        elif name in _BREAKS:
            parts.append(_BREAKS[name])
        elif name in _DELETED:
            self.deleted.append(_all_text(node))
        elif name == "txbxContent":
            boxes.append(node)
        elif name in ("footnoteReference", "endnoteReference"):
            parts.append(self._number((name.removesuffix("Reference"), value(node, "id"))))
        elif name == "AlternateContent":
            # The same in two forms, for new and for old programs.
            for form in node[:1]:
                self._gather(form, parts, boxes)
        elif name not in _PROPERTIES:
            self._gather_within(node, name, parts, boxes)

    def _gather_within(
        self, node: "Element", name: str, parts: list[str], boxes: "list[Element]"
    ) -> None:
        inner: list[str] = []
        before = "".join(parts[-3:])
        for part in node:
            self._gather(part, inner, boxes)
        text = "".join(inner)
        if name in ("ins", "moveTo"):
            self.inserted.append(text)
        elif name == "r" and text and self._is_hidden(node):
            self.hidden.append(text)
            return
        elif name == "r" and (place := value(child(child(node, "rPr"), "vertAlign"))):
            tag = {"superscript": "sup", "subscript": "sub"}.get(place)
            text = raised(text, before, tag) if tag and not text.startswith("[") else text
        parts.append(text)

    def _number(self, note: Note) -> str:
        if note not in self.notes:
            return ""
        return f"[{self.numbers.setdefault(note, len(self.numbers) + 1)}]"

    def _is_hidden(self, run: "Element") -> bool:
        """Whether a run is marked as hidden, is white on white, or too small to be seen. The
        style of a table may colour its cells, so white says nothing there."""
        properties = child(run, "rPr")
        if _is_on(properties, "vanish"):
            return True
        if (size := value(child(properties, "sz"))).isdecimal() and int(size) <= _TINY:
            return True
        white = _WHITE.fullmatch(value(child(properties, "color")))
        return bool(white) and not self.tables and not _stands_on_colour(run)


def _says(text: str) -> bool:
    """Whether there is more than signs."""
    return any(map(str.isalnum, text))


def _stands_on_colour(run: "Element") -> bool:
    node: Element | None = run
    while node is not None and local(node) not in ("body", "txbxContent"):
        for properties in (child(node, "rPr"), child(node, "pPr")):
            fill = value(child(properties, "shd"), "fill")
            if fill not in ("", "auto") and not _WHITE.fullmatch(fill):
                return True
            if child(properties, "highlight") is not None:
                return True
        node = node.getparent()
    return node is not None and local(node) == "txbxContent"


def _inside(node: "Element", name: str) -> "Iterator[Element]":
    """The rows of a table or the cells of a row, which may stand in controls of a form."""
    for part in node:
        if local(part) == name:
            yield part
        elif local(part) in ("sdt", "sdtContent", "customXml", "ins", "moveTo"):
            yield from _inside(part, name)


def _letters(node: "Element") -> str:
    """Those of a text or a symbol, which may be by the code that they have in a font."""
    if local(node) == "t":
        text = node.text or ""
        if not _OF_A_FONT.search(text):
            return text
        run = node.getparent()
        font = value(child(child(run, "rPr"), "rFonts"), "ascii")
        return _OF_A_FONT.sub(lambda match: symbol(font, ord(match.group())), text)
    code = value(node, "char")
    return symbol(value(node, "font"), int(code, 16)) if _CODE.fullmatch(code) else ""


def _all_text(node: "Element") -> str:
    return "".join(part.text or " " for part in node.iter() if local(part) in ("t", "delText", "p"))


def _is_on(properties: "Element | None", name: str) -> bool:
    found = child(properties, name)
    return found is not None and value(found) not in ("0", "false", "off", "none")


def _is_bold(paragraph: "Element") -> bool:
    runs = [run for run in paragraph.iter() if local(run) == "r" and _all_text(run).strip()]
    text = "".join(map(_all_text, runs)).strip()
    return (
        bool(text)
        and not _SENTENCE.search(text)
        and all(_is_on(child(run, "rPr"), "b") for run in runs)
    )


def _is_contents(node: "Element") -> bool:
    """Whether a control holds the table of contents."""
    gallery = child(child(child(node, "sdtPr"), "docPartObj"), "docPartGallery")
    return value(gallery) == "Table of Contents"
