"""What a document says of itself → where its full text is free to read, and under what licence.

Only what a service itself calls open or free is passed on; nothing is tried to get around a
paywall. A record must agree with what was asked for, as in `lookup`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kb.online import Location
from kb.online.arxiv import ARXIV
from kb.online.europe_pmc import EUROPE_PMC
from kb.online.fetching import Session
from kb.online.lookup import answers
from kb.online.openalex import OPENALEX
from kb.online.services import Service
from kb.records import Described

SERVICES = (EUROPE_PMC, OPENALEX, ARXIV)
_KINDS = ("pdf", "html", "xml")


@dataclass(frozen=True, slots=True)
class FullTexts:
    """`locations` are PDFs first, then pages, then XML; `notes` say what could not be asked."""

    locations: tuple[Location, ...] = ()
    notes: tuple[str, ...] = ()


def find(
    session: Session,
    asked: Described,
    folder: Path | None,
    services: Sequence[Service] = SERVICES,
) -> FullTexts:
    """Ask the services one after another until one knows of a PDF. What they say is kept in
    `folder`, so what `lookup` has asked for is not asked again. A service that fails is a note."""
    found: dict[str, Location] = {}
    notes: list[str] = []
    for _, record, _ in answers(session, asked, folder, services, notes):
        for location in record.locations if record else ():
            found.setdefault(location.address, location)
        if any(location.kind == "pdf" for location in found.values()):
            break
    locations = sorted(found.values(), key=lambda location: _KINDS.index(location.kind))
    return FullTexts(tuple(locations), tuple(notes))
