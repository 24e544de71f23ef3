"""A plain text file in, a Document out: paragraphs are parted by empty lines."""

import re
from pathlib import Path

from kb.errors import ReadingError
from kb.records import Document

_FRONT_MATTER = re.compile(r"\s*---[ \t]*\n[ \t]*[\w-]+[ \t]*:")
_PARAGRAPH = re.compile(r"\S(?:.*\S)?(?:\n[^\S\n]*\S(?:.*\S)?)*")


def read(path: Path, citekey: str) -> Document:
    """The text of the file and the spans of its paragraphs. Raises ReadingError."""
    text = decoded(path)
    if _FRONT_MATTER.match(text):
        # Read as text it would be shown as the source's own words, between quotation marks.
        raise ReadingError("begins with front matter, which is for Markdown; name it .md")
    return Document(citekey=citekey, text=text, blocks=paragraphs(text, 0, len(text)))


def decoded(path: Path) -> str:
    """The file as text, line ends as `\\n`. UTF-8 only: guessing an encoding would risk wrong
    letters in what is shown as evidence. Raises ReadingError."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ReadingError(f"cannot be read ({error.strerror})") from None
    except UnicodeDecodeError as error:
        raise ReadingError(f"not UTF-8 text (byte {error.start})") from None
    if "\0" in text:
        raise ReadingError("not a text file (it holds zero bytes)")
    return text


def paragraphs(text: str, start: int, end: int) -> tuple[tuple[int, int], ...]:
    """Spans of the paragraphs within text[start:end], without white space around them."""
    return tuple(match.span() for match in _PARAGRAPH.finditer(text, start, end))
