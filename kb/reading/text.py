"""A plain text file in, a Document out: paragraphs are parted by empty lines.

Text is UTF-8, or has a byte order mark, or its encoding is guessed and the guess is said.
"""

import codecs
import re
from pathlib import Path

from kb.errors import ReadingError
from kb.reading.references import parted
from kb.reading.signatures import refuse_misnamed
from kb.reading.unseen import plain
from kb.records import Document

Span = tuple[int, int]

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
_CONTROL = re.compile(rb"[\x01-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_PER_CONTROL = 500  # bytes of a text to a stray control character
# Bytes of windows-1252 as Western languages use them: letters in words of mostly ASCII letters,
# and punctuation that stands between two letters only where it is an apostrophe, dot or dash. Each
# way takes one character, so that none need be tried again (*+): a row of hyphens would take hours.
_WESTERN = re.compile(
    "(?:[\0-\x7f]|(?<![a-z])[À-ÖØ-ÞŒŠŽŸ]|[ß-öø-ÿœšžªº]|[’·–—…-]"
    "|[“”‘‚„«»‹›•€£©®™°§½¼¾¿¡²³±µ×†‡\xa0](?![a-zà-öø-ÿ]{2})"
    "|(?<![A-Za-zà-öø-ÿ])[“‘‚„«‹•€£©§¿¡\xa0])*+"
)


def read(path: Path, citekey: str) -> Document:
    """The text of the file, the spans of its paragraphs and of its reference lists; a notice says
    when the encoding was guessed. Raises ReadingError."""
    data = contents(path)
    refuse_misnamed(data)
    text, notices = decoded_bytes(data)
    text = _LINE_END.sub("\n", text)
    if _FRONT_MATTER.match(text):
        # Read as text it would be shown as the source's own words, between quotation marks.
        raise ReadingError("begins with front matter, which is for Markdown; name it .md")
    text, unseen = plain(text)
    blocks, references = parted(text, paragraphs(text, 0, len(text)))
    return Document(
        citekey=citekey,
        text=text,
        blocks=blocks,
        references=references,
        notices=notices + unseen,
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
    if declared.startswith("iso-2022") and b"\x1b" in data:  # letters in ASCII, by escapes
        return _as_declared(data, declared)
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


def _refuse_zeros(holds_them: bool) -> None:
    if holds_them:
        raise ReadingError("not a text file (it holds zero bytes)")


def _not_utf8(data: bytes, declared: str) -> tuple[str, tuple[str, ...]]:
    controls = list(_CONTROL.finditer(data))
    if len(controls) * _PER_CONTROL > len(data):
        at = controls[0].start()
        raise ReadingError(f"not a text file (byte {at} is a control character)")
    repaired = data.decode(errors="replace")
    broken = repaired.count("\ufffd")
    if sum(not letter.isascii() for letter in repaired) > 3 * broken:
        # A guess would break all the other letters.
        return repaired, _broken(repaired, "UTF-8")
    if declared:
        return _as_declared(data, declared)
    encoding = _guessed(data)
    if not encoding:
        raise ReadingError("its encoding is not known; save it as UTF-8")
    name = re.sub(r"^cp(?=125|874)", "windows-", encoding)
    return data.decode(encoding, errors="replace"), (
        f"read as {name}, which is a guess: if letters are wrong, save it as UTF-8",
    )


def _as_declared(data: bytes, declared: str) -> tuple[str, tuple[str, ...]]:
    text = data.decode(declared, errors="replace")
    return text, _broken(text, f"{declared}, as it says,")


def _broken(text: str, encoding: str) -> tuple[str, ...]:
    """The notice for letters that could not be read, if there are any."""
    count = text.count("\ufffd")
    places = "1 place is" if count == 1 else f"{count:,} places are"
    return (f"{places} not {encoding} and shown as \ufffd",) if count else ()


def _guessed(data: bytes) -> str:
    """The Python codec that fits best, "" if none does. Detectors need long text; what reads as a
    Western language in windows-1252 is taken for that unless another fits a language better."""
    from charset_normalizer import from_bytes

    # Only lines with a letter beyond ASCII tell anything.
    lines = [line for line in data.splitlines(keepends=True) if not line.isascii()]
    sample = b"".join(lines)[:_SAMPLE]
    western = bool(_WESTERN.fullmatch(sample.decode("cp1252", errors="replace")))
    # Punctuation of windows-1252 is letters in that of the Macintosh; its letters, the other way
    # round, do not look Western.
    candidates = [name for name in _CANDIDATES if not (western and name == "mac_roman")]
    best = from_bytes(sample, cp_isolation=candidates, enable_fallback=False).best()
    if western:
        found = from_bytes(sample, cp_isolation=["cp1252"], enable_fallback=False).best()
        if best is None or (found and found.coherence >= best.coherence):
            return "cp1252"
    return best.encoding if best else ""
