"""Records that a service has given before, one JSON file a request, in a folder that is passed in.

What is kept are the records alone, not the whole answer: services send abstracts along, and an
abstract is text of a document. The folder is derived and may be deleted at any time. A file that
cannot be read or written changes nothing but that the service is asked again.
"""

import contextlib
import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from kb.online import Author, Location, NotFound, OnlineError, Record
from kb.online.fetching import Session
from kb.version import __version__

DAYS = 30
"""How long what a service said is taken for what it would say: OpenAlex changes daily, and a paper
that was not there yet may be now."""
_MAX_BYTES = 10_000_000

Parse = Callable[[str], tuple[Record, ...]]


def records(
    session: Session, url: str, accept: str, parse: Parse, folder: Path | None
) -> tuple[Record, ...]:
    """What `parse` makes of the answer of `url`, or what was kept of it in `folder` (None: nothing
    is kept); () where the service knows nothing. Raises OnlineError; failures are not kept."""
    path = folder / f"{_key(url)}.json" if folder else None
    if path and (kept := _kept(path, url)) is not None:
        return kept
    try:
        found = parse(_text(session, url, accept))
    except NotFound:
        found = ()
    if path:
        _keep(path, url, found)
    return found


def _key(url: str) -> str:
    """Another version of kb may read an answer otherwise, and so asks again."""
    return hashlib.sha256(f"{__version__}\n{url}".encode()).hexdigest()


def _text(session: Session, url: str, accept: str) -> str:
    answer = session.get(url, (accept,), _MAX_BYTES)
    try:
        return answer.body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise OnlineError(f"{answer.address}: its answer is not text") from None


def _kept(path: Path, url: str) -> tuple[Record, ...] | None:
    """None where there is nothing of use."""
    try:
        kept = json.loads(path.read_text("utf-8"))
        age = datetime.now(UTC) - datetime.fromisoformat(kept["date"])
        if kept["asked"] != url or not timedelta(0) <= age < timedelta(days=DAYS):
            return None
        return tuple(_record(fields) for fields in kept["records"])
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def _record(fields: dict[str, Any]) -> Record:
    authors = tuple(Author(**author) for author in fields.pop("authors"))
    locations = tuple(Location(**location) for location in fields.pop("locations"))
    return Record(**fields, authors=authors, locations=locations)


def _keep(path: Path, url: str, found: tuple[Record, ...]) -> None:
    content = {
        "asked": url,
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "records": [asdict(record) for record in found],
    }
    part = path.with_suffix(".part")
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(json.dumps(content, ensure_ascii=False, indent=1), "utf-8")
        part.replace(path)
