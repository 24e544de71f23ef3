"""What a document says of itself → the record of it that a service has, if one agrees.

Crossref first (the publishers' own records), then Europe PMC (names split, as Crossref), then
OpenAlex (nearly everything, but names must be split by guess). First all by DOI, then by title:
where the DOI is found to be another paper's, which happens, the title still finds the right one.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from kb.online import OnlineError, Record, cache
from kb.online.agreement import bare_doi, disagreement
from kb.online.crossref import CROSSREF
from kb.online.europe_pmc import EUROPE_PMC
from kb.online.fetching import Session
from kb.online.openalex import OPENALEX
from kb.online.services import Service
from kb.records import Described

SERVICES = (CROSSREF, EUROPE_PMC, OPENALEX)


@dataclass(frozen=True, slots=True)
class Lookup:
    """`record` is the one that agrees, None if none does; `others` were found besides; `notes` are
    what a person should know, one line each."""

    record: Record | None
    others: tuple[Record, ...] = ()
    notes: tuple[str, ...] = ()


def find(
    session: Session,
    asked: Described,
    folder: Path | None,
    services: Sequence[Service] = SERVICES,
) -> Lookup:
    """Ask the services one after another; the first record that agrees is taken. What they say is
    kept in `folder` (None: nowhere). A service that fails is a note, not an error."""
    others: list[Record] = []
    notes: list[str] = []
    if asked.doi and not bare_doi(asked.doi):
        notes.append(f"{asked.doi[:80]!a} is not a DOI")
    for service, record, rest in answers(session, asked, folder, services, notes):
        others += rest
        if record:
            return Lookup(record, tuple(others), (*notes, *_cautions(asked, record)))
        if rest:  # the first is the one that the service holds to be meant
            notes.append(f"{service.name}: {_instead(asked, rest[0])}")
    if not notes:
        names = ", ".join(service.name for service in services)
        can_ask = asked.doi or asked.title.strip()
        notes = [
            f"not known to {names}" if can_ask else "neither a DOI nor a title to ask for is known"
        ]
    return Lookup(None, tuple(others), tuple(notes))


def answers(
    session: Session,
    asked: Described,
    folder: Path | None,
    services: Sequence[Service],
    notes: list[str],
) -> Iterator[tuple[Service, Record | None, tuple[Record, ...]]]:
    """What each service answers, by DOI and then by title: the record that agrees best, if any,
    and the others. A service that fails is one line added to `notes`, and is not asked again; a
    DOI that turned out to be another paper's is not asked for again."""
    doi = bare_doi(asked.doi)
    failed: set[str] = set()
    requests = [(service, service.by_doi(doi)) for service in services if doi]
    by_doi = len(requests)
    requests += [(service, service.by_title(asked)) for service in services if asked.title.strip()]
    not_its_own = False
    for number, (service, path) in enumerate(requests):
        if not path or service.name in failed or (not_its_own and number < by_doi):
            continue
        try:
            found = cache.records(
                session, service.base + path, service.accept, service.parse, folder
            )
        except OnlineError as error:
            notes.append(f"{service.name}: {error}")
            failed.add(service.name)
            continue
        record, others = _chosen(asked, found)
        yield service, record, others
        not_its_own |= record is None and any(other.doi == doi for other in others)


def _chosen(asked: Described, found: Sequence[Record]) -> tuple[Record | None, tuple[Record, ...]]:
    """The record that agrees best, and all the others. A preprint and its article may both agree:
    the DOI that was asked for goes first, then the same year, then the service's own order."""
    agreed = [record for record in found if not disagreement(asked, record)]
    doi, year = bare_doi(asked.doi), asked.year[:4]
    best = min(agreed, key=lambda record: (record.doi != doi, record.year != year), default=None)
    return best, tuple(record for record in found if record is not best)


def _instead(asked: Described, other: Record) -> str:
    if not asked.title.strip():
        return f"found {other.shown}; give the document's title, to check that it is the same"
    return f"found something else: {other.shown} ({disagreement(asked, other)})"


def _cautions(asked: Described, record: Record) -> Iterator[str]:
    printed = bare_doi(asked.doi)
    if printed and record.doi and printed != record.doi:
        yield f"its DOI is {record.doi}, not {printed}, which the document names"
    if record.names_guessed:
        yield f"{record.service} gives whole names; check where the family names begin"
