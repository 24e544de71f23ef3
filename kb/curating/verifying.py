"""Does every passage still stand in its file where the index says?

Every file is read again as a build reads it. A passage stands if the text that is read has its
words at its offsets, and if its name has the hash of its words (`passage_id`).
"""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kb.reading import corpus
from kb.reading.isolation import Limits, read_all
from kb.records import Document, IndexedFile, Passage, Problem, passage_id

if TYPE_CHECKING:
    from kb.knowledge_base import KnowledgeBase

UPDATE = "kb build"
AFRESH = "kb build --afresh"


@dataclass(frozen=True, slots=True)
class Drift:
    """A file that is not as it was indexed or, where `passage` is not "", a passage of it that
    does not stand; `remedy` is the command that mends it."""

    path: str
    passage: str
    reason: str
    remedy: str = UPDATE

    def __str__(self) -> str:
        return ": ".join(filter(None, [self.path, self.passage, self.reason]))


@dataclass(frozen=True, slots=True)
class Verification:
    """How many files and passages the index has, how many passages stand, and what does not."""

    files: int
    passages: int
    standing: int
    drifted: tuple[Drift, ...]

    @property
    def remedy(self) -> str:
        """The command that mends all of it; "" where everything stands."""
        remedies = {drift.remedy for drift in self.drifted}
        return AFRESH if AFRESH in remedies else max(remedies, default="")


def verify(
    base: "KnowledgeBase", progress: Callable[[str, int], None] = lambda path, of: None
) -> Verification:
    """Read every file that the index has passages of; those that could not be read when it was
    made have none. `progress` is told the path of each before its turn, and how many there are.
    Raises KbError when there is no index, or readers cannot be run."""
    with base.reading():
        files = [file for file in base.catalog.files().values() if not file.problem]
        stored = {file.path: _passages(base, file) for file in files}
    there = {file.path: file for file in corpus.scan(base.home, {file.citekey for file in files})}
    present = [there[file.path] for file in files if file.path in there]
    limits = Limits(**asdict(base.settings.reading))
    drifted: list[Drift] = []
    standing = 0
    with closing(read_all(base.home, present, limits)) as documents:
        for file in files:
            progress(file.path, len(files))
            document = next(documents) if file.path in there else None
            passages = stored[file.path]
            found = list(_drift(base.home, file, document, passages))
            drifted += found
            if isinstance(document, Document):
                standing += len(passages) - sum(drift.passage != "" for drift in found)
    return Verification(len(files), sum(map(len, stored.values())), standing, tuple(drifted))


def _passages(base: "KnowledgeBase", file: IndexedFile) -> list[Passage]:
    """Those of one file: of one source, a digest and an original are two files."""
    of_source = base.catalog.passages_of(file.citekey)
    return [passage for passage in of_source if passage.kind == file.kind]


def _drift(
    home: Path, file: IndexedFile, document: Document | Problem | None, passages: list[Passage]
) -> Iterator[Drift]:
    if document is None:
        yield Drift(file.path, "", "the file is gone")
        return
    if isinstance(document, Problem):
        yield Drift(file.path, "", f"the file cannot be read any more: {document.what}")
        return
    changed = corpus.digest(home / file.path) != file.sha256
    if changed:
        yield Drift(file.path, "", "the file has changed since it was indexed")
    for passage in passages:
        if passage_id(passage.citekey, passage.text) != passage.id:
            what = "the name does not fit the words, so that the index is damaged"
            yield Drift(file.path, passage.id, what, AFRESH)
        elif document.text[passage.start : passage.end] != passage.text:
            moved = passage.text in document.text
            what = "the words stand elsewhere now" if moved else "the words are not there any more"
            # A build passes over a file that has not changed, however it is read now.
            yield Drift(file.path, passage.id, what, UPDATE if changed else AFRESH)
