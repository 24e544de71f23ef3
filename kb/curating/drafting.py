"""What is known of a document in, a Reference for references.bib out; and what tells two alike."""

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path

from kb.online import Record, lookup, openaccess
from kb.online.fetching import Session
from kb.online.services import Service
from kb.records import Described, Source
from kb.referencing import Person, Reference, bibfile, citekeys, doi, families, matching
from kb.referencing.names import byline, person


@dataclass(frozen=True, slots=True)
class Web:
    """Who is asked online: `services` for references, `full_texts` for texts that are free to
    read; `folder` keeps what they say."""

    session: Session
    folder: Path
    services: tuple[Service, ...] = lookup.SERVICES
    full_texts: tuple[Service, ...] = openaccess.SERVICES


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a document whose entry is sought.

    `key`, `doi` and `reference` are a person's word. `says` is what the file says of itself,
    `title` its title or first heading, `name` its file's name without ending, which is to be its
    citekey where `keeps_name`. `library` are entries of which one may be its own. `web` is whom to
    ask, None for nobody.
    """

    says: Described
    title: str
    name: str
    key: str = ""
    doi: str = ""
    reference: Reference | None = None
    keeps_name: bool = False
    library: tuple[Reference, ...] = ()
    address: str = ""
    web: Web | None = None

    @property
    def called(self) -> str:
        """What it is called at worst: the words of its file's name."""
        return " ".join(re.split(r"[_\s-]+", self.name)).strip() or "untitled"


def of_record(record: Record) -> Reference:
    """What a service knows of a work."""
    authors = (
        Person(author.family, corporate=True)
        if author.corporate
        else person(f"{author.family}, {author.given}")
        if author.given
        else Person(author.family)
        for author in record.authors
    )
    return Reference(record.entry_type, record.fields, tuple(filter(None, authors)))


def of_file(known: Known, says: Described) -> Reference:
    """What a file says of itself; at worst it is called by its first heading or its name."""
    named = known.name if known.keeps_name and citekeys.is_valid(known.name) else ""
    fields = {
        "title": says.title or known.title or known.called,
        "year": says.year,
        "doi": doi.bare(says.doi),
        "url": known.address,
    }
    told = {name: value for name, value in fields.items() if value}
    return Reference("misc", told, tuple(filter(None, map(byline, says.authors))), citekey=named)


def says_all(entry: Reference, made: Reference) -> bool:
    """Whether an entry says all that a new one would say."""
    wanted, there = bibfile.plain_fields(made), bibfile.plain_fields(entry)
    people = [[one.name for one in each.authors or each.editors] for each in (made, entry)]
    ours = {name: text for name, text in wanted.items() if not name.startswith("kb-")}
    return people[0] == people[1] and ours.items() <= there.items()


def source_of(reference: Reference) -> Source:
    """As kb.reading.bibliography would read it, as far as matching goes."""
    names = tuple(one.name for one in reference.authors or reference.editors)
    fields = reference.fields
    return Source(
        citekey=reference.citekey,
        entry_type=reference.entry_type,
        title=reference.title,
        authors=names,
        year=reference.year,
        citation="",
        reference="",
        doi=fields.get("doi", ""),
        url=fields.get("url", ""),
    )


def among(library: Collection[Reference], known: Known) -> Reference | None:
    """The entry, of several, that has the citekey wanted or is certainly the document's."""
    for one in library:
        if known.key and one.citekey == known.key:
            return one
    by_place = {str(place): one for place, one in enumerate(library)}
    sources = [source_of(replace(one, citekey=place)) for place, one in by_place.items()]
    match = matching.find(replace(known.says, doi=known.doi or known.says.doi), sources)
    return by_place[match.citekey] if match and match.certain else None


def related(link: families.Link, other: str) -> str:
    """What a person should know of the link between a new entry and the `other`."""
    match link.kind:
        case "preprint" if other == link.second:
            said = f"seems to be the preprint of '{other}'"
        case "preprint":
            said = f"'{other}' seems to be its preprint"
        case "same DOI":
            said = f"has the DOI of '{other}'"
        case _:
            said = f"seems to be the same work as '{other}' ({link.why})"
    return f"{said}; kb check lists such pairs"
