"""A public collection as a knowledge base, to try the search on: real files, catalogue, vectors.

Each document is a text file of its own, so that what is measured is what `kb search` does.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

from kb.errors import QuestionError
from kb.evaluating import retrieval
from kb.evaluating.retrieval import Collection, OwnQuestion
from kb.knowledge_base import KnowledgeBase
from kb.records import Stance
from kb.reports import RetrievalReport, SideMeasures, SidesReport
from kb.search import MODES

HITS = 300  # passages asked for: enough for a hundred documents of three each

_CRITERIA = """\
title: A collection to measure on
criteria:
  - {id: any, name: Any, definition: Anything at all}
circumstances:
  - {id: X1, criterion: any, statement: Anything at all is the case.}
"""

Progress = Callable[[str, int, int], None]
"""Told what is being done, how many are done and of how many."""


def prepared(collection: Collection, home: Path, progress: Progress) -> KnowledgeBase:
    """A knowledge base of the documents in the folder `home`, made and built unless it is there.
    Raises KbError."""
    marker = home / "kb.toml"
    if not marker.is_file():
        _write(collection, home)
        marker.write_text("", encoding="utf-8")  # last: what is there, is whole
    base = KnowledgeBase(home)
    for done, _ in enumerate(base.build(), start=1):
        progress("documents read", done, len(collection.documents))
    return base


def _write(collection: Collection, home: Path) -> None:
    (home / "corpus").mkdir(parents=True, exist_ok=True)
    (home / "criteria.yaml").write_text(_CRITERIA, encoding="utf-8")
    entries = []
    for number, document in enumerate(collection.documents):
        text = " ".join(f"{document.title} {document.text}".split()) or "(empty)"
        path = home / "corpus" / f"{_citekey(number)}.txt"
        path.write_text(text.encode("utf-8", "replace").decode(), encoding="utf-8")
        # Titles that begin alike, without an author, would be compared with each other.
        entries.append(f"@misc{{{_citekey(number)}, title = {{{number}, a document}}}}\n")
    (home / "references.bib").write_text("".join(entries), encoding="utf-8")


def _citekey(number: int) -> str:
    """Not the document's own name, which may be no name for a file."""
    return f"d{number:07}"


def names(collection: Collection) -> dict[str, str]:
    """The citekey that each document has in the knowledge base → its own name."""
    return {_citekey(n): document.id for n, document in enumerate(collection.documents)}


def evaluated(
    base: KnowledgeBase, collection: Collection, modes: tuple[str, ...], progress: Progress
) -> RetrievalReport:
    """How well `base` ranks the documents of the collection it was prepared from, through what
    `kb search` calls. A document stands where its best passage does."""
    documents = names(collection)
    measures = {}
    for mode in modes:
        ranked = {}
        for done, (query, text) in enumerate(collection.queries.items(), start=1):
            hits = base.search(fitting(base, text), mode=mode, limit=HITS)
            ranked[query] = [documents[citekey] for citekey in retrieval.sources(hits)]
            progress(f"questions asked, mode {mode}", done, len(collection.queries))
        measures[mode] = retrieval.measured(ranked, collection.qrels)
    return RetrievalReport(
        collection.name, len(collection.documents), len(collection.queries), measures
    )


def own_questions(
    base: KnowledgeBase,
    asked: list[OwnQuestion],
    name: str,
    modes: tuple[str, ...],
    progress: Progress,
) -> RetrievalReport:
    """The same on a user's own questions, each with the citekeys or passages that it should
    find."""
    measures = {}
    qrels = {str(n): dict.fromkeys(row.expected, 1) for n, row in enumerate(asked)}
    for mode in modes:
        ranked = {}
        for n, row in enumerate(asked):
            hits = base.search(row.question, mode=mode, limit=HITS)
            ranked[str(n)] = retrieval.expected_names(hits, row.expected)
            progress(f"questions asked, mode {mode}", n + 1, len(asked))
        measures[mode] = retrieval.measured(ranked, qrels)
    return RetrievalReport(name, base.index().documents, len(asked), measures)


def sides(base: KnowledgeBase, depth: int) -> SidesReport:
    """Whether search finds what challenges as well as what supports: for each circumstance, as if
    nobody had judged anything, against what people judged. Raises QuestionError if they judged
    nothing."""
    known = base.judged_sides()
    if not known:
        raise QuestionError("nobody has judged any passage here; see the guide on judging")
    wide = {name: [hit.passage.id for hit in base.candidates(name, depth)] for name in known}
    plain = {
        c.id: [hit.passage.id for hit in base.search(c.statement, limit=depth)]
        for c in base.framework.circumstances
    }
    found = {}
    for side in (Stance.SUPPORTS, Stance.CHALLENGES):
        qrels = {name: of[side] for name, of in known.items() if of[side]}
        found[side] = SideMeasures(
            sum(map(len, qrels.values())),
            len(qrels),
            retrieval.mean_recall(wide, qrels, depth),
            retrieval.mean_recall(plain, qrels, depth),
        )
    return SidesReport(depth, found)


def fitting(base: KnowledgeBase, text: str) -> str:
    """A query without the words at its end that the embedding model would not read: kb itself
    refuses a question that is too long."""
    embedder = base.embedder
    for words in _shorter(text.split()):
        if embedder.count_tokens(" ".join(words)) <= embedder.max_tokens:
            return " ".join(words)
    return text


def _shorter(words: list[str]) -> Iterator[list[str]]:
    while words:
        yield words
        words = words[: len(words) * 9 // 10]


def chosen(mode: str | None) -> tuple[str, ...]:
    """The modes to measure: the one named, or all."""
    return (mode,) if mode else MODES
