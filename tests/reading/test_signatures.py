"""What a file is, by how it begins."""

import pytest

from kb.errors import ReadingError
from kb.reading.signatures import OLE, refuse_misnamed

BEGINNINGS = {
    "pdf": b"%PDF-1.7",
    "zip": b"PK\x03\x04\x14",
    "ole": OLE + b"\0",
    "rtf": rb"{\rtf1\ansi",
    "html": b"\xef\xbb\xbf \n<!DOCTYPE HTML PUBLIC",
    "picture": b"\x89PNG\r\n\x1a\n",
    "packed": b"\x1f\x8b\x08",
}


@pytest.mark.parametrize("kind", BEGINNINGS)
def test_a_format_is_refused_by_all_readers_but_its_own(kind: str) -> None:
    refuse_misnamed(BEGINNINGS[kind], kind)
    for own in ("", *BEGINNINGS):
        if own != kind:
            with pytest.raises(ReadingError, match="; "):
                refuse_misnamed(BEGINNINGS[kind], own)


@pytest.mark.parametrize(
    "words", [b"", b"Words.", b"PK is a name", b"<p>A page without a head", "MM\u2122".encode()]
)
def test_words_are_no_format(words: bytes) -> None:
    refuse_misnamed(words)


@pytest.mark.parametrize(
    "page", [b"<html>", b"<HTML lang=en>", b"<?xml version='1.0'?>\n<html xmlns='x'>"]
)
def test_a_page_is_known_by_its_first_tag(page: bytes) -> None:
    with pytest.raises(ReadingError, match=r"^a web page in spite of its name; name it \.html$"):
        refuse_misnamed(page)
