"""A plain text file in, a Document out: paragraphs are parted by empty lines.

Text is UTF-8, or has a byte order mark, or its encoding is guessed and the guess is said.
"""

import codecs
import re
from collections.abc import Iterable
from pathlib import Path

from kb.errors import ReadingError
from kb.reading.references import parted
from kb.records import Described, Document, Section

Span = tuple[int, int]

CELLS = " | "
"""Between the cells of a row."""

_FRONT_MATTER = re.compile(r"\s*---[ \t]*\n[ \t]*[\w-]+[ \t]*:")
_PARAGRAPH = re.compile(r"\S(?:.*\S)?(?:\n[^\S\n]*\S(?:.*\S)?)*")
_LINE_END = re.compile(r"\r\n?")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# What documents are written in (https://encoding.spec.whatwg.org/#names-and-labels); with every
# codec of Python to choose from, short texts are taken for the strangest of them.
_CANDIDATES = (
    "cp1252 cp1250 cp1251 cp1253 cp1254 cp1255 cp1256 cp1257 cp1258 cp874 koi8_r iso8859_2 "
    "iso8859_5 iso8859_7 iso8859_15 mac_roman cp932 euc_jp gb18030 big5 cp949"
).split()
_SAMPLE = 64_000
_WORD = re.compile(r"\w*[^\W\d_]\w*")
_FIGURES = re.compile(r"[+\-−–]?\d{1,4}(?:\s?[,–-]\s?\d{1,4})*[+\-−]?")
_TAKES_EXPONENT = re.compile(r"(?:\d|(?<!\w)\w|\b[kcmdµ]m|[)\]])$")
_RAISED = str.maketrans("0123456789+-−–", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻")
_LOWERED = str.maketrans("0123456789+-−–", "₀₁₂₃₄₅₆₇₈₉₊₋₋₋")
_CONTROL = re.compile(rb"[\x01-\x08\x0e-\x1a\x1c-\x1f\x7f]")
# Bytes of windows-1252 as Western languages use them: letters in words of mostly ASCII letters,
# and punctuation that stands between two letters only where it is an apostrophe, dot or dash.
_WESTERN = re.compile(
    "(?:[\0-\x7f]|(?<![a-z])[À-ÖØ-ÞŒŠŽŸ]|[ß-öø-ÿœšžªº]|[’·–—…-]"
    "|[“”‘‚„«»‹›•€£©®™°§½¼¾¿¡²³±µ×†‡\xa0](?![a-zà-öø-ÿ]{2})"
    "|(?<![A-Za-zà-öø-ÿ])[“‘‚„«‹•€£©§¿¡\xa0])*"
)


def read(path: Path, citekey: str) -> Document:
    """The text of the file, the spans of its paragraphs and of its reference lists; a notice says
    when the encoding was guessed. Raises ReadingError."""
    text, notices = decoded_bytes(contents(path))
    text = _LINE_END.sub("\n", text)
    if _FRONT_MATTER.match(text):
        # Read as text it would be shown as the source's own words, between quotation marks.
        raise ReadingError("begins with front matter, which is for Markdown; name it .md")
    blocks, references = parted(text, paragraphs(text, 0, len(text)))
    return Document(
        citekey=citekey, text=text, blocks=blocks, references=references, notices=notices
    )


def contents(path: Path) -> bytes:
    """The bytes of a file. Raises ReadingError."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise ReadingError(f"cannot be read ({error.strerror})") from None


def decoded(path: Path) -> str:
    """The file as text, line ends as `\\n`. UTF-8 only, as for all that people write for `kb`:
    a guess would risk wrong letters. Raises ReadingError."""
    try:
        text = contents(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ReadingError(f"not UTF-8 text (byte {error.start})") from None
    _refuse_zeros("\0" in text)
    return _LINE_END.sub("\n", text)


def decoded_bytes(data: bytes, declared: str = "") -> tuple[str, tuple[str, ...]]:
    """The text and what to notice about its encoding: as its byte order mark says, or UTF-8, or
    `declared` (the name of a Python codec), or guessed. Raises ReadingError for what is no text."""
    encoding = next((name for mark, name in _MARKS if data.startswith(mark)), "utf-8")
    if encoding.startswith("utf-8"):
        _refuse_zeros(b"\0" in data)
    try:
        text, notices = data.decode(encoding), ()
    except UnicodeDecodeError as error:
        if encoding != "utf-8":
            name = encoding.removesuffix("-sig").upper()
            raise ReadingError(f"begins as {name} text and is not (byte {error.start})") from None
        return _not_utf8(data, declared)
    _refuse_zeros("\0" in text)
    return text, notices


def paragraphs(text: str, start: int, end: int) -> tuple[Span, ...]:
    """Spans of the paragraphs within text[start:end], without white space around them."""
    return tuple(match.span() for match in _PARAGRAPH.finditer(text, start, end))


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
    longest = max(texts, key=len)
    shown = longest if len(longest) <= 80 else f"{longest[:79]}…"
    return (f"hidden text left out ({words} words): {shown}",)


def assembled(
    citekey: str,
    pieces: Iterable[tuple[str, str]],
    notices: tuple[str, ...] = (),
    says: Described | None = None,
) -> Document:
    """A Document of pieces in reading order, each ("heading" or "block", its text), parted by
    empty lines; reference lists are found and are no blocks."""
    parts: list[str] = []
    blocks: list[Span] = []
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


def _refuse_zeros(holds_them: bool) -> None:
    if holds_them:
        raise ReadingError("not a text file (it holds zero bytes)")


def _not_utf8(data: bytes, declared: str) -> tuple[str, tuple[str, ...]]:
    if control := _CONTROL.search(data):
        raise ReadingError(f"not a text file (byte {control.start()} is a control character)")
    repaired = data.decode(errors="replace")
    broken = repaired.count("\ufffd")
    if sum(not letter.isascii() for letter in repaired) > 3 * broken:
        # A guess would break all the other letters.
        return repaired, (f"{broken} places are not UTF-8 and are shown as \ufffd",)
    if declared:
        return data.decode(declared, errors="replace"), ()
    encoding = _guessed(data)
    if not encoding:
        raise ReadingError("its encoding is not known; save it as UTF-8")
    name = re.sub(r"^cp(?=125|874)", "windows-", encoding)
    return data.decode(encoding, errors="replace"), (
        f"read as {name}, which is a guess: if letters are wrong, save it as UTF-8",
    )


def _guessed(data: bytes) -> str:
    """The Python codec that fits best, "" if none does. Detectors need long text; what reads as a
    Western language in windows-1252 is taken for that unless another fits a language better."""
    from charset_normalizer import from_bytes

    # Only lines with a letter beyond ASCII tell anything.
    lines = [line for line in data.splitlines(keepends=True) if not line.isascii()]
    sample = b"".join(lines)[:_SAMPLE]
    best = from_bytes(sample, cp_isolation=_CANDIDATES, enable_fallback=False).best()
    western = sample.decode("cp1252", errors="replace")
    if _WESTERN.fullmatch(western):
        found = from_bytes(sample, cp_isolation=["cp1252"], enable_fallback=False).best()
        if best is None or (found and found.coherence >= best.coherence):
            return "cp1252"
    return best.encoding if best else ""
