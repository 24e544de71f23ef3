"""What a user keeps of sources: their entries in references.bib, and notes on them."""

from collections.abc import Mapping
from pathlib import Path

from kb import handwritten
from kb.errors import ReadingError
from kb.records import Source
from kb.referencing import Note, Person, Reference, bibtex

MADE = "Annotation by kb export"
"""With this begins what an export adds to a user's own notes in one field; it is no note of theirs
when it comes back."""


def references(home: Path, sources: Mapping[str, Source]) -> dict[str, Reference]:
    """The entry of each source, as references.bib has it now; where it has none any more, what
    the catalogue knows. Raises ReadingError where the file cannot be read."""
    path = home / "references.bib"
    text = handwritten.read(path, ReadingError, "restore it from a backup") if sources else ""
    known = {entry.citekey: entry for entry in bibtex.read(text, path.name).references}
    return {key: known.get(key) or _by_source(source) for key, source in sources.items()}


def notes(home: Path, references: Mapping[str, Reference]) -> dict[str, tuple[Note, ...]]:
    """The notes on each source that has any: of its entry the field `annote`, and the file
    `notes/<citekey>.md`. Raises ReadingError where that cannot be read."""
    found = {}
    for citekey, entry in references.items():
        path = home / "notes" / f"{citekey}.md"
        text = handwritten.read(path, ReadingError, "check the file") if path.is_file() else ""
        field = Note(own_words(entry), "references.bib")
        both = [note for note in (field, Note(text.strip(), f"notes/{path.name}")) if note.text]
        if both:
            found[citekey] = tuple(both)
    return found


def own_words(entry: Reference) -> str:
    """What the user wrote in the field for annotations, without what an export added."""
    field = entry.fields.get("annote") or entry.fields.get("annotation", "")
    return field.partition(MADE)[0].strip()


def _by_source(source: Source) -> Reference:
    fields = {"title": source.title, "year": source.year, "doi": source.doi, "url": source.url}
    return Reference(
        entry_type=source.entry_type,
        fields={name: value for name, value in fields.items() if value},
        authors=tuple(Person(name) for name in source.authors),
        citekey=source.citekey,
    )
