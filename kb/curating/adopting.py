"""Files that somebody has put into corpus/ without an entry in, an entry for each out."""

from typing import TYPE_CHECKING

from kb.errors import IndexUnusable
from kb.reading import corpus
from kb.records import FileOutcome

if TYPE_CHECKING:
    from kb.curating.intake import Progress
    from kb.knowledge_base import KnowledgeBase


def adopt(base: "KnowledgeBase", progress: "Progress" = lambda _: None) -> list[FileOutcome]:
    """Give an entry, made from what they say of themselves, to the files of corpus/ that have none;
    an outcome each, none when there are no such files. The index is left to the build that follows.
    A file that is indexed has lost its entry, perhaps by accident, and gets no other. Raises
    KbError."""
    indexed = _indexed(base)
    files = corpus.listed(base.home)
    if indexed is None or indexed.issuperset(file.path for file in files):
        return []
    # What these bring, most builds do without.
    from kb.curating.gathering import Candidate
    from kb.curating.intake import Help, take_in
    from kb.reading import bibliography

    sources = bibliography.load(base.home / "references.bib")
    named = {*sources, *(file.citekey for file in files)}
    candidates = [
        Candidate(file.path, base.home / file.path)
        for file in corpus.scan(base.home, named)
        if not file.problem and file.citekey not in sources and file.path not in indexed
    ]
    return take_in(base, candidates, Help(), progress, build=False) if candidates else []


def _indexed(base: "KnowledgeBase") -> set[str] | None:
    """The paths of files that the index holds; None where there is one made with other settings,
    which the next build makes anew."""
    if not base.has_index:
        return set()
    try:
        return {path for path, file in base.catalog.files().items() if not file.problem}
    except IndexUnusable:
        return None
