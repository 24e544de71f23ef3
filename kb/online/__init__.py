"""What may go online, and only when asked to (`--online`; off unless a person says so).

    addresses    which addresses may be asked at all
    exchange     one request over a connection to a checked address, within limits
    fetching     Session: redirects, politeness; a document saved into a folder
    services     Crossref, Europe PMC, OpenAlex, arXiv: their answers → Records
    cache        Records already asked for, kept on disk
    agreement    is this record the document that was asked for?
    lookup       Described → the record that agrees
    openaccess   Described → where its full text may be read for free

What leaves this machine is a title, the family name of an author or a DOI, and the contact address
from kb.toml if there is one; never a passage or a question.
"""

from dataclasses import dataclass

from kb.errors import KbError
from kb.records import Described


class OnlineError(KbError):
    """An address may not be asked, does not answer, or answers what cannot be used."""


class NotFound(OnlineError):
    """The server knows nothing of this address (HTTP 404 or 410)."""


_PLACES = {
    "article": ("journal", "publisher"),
    "inproceedings": ("booktitle", "publisher"),
    "incollection": ("booktitle", "publisher"),
    "book": ("series", "publisher"),
    "techreport": ("series", "institution"),
    "phdthesis": ("series", "school"),
}
"""The fields in which BibTeX has what a work appeared in, and who brought it out."""


@dataclass(frozen=True, slots=True)
class Author:
    """A person, or with `corporate` a body whose whole name is in `family`."""

    family: str
    given: str = ""
    corporate: bool = False


@dataclass(frozen=True, slots=True)
class Location:
    """Where a full text may be read for free.

    `kind` is "pdf", "html" or "xml"; `licence` as in "cc-by", "" where the service names none;
    `version` is OpenAlex's word for it ("publishedVersion", "acceptedVersion",
    "submittedVersion"), "" where unknown.
    """

    address: str
    kind: str
    service: str
    licence: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """What a service knows of one work; "" or () where it does not say.

    `entry_type` is a BibTeX type; `pages` are as in "216-224"; `doi` is the DOI alone.
    `names_guessed`: the service gives whole names, and where the family name begins is a guess.
    """

    service: str
    entry_type: str
    title: str
    authors: tuple[Author, ...] = ()
    year: str = ""
    venue: str = ""
    volume: str = ""
    number: str = ""
    pages: str = ""
    publisher: str = ""
    doi: str = ""
    url: str = ""
    names_guessed: bool = False
    locations: tuple[Location, ...] = ()

    @property
    def described(self) -> Described:
        """The same as a file would say it of itself; authors as "Family, Given"."""
        names = tuple(", ".join(filter(None, [a.family, a.given])) for a in self.authors)
        return Described(title=self.title, authors=names, year=self.year, doi=self.doi)

    @property
    def fields(self) -> dict[str, str]:
        """What is known, but for the authors, by BibTeX's names of fields; plain text."""
        venue, publisher = _PLACES.get(self.entry_type, ("howpublished", "publisher"))
        told = {
            "title": self.title,
            venue: self.venue,
            publisher: self.publisher,
            "year": self.year,
            "volume": self.volume,
            "number": self.number,
            "pages": self.pages,
            "doi": self.doi,
            "url": self.url,
        }
        return {name: value for name, value in told.items() if value}

    @property
    def shown(self) -> str:
        """One short line for a person: title, first author and year."""
        et_al = " et al." if len(self.authors) > 1 else ""
        who = f" by {self.authors[0].family}{et_al}" if self.authors else ""
        return f"“{self.title}”{who} ({self.year or 'n.d.'})"
