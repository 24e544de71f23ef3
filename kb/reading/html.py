"""A saved web page in, a Document out: its main text, and what its head says of it.

Pages are .html files or .mhtml archives, of any age. Nothing that they link to is fetched.
"""

import email
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from kb.errors import ReadingError
from kb.reading.html_head import described
from kb.reading.html_main import Hidden, is_link_list, main_part
from kb.reading.pieces import Piece, assembled, raised, row
from kb.reading.signatures import refuse_misnamed
from kb.reading.text import contents, decoded_bytes
from kb.records import Document

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

LARGEST = 12_000_000
"""Bytes of a page without the pictures in it. One that is all tags then takes 1 GB of memory and
half a minute, about as much as the limits of reading allow."""

# Pictures and fonts within the page, as programs put them there that save it in one file.
_EMBEDDED = re.compile(rb"data:[\w.+/-]+;(?:[\w=-]+;)?base64,[A-Za-z0-9+/=%]{100,}")
_ARCHIVE = re.compile(
    rb"\s*(?:[\w-]+:[^\n]*\n(?:[ \t][^\n]*\n)*){0,30}?MIME-Version:", re.IGNORECASE
)
_TAG = re.compile(r"<(?:[!?/]?[A-Za-z]|!--)")
_CHARSET = re.compile(
    rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w-]{2,30})"
    rb"|<\?xml[^>]{0,80}encoding=[\"']([\w-]{2,30})",
    re.IGNORECASE,
)
# The labels of https://encoding.spec.whatwg.org that are in use, which Python knows as well; it
# knows others that are no encodings of text. Some stand for more than they did once.
_LABEL = re.compile(
    r"iso-?8859-?(?:[2-8]|1[03-6])|(?:windows-?|cp)(?:125\d|874|932|949)|koi8-[ru]|big5-hkscs|"
    r"gb18030|euc-jp|iso-2022-jp"
)
_WIDER = {
    "cp1252": "iso-8859-1 iso8859-1 latin1 latin-1 us-ascii ascii",
    "cp1254": "iso-8859-9 iso8859-9 latin5",
    "cp874": "iso-8859-11 iso8859-11 tis-620",
    "cp932": "shift_jis shift-jis x-sjis sjis ms_kanji",
    "cp949": "euc-kr ks_c_5601-1987",
    "gb18030": "gb2312 gbk x-gbk gb_2312-80",
    "big5hkscs": "big5 x-x-big5 cn-big5",
    "mac_roman": "macintosh x-mac-roman mac",
}
_CODECS = {label: codec for codec, labels in _WIDER.items() for label in labels.split()}
_HEADING = re.compile(r"h[1-6]")
_BLOCKS = frozenset(
    "address article aside blockquote body center dd details div dl dt fieldset figcaption figure "
    "footer form header hgroup hr legend li main ol p pre search section summary table tbody td "
    "tfoot th thead tr ul caption".split()
)
_LONG_CELL = 600  # characters; a table with such a cell and no head places text on the page
_BREAK = "\r"  # a line end that is shown
_DEFINES = "\v"  # between a term and its definition, which are one block
_DEFINED = re.compile(rf":?\s*{_DEFINES}\s*")


def read(path: Path, citekey: str) -> Document:
    """The main text with headings as sections; paragraphs, items of lists, rows of tables and
    captions as blocks. Notices tell of text that is hidden from readers and left out, and of a
    guessed encoding. Raises ReadingError."""
    text, notices = _decoded(contents(path))
    page = _parsed(text)
    body = None if page is None else page.find("body")
    if page is None or body is None:
        return Document(citekey=citekey, text="", notices=notices)
    says = described(page)
    hidden = Hidden()
    pieces = [(kind, hidden.visible(text)) for kind, text in _pieces(main_part(body), hidden)]
    told = [(kind, text) for kind, text in pieces if any(map(str.isalnum, text))]
    if not told and (said := hidden.notices()):
        raise ReadingError(f"no text that is shown ({said[0]}); save the page anew, or as PDF")
    return assembled(citekey, told, notices + hidden.notices(), says)


def _decoded(data: bytes) -> tuple[str, tuple[str, ...]]:
    refuse_misnamed(data, "html")
    declared = ""
    if _ARCHIVE.match(data, 0, 10_000):
        data, declared = _archived(data)
    data = _EMBEDDED.sub(b"data:,", data)
    if len(data) > LARGEST:
        raise ReadingError(
            f"{len(data) // 1_000_000} MB of text and tags, and pages are read up to "
            f"{LARGEST // 1_000_000} MB; save its text alone, or as PDF"
        )
    if not declared and (match := _CHARSET.search(data, 0, 4096)):
        declared = (match.group(1) or match.group(2)).decode("ascii", "ignore")
    text, notices = decoded_bytes(data, _codec(declared.lower()))
    if text.strip() and not _TAG.search(text):
        raise ReadingError("not a web page (it has no tags); name it .txt if it is plain text")
    return text, notices


