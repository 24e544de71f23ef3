"""A web address → a PDF or web page in a folder, if it is what it is called."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

from kb.errors import storage_error
from kb.online import OnlineError
from kb.online.fetching import UNTOLD, Answer, Session

_DOCUMENTS = ("application/pdf", "text/html", "application/xhtml+xml", UNTOLD)
_MARKUP = re.compile(rb"<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Fetched:
    """A document that was saved; `date` is when, in UTC, as in 2026-01-31T12:00:00+00:00."""

    path: Path
    address: str
    content_type: str
    charset: str
    date: str


def fetch(session: Session, url: str, folder: Path, name: str = "") -> Fetched:
    """Save the PDF or web page at `url` in `folder`, as `name` made safe (else as the address ends)
    and .pdf or .html. No file is ever written over: the same document is not saved twice, another
    gets a number. Raises OnlineError, also when it is neither, and StorageError.
    """
    answer = session.get(url, _DOCUMENTS)
    ending = _ending(answer)
    last = unquote(urlsplit(answer.address).path.rstrip("/").rpartition("/")[2])
    stem = slug(name.removesuffix(ending)) or slug(last.removesuffix(ending)) or "document"
    date = datetime.now(UTC).isoformat(timespec="seconds")
    saved = _saved(folder, stem, ending, answer.body)
    return Fetched(saved, answer.address, answer.content_type, answer.charset, date)


def _ending(answer: Answer) -> str:
    """By what the bytes are, which must not contradict what the server calls them."""
    start = answer.body[:1024]
    called: tuple[str, ...]
    if b"%PDF-" in start:  # PDF 1.7, implementation note 13: within the first 1024 bytes
        found, called = ".pdf", ("application/pdf", UNTOLD)
    elif _MARKUP.search(answer.body[:4096]) and b"\0" not in start:
        found, called = ".html", ("text/html", "application/xhtml+xml")
    else:
        found, called = "", ()
    if answer.content_type in called:
        return found
    if found == ".html":
        raise OnlineError(
            f"{answer.address}: sends a web page in place of the document (to log in, or to agree "
            "to something?); save the document in a browser and add the file"
        )
    raise OnlineError(
        f"{answer.address}: is called {answer.content_type} and is not that; open it in a browser"
    )


def slug(text: str) -> str:
    """A file's name, without ending, that every system takes: ASCII letters, digits and . _ + -,
    at most 80, no name that Windows keeps for itself. "" where nothing of the text is left."""
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    kept = re.sub(r"\.{2,}", ".", re.sub(r"[^A-Za-z0-9._+-]+", "-", ascii_text))
    kept = kept.strip("-._+")[:80].rstrip("-._+")
    return f"document-{kept}" if _RESERVED.match(kept) else kept


def _saved(folder: Path, stem: str, ending: str, body: bytes) -> Path:
    try:
        for number in range(1, 1000):
            path = folder / f"{stem}{f'-{number}' if number > 1 else ''}{ending}"
            if not path.exists() and not path.is_symlink():
                return _written(path, body)
            if path.is_file() and path.stat().st_size == len(body) and path.read_bytes() == body:
                return path
    except OSError as error:
        raise storage_error(error, folder) or error from None
    raise OnlineError(f"{folder}: too many files are called {stem}; move some elsewhere")


def _written(path: Path, body: bytes) -> Path:
    """Nothing is left behind when the disk is full halfway."""
    with path.open("xb") as file:
        try:
            file.write(body)
            file.flush()
        except BaseException:
            path.unlink()
            raise
    return path
