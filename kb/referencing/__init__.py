"""References that a program reads and writes; people's own references.bib stays theirs.

    refs.bib .ris .json .nbib ─imports─▶ Reference ─citekeys─▶ key ─bibfile─▶ references.bib
    references.bib, notes/ ─keeping─▶ Reference, Notes ─bibfile, ris, csl─▶ text for others
    what a file says of itself ─matching─▶ the entry that it belongs to, certain or not
    Sources ─families─▶ which of them are one work

Every value of a Reference is plain text on one line, Unicode and no LaTeX, under BibTeX's own
names of fields, whichever format it came from: what is written as RIS or CSL-JSON comes back the
same.
"""

from dataclasses import dataclass

from kb.records import Described, Problem


@dataclass(frozen=True, slots=True)
class Person:
    """An author or editor. A corporate one has its whole name as `family`, and so has "others",
    which stands for people who are not listed. `particle` is "van der", `suffix` "Jr"."""

    family: str
    given: str = ""
    particle: str = ""
    suffix: str = ""
    corporate: bool = False

    @property
    def name(self) -> str:
        """The family name with its particle, as `Source.authors` has it."""
        return f"{self.particle} {self.family}".strip()


OTHERS = Person("others")


@dataclass(frozen=True, slots=True)
class Reference:
    """One entry of a bibliography.

    `entry_type` is BibTeX's, in lower case. `fields` hold all but authors and editors, by
    BibTeX's names in lower case; `year` is there where the year is known, and `date` (ISO) beside
    it where more is. `citekey` is the one that the import had, "" for none. `files` are the paths
    of attachments: as written, until `imports.read` has found them; then absolute. `missing` are
    those that it has not found, as written. `line` is where the entry begins in the file that it
    came from.
    """

    entry_type: str
    fields: dict[str, str]
    authors: tuple[Person, ...] = ()
    editors: tuple[Person, ...] = ()
    citekey: str = ""
    files: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    line: int = 0

    @property
    def title(self) -> str:
        """The title, "" for none."""
        return self.fields.get("title", "")

    @property
    def year(self) -> str:
        """The year as printed, "" when unknown."""
        return self.fields.get("year", "") or self.fields.get("date", "").split("-")[0]

    @property
    def says(self) -> Described:
        """What decides which entry of references.bib this is."""
        names = (person.name for person in self.authors or self.editors if person != OTHERS)
        return Described(self.title, tuple(names), self.year, self.fields.get("doi", ""))


@dataclass(frozen=True, slots=True)
class Note:
    """What a user wrote of a source; `origin` names the file that it stands in."""

    text: str
    origin: str


@dataclass(frozen=True, slots=True)
class Import:
    """What one file of references held. `problems` are entries that could not be taken, each with
    its line; `notices` say in one line each what else was left out or guessed."""

    references: tuple[Reference, ...]
    problems: tuple[Problem, ...] = ()
    notices: tuple[str, ...] = ()
