"""Pieces of a text in reading order in, a Document out: what the readers of web pages and of Word
files share."""

import re
from collections.abc import Iterable

from kb.reading.references import parted
from kb.records import Described, Document, Section

Piece = tuple[str, str]
"""("heading" or "block", its text)."""

_BETWEEN_CELLS = " | "
_WORD = re.compile(r"\w*[^\W\d_]\w*")
_FIGURES = re.compile(r"[+\-−–]?\d{1,4}(?:\s?[,–-]\s?\d{1,4})*[+\-−]?")
_TAKES_EXPONENT = re.compile(r"(?:\d|(?<!\w)\w|\b[kcmdµ]m|[)\]])$")
_RAISED = str.maketrans("0123456789+-−–", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻")
_LOWERED = str.maketrans("0123456789+-−–", "₀₁₂₃₄₅₆₇₈₉₊₋₋₋")


def assembled(
    citekey: str,
    pieces: Iterable[Piece],
    notices: tuple[str, ...] = (),
    says: Described | None = None,
) -> Document:
    """A Document of pieces, parted by empty lines; reference lists are found and are no blocks."""
    parts: list[str] = []
    blocks: list[tuple[int, int]] = []
    sections: list[Section] = []
    at = 0
    for kind, text in pieces:
        if kind == "heading":
            sections.append(Section(at, " ".join(text.split())))
        else:
            blocks.append((at, at + len(text)))
        parts.append(text)
        at += len(text) + 2
    whole = "\n\n".join(parts)
    evidence, references = parted(whole, blocks, sections)
    return Document(
        citekey=citekey,
        text=whole,
        blocks=evidence,
        sections=tuple(sections),
        references=references,
        notices=notices,
        says=says or Described(),
    )


def row(cells: Iterable[str]) -> str:
    """A row of a table as one line. An empty cell keeps its place, so that no figure comes to
    stand under another head; those at the end go, and a single text is that text."""
    texts = [" ".join(cell.split()) for cell in cells]
    filled = [text for text in texts if text]
    joined = _BETWEEN_CELLS.join(texts).rstrip(" |").lstrip()
    return joined if len(filled) > 1 else "".join(filled)


def raised(text: str, before: str, tag: str = "sup") -> str:
    """Figures set above ("sup") or below ("sub") the line as plain text: an exponent or index as
    Unicode has it, m², and the number of a note apart from its word, "patients[12]"."""
    text = text.strip()
    if not _FIGURES.fullmatch(text):
        return text
    if tag == "sub":
        return text.translate(_LOWERED)
    if _TAKES_EXPONENT.search(before) or not text[0].isdigit():
        return text.translate(_RAISED)
    return f"[{text}]"


def left_out(texts: list[str]) -> tuple[str, ...]:
    """The notice for texts that are hidden from readers, none for mere signs."""
    words = sum(len(_WORD.findall(text)) for text in texts)
    if not words:
        return ()
    longest = " ".join(max(texts, key=len).split())
    shown = longest if len(longest) <= 80 else f"{longest[:79]}…"
    return (f"hidden text left out ({words} words): {shown}",)
