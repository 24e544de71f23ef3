"""Candidates in, what their files hold out: no more of it than finding an entry takes."""

import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

from kb.curating.gathering import Candidate
from kb.curating.placing import stem
from kb.errors import ReadingError
from kb.reading import corpus
from kb.reading.corpus import CorpusFile
from kb.reading.isolation import Limits, read_all
from kb.reading.ocr import ocr
from kb.records import Described, Document, Problem

_FRONT_MATTER = re.compile(r"\s*---[ \t]*\n(?:.*\n)*?citekey:[ \t]*[\"']?([^\s\"']+)")

_SCANNED = "no text: scanned?"  # what the reader says of pages that are pictures


@dataclass(frozen=True, slots=True)
class Opened:
    """A candidate, the `number` that it has among all, and what its file holds; nothing where the
    candidate has a problem. `title` is what it says or its first heading, "" for none. `digest`
    is that of the file to be put into corpus/, `scan` of the one it was read from by OCR."""

    number: int
    candidate: Candidate
    digest: str
    says: Described = field(default_factory=Described)
    title: str = ""
    kind: str = ""
    notices: tuple[str, ...] = ()
    scan: str = ""


def opened(
    waiting: Sequence[Opened],
    limits: Limits,
    scans: Path | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> Iterator[Opened]:
    """Each with what its file holds, or its problem, read in processes of their own. What is
    scanned is read by OCR into the folder `scans`, if there is one."""
    files = [_file(one.candidate) for one in waiting]
    with closing(read_all(Path(), files, limits)) as documents:
        for one, document in zip(waiting, documents, strict=True):
            progress(f"Reading: {one.candidate.given}")
            if scans and one.candidate.path.suffix.lower() == ".pdf" and _is_scan(document):
                yield _after_ocr(one, limits, scans)
            else:
                yield _with(one, document)


def named_citekey(path: Path) -> str:
    """The citekey in the front matter of a Markdown file, "" where there is none."""
    if path.suffix.lower() != ".md":
        return ""
    with path.open("rb") as file:
        opening = file.read(4096).decode("utf-8-sig", "replace").replace("\r\n", "\n")
    matter = _FRONT_MATTER.match(opening.partition("\n---")[0])
    return matter[1] if matter else ""


def _after_ocr(one: Opened, limits: Limits, scans: Path) -> Opened:
    path = Path(tempfile.mkdtemp(dir=scans), one.candidate.path.name)
    try:
        ocr(one.candidate.path, path)
    except ReadingError as error:
        return replace(one, candidate=one.candidate.failed_by(error))
    candidate = replace(one.candidate, path=path)
    again = replace(one, candidate=candidate, digest=corpus.digest(path), scan=one.digest)
    (document,) = read_all(Path(), [_file(candidate)], limits)
    return _with(again, document)


def _file(candidate: Candidate) -> CorpusFile:
    path = candidate.path.absolute()
    about = path.stat()
    citekey = candidate.key or stem(path.name)
    return CorpusFile(str(path), citekey, about.st_size, about.st_mtime_ns)


def _is_scan(document: Document | Problem) -> bool:
    lines = (document.what,) if isinstance(document, Problem) else document.notices
    return any(_SCANNED in line for line in lines)


def _with(one: Opened, document: Document | Problem) -> Opened:
    if isinstance(document, Problem):
        return replace(one, candidate=_unreadable(one.candidate, document))
    first = document.sections[0] if document.sections else None
    heading = first.heading if first and first.start <= document.blocks[0][0] else ""
    return replace(
        one,
        says=document.says,
        title=document.says.title or heading,
        kind=document.kind,
        notices=document.notices,
    )


def _unreadable(candidate: Candidate, problem: Problem) -> Candidate:
    """With what to do about it as its reader has it, where that has a better idea than to mend
    the file."""
    what, semicolon, better = problem.what.rpartition("; ")
    if _SCANNED in problem.what:
        return candidate.failing(
            problem.what.partition(_SCANNED)[0] + _SCANNED, "have it read by OCR: kb add --ocr"
        )
    if semicolon and problem.next_step.endswith("run: kb build"):
        return candidate.failing(what, better)
    return candidate.failing(
        problem.what, problem.next_step.replace("run: kb build", "add it again")
    )