def _archived(data: bytes) -> tuple[bytes, str]:
    """The page in a web archive (MIME, RFC 2557), and its encoding if that is declared."""
    message = email.message_from_bytes(data)
    page = next((part for part in message.walk() if part.get_content_type() == "text/html"), None)
    content = page.get_payload(decode=True) if page else None
    if page is None or not isinstance(content, bytes):
        raise ReadingError("a web archive that holds no page; save the page again")
    return content, page.get_content_charset() or ""


def _parsed(text: str) -> "Element | None":
    from lxml import etree, html

    parser = html.HTMLParser(
        encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True, no_network=True
    )
    try:
        # Line ends of the file are not those of the page; \r is kept for these.
        page = html.document_fromstring(" ".join(text.split("\r")).encode(), parser=parser)
    except etree.ParserError:  # nothing but white space and comments
        return None
    # Of all that libxml2 finds wrong, this alone makes it stop: after it all is missing.
    if any(error.type == etree.ErrorTypes.ERR_RESOURCE_LIMIT for error in parser.error_log):
        raise ReadingError("its tags are nested too deeply to be read to the end; save it as PDF")
    return page


def _codec(label: str) -> str:
    """The codec of an encoding's label, "" for UTF-8 (which is tried anyway) and unknown ones."""
    known = label.replace("windows-", "cp") if _LABEL.fullmatch(label) else ""
    return _CODECS.get(label, known)


class _End(NamedTuple):
    """Of an element, by its tag."""

    tag: str


def _pieces(root: "Element", hidden: Hidden) -> Iterator[Piece]:
    """The pieces in reading order. No recursion: pages nest without limit."""
    inline: list[str] = []
    stack: list[str | _End | Element] = [root]
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            inline.append(item)
        elif isinstance(item, _End):
            yield from _ended(item, inline)
        elif hidden.holds(item) or is_link_list(item):
            continue
        elif (within := _within_line(item, inline)) is not None:
            inline.append(within)
        elif whole := _whole(item, hidden):
            yield from _flushed(inline)
            yield whole
        elif item.tag in _BLOCKS:
            if item.tag == "dt" or not "".join(inline).rstrip(" \t\n").endswith(_DEFINES):
                yield from _flushed(inline)
            stack += [_End(str(item.tag)), *reversed(_contents(item))]
        else:
            stack += reversed(_contents(item))
    yield from _flushed(inline)


def _ended(end: _End, inline: list[str]) -> Iterator[Piece]:
    if end.tag != "dt":
        yield from _flushed(inline)
    elif "".join(inline).strip():
        inline.append(_DEFINES)


def _contents(node: "Element") -> "list[str | Element]":
    """The texts and elements right below a node, in order."""
    found: list[str | Element] = [node.text or ""]
    for child in node:
        found += [child, child.tail or ""]
    if node.tag == "pre" or next(node.iterancestors("pre"), None) is not None:
        return [i.replace("\n", _BREAK) if isinstance(i, str) else i for i in found]
    return found


def _flushed(inline: list[str]) -> Iterator[Piece]:
    """What was gathered, as blocks with white space as it is shown; an empty line parts them."""
    text = _DEFINED.sub(": ", "".join(inline).strip())
    inline.clear()
    for part in re.split(rf"{_BREAK}\s*{_BREAK}", text):
        lines = (" ".join(line.split()) for line in part.strip().split(_BREAK))
        if block := "\n".join(lines):
            yield "block", block


def _within_line(node: "Element", before: list[str]) -> str | None:
    """The text of what is no more than a part of a line, None for all other elements."""
    if node.tag == "br":
        return _BREAK
    if node.tag in ("sup", "sub"):
        return raised("".join(node.itertext()), "".join(before[-2:]), str(node.tag))
    return None


def _whole(node: "Element", hidden: Hidden) -> Piece | None:
    """The piece that an element is as a whole: a heading, a caption, a row of data."""
    tag = str(node.tag)
    if _HEADING.fullmatch(tag) or (node.get("role") == "heading" and tag not in ("th", "td")):
        return "heading", _one_line(node, hidden)
    if tag in ("caption", "figcaption"):
        return "block", _one_line(node, hidden)
    if tag == "tr" and _is_row(node):
        cells = [cell for cell in node if cell.tag in ("td", "th") and not hidden.holds(cell)]
        return "block", row(_one_line(cell, hidden) for cell in cells)
    return None


def _one_line(node: "Element", hidden: Hidden) -> str:
    """All text under a node, without what is hidden; blocks and lines in it stay apart."""
    parts: list[str] = []
    stack = _contents(node)[::-1]
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            parts.append(item)
        elif (within := _within_line(item, parts)) is not None:
            parts.append(within)
        elif not hidden.holds(item):
            apart = " " if item.tag in _BLOCKS else ""
            stack += [apart, *reversed(_contents(item)), apart]
    return " ".join("".join(parts).split())


def _is_row(row: "Element") -> bool:
    """Whether a row is one of data; rows that only place text on the page hold long texts,
    headings or tables."""
    if any(cell.tag == "th" for cell in row):
        return True
    if next(row.iterdescendants("table", "h1", "h2", "h3", "h4", "h5", "h6"), None) is not None:
        return False
    return all(len("".join(cell.itertext()).strip()) <= _LONG_CELL for cell in row)
