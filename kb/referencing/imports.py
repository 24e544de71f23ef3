"""A file of references that another program wrote in, an Import out."""

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from kb.errors import ReadingError
from kb.records import Problem
from kb.referencing import Import, Reference, attachments, bibtex, csl, nbib, ris

Reader = Callable[[str, str], Import]

READERS: dict[str, tuple[re.Pattern[str], Reader]] = {
    ".bib": (re.compile(r"^[ \t]*@\w+\s*[{(]", re.MULTILINE), bibtex.read),
    ".ris": (ris.TAG, ris.read),
    ".nbib": (nbib.TAG, nbib.read),
    ".json": (re.compile(r"\s*[\[{]\s*[\]}{\"]"), csl.read),
}
"""By file ending: what the text of such a file holds, and who reads it. To read another format,
write a function from text and the file's name to Import, and add a line."""


def read(path: Path, folders: Iterable[Path] = ()) -> Import:
    """Every reference with a title, its attachments found beside the file, in `folders` or where
    their paths say. Raises ReadingError where the file cannot be read or holds no references."""
    text, notice = _decoded(path)
    found = _reader(path, text)(text, path.name)
    kept, problems = [], list(found.problems)
    for reference in found.references:
        if not reference.title:
            problems.append(_untitled(path, reference))
            continue
        kept.append(_with_files(reference, path, tuple(folders)))
    if not kept and not problems:
        raise ReadingError(f"{path}: holds no references; export them again as {_endings()}")
    return Import(tuple(kept), tuple(problems), (*notice, *found.notices))


def _endings() -> str:
    *all_but_last, last = READERS
    return f"{', '.join(all_but_last)} or {last}"


def _decoded(path: Path) -> tuple[str, tuple[str, ...]]:
    """UTF-8 or UTF-16 where the file says so, else UTF-8, else Windows-1252, which is said."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ReadingError(f"{path}: cannot be read ({error.strerror}); check the file") from None
    utf_16 = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    notice: tuple[str, ...] = ()
    try:
        text = content.decode("utf-16" if utf_16 else "utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", "replace")
        notice = ("not UTF-8, read as Windows-1252: look whether accents are right",)
    if "\0" in text:
        raise ReadingError(f"{path}: not a text file; export the references again as {_endings()}")
    # Ovid's files may hold a second byte order mark where two exports were joined.
    return text.replace("\ufeff", "").replace("\r\n", "\n").replace("\r", "\n"), notice


def _reader(path: Path, text: str) -> Reader:
    """By the ending where the text agrees, else by the text: exports are often misnamed."""
    ending = path.suffix.lower()
    by_ending = [READERS[ending]] if ending in READERS else []
    for mark, reader in (*by_ending, *READERS.values()):
        if mark.search(text) if reader is not csl.read else mark.match(text):
            return reader
    if by_ending:
        return by_ending[0][1]
    raise ReadingError(f"{path}: not a file of references; export them as {_endings()}")


def _untitled(path: Path, reference: Reference) -> Problem:
    where = f"{path.name}:{reference.line}" if reference.line else path.name
    names = ", ".join(person.name for person in reference.authors[:2])
    shown = reference.citekey or names or reference.fields.get("doi", "")
    return Problem(
        where, f"the reference {shown!r} has no title", "give it one and import it again"
    )


def _with_files(reference: Reference, path: Path, folders: tuple[Path, ...]) -> Reference:
    found, missing = [], []
    for written in dict.fromkeys(reference.files):
        if place := attachments.find(written, path.parent, folders):
            found.append(str(place))
        else:
            missing.append(written)
    return replace(reference, files=tuple(dict.fromkeys(found)), missing=tuple(missing))
