"""The first bytes of a file in, what it really is out: names are given by people and browsers."""

import re

from kb.errors import ReadingError

SAVE_AS = "open it in Word or LibreOffice and save it as .docx"
OLE = bytes.fromhex("d0cf11e0a1b11ae1")
"""How files of Word, Excel and Outlook before 2007 begin, and protected ones of today."""
ENOUGH = 1024
"""Bytes that tell."""

# Most of them as in https://mimesniff.spec.whatwg.org
_SIGNATURES = (
    ("pdf", rb"%PDF-", "a PDF in spite of its name; name it .pdf"),
    (
        "zip",
        rb"PK\x03\x04",
        "a zip, as Word files are, in spite of its name; name it .docx if it is one",
    ),
    ("ole", re.escape(OLE), f"a Word file of the old format (.doc); {SAVE_AS}"),
    ("rtf", rb"\{\\rtf", f"an RTF file; {SAVE_AS}"),
    (
        "html",
        rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?(?i:<!doctype\s+html|<html[\s>])",
        "a web page in spite of its name; name it .html",
    ),
    (
        "picture",
        rb"\x89PNG|\xff\xd8\xff|GIF8|II\*\x00|MM\x00\*|RIFF....WEBP",
        "a picture; have its text read (OCR) and save that as PDF or text",
    ),
    (
        "packed",
        rb"\x1f\x8b|7z\xbc\xaf|Rar!|BZh\d|\xfd7zXZ",
        "a compressed file; unpack it",
    ),
)
_PATTERNS = [(kind, re.compile(pattern, re.DOTALL), what) for kind, pattern, what in _SIGNATURES]


def refuse_misnamed(begins: bytes, own: str = "") -> None:
    """Raises ReadingError for bytes that begin as a format other than a reader's `own`: "pdf",
    "zip", "ole", "rtf", "html", "picture" or "packed"."""
    for kind, pattern, what in _PATTERNS:
        if kind != own and pattern.match(begins[:ENOUGH]):
            raise ReadingError(what)
