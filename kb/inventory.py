"""Catalogue and people's files → what there is, what is missing, what changed since the build."""

from collections.abc import Iterator
from pathlib import Path

from kb.errors import UnknownName
from kb.framework import Framework
from kb.reading import corpus
from kb.records import Index, IndexedFile, PassageDetails, Problem, SourceSummary
from kb.storing.annotations import Annotations
from kb.storing.catalog import Catalog


def files_by_citekey(catalog: Catalog) -> dict[str, IndexedFile]:
    """The file that stands for each source; files that cannot be used are left out."""
    return {file.citekey: file for file in catalog.files().values() if not file.problem}


def index(catalog: Catalog, home: Path, people: str, framework: str) -> Index:
    """What was searched. `people` and `framework` are the digests of people's files as they are
    now."""
    passages, documents = catalog.count()
    return Index(
        passages=passages,
        documents=documents,
        recipe=catalog.fact("recipe"),
        unusable=tuple(file.problem for file in catalog.files().values() if file.problem),
        stale=tuple(_stale(catalog, home, people, framework)),
    )


def _stale(catalog: Catalog, home: Path, people: str, framework: str) -> Iterator[str]:
    """Names of people's files that are not as they were at the last build. A file is read only
    when its size or time differ."""
    known = catalog.files()
    now = {file.path: file for file in corpus.scan(home, catalog.sources())}
    for path in sorted(known.keys() | now.keys()):
        before, file = known.get(path), now.get(path)
        if (
            before is None
            or file is None
            or (_touched(before, file) and corpus.digest(home / path) != before.sha256)
        ):
            yield path
    if not catalog.fact("finished"):
        yield "a build was stopped or is at work"
    elif catalog.fact("people") != people:
        yield "references.bib or annotations.jsonl"
    if catalog.fact("framework") != framework:
        yield "criteria.yaml"


def _touched(before: IndexedFile, file: corpus.CorpusFile) -> bool:
    return (before.size, before.mtime_ns) != (file.size, file.mtime_ns)


def orphans(catalog: Catalog, annotations: Annotations) -> list[Problem]:
    """A problem for each passage that people judged and that is no longer there as it was."""
    missing = sorted(annotations.quotes.keys() - catalog.ids())
    return [
        Problem(
            f"annotations.jsonl: {name}",
            "people judged a passage that is not in the corpus as it was then "
            f"(“{annotations.quotes[name][:60]}…”)",
            "if its text was changed, judge the new wording",
        )
        for name in missing
    ]


def sources(catalog: Catalog, framework: Framework, criterion: str | None) -> list[SourceSummary]:
    """All sources by citekey, or those with a passage that counts for the criterion's id."""
    files = files_by_citekey(catalog)
    passages, criteria = catalog.count_by_source(), catalog.criteria_by_source()
    summaries = []
    for citekey, source in catalog.sources().items():
        about = criteria.get(citekey, set())
        if criterion is None or criterion in about:
            seen = tuple(c.id for c in framework.criteria if c.id in about)
            number = passages.get(citekey, 0)
            summaries.append(SourceSummary(source, files.get(citekey), number, seen))
    return summaries


def show(catalog: Catalog, annotations: Annotations, name: str) -> list[PassageDetails]:
    """One passage by its id, or all of a citekey, with all tags and verdicts."""
    known = catalog.sources()
    passages = catalog.passages_of(name) if name in known else []
    if name not in known:
        passages = list(catalog.passages([name]).values())
        if not passages:
            raise UnknownName(
                f"no passage or citekey '{name}'; citekeys: kb sources, passages: kb search"
            )
    ids = {passage.id for passage in passages}
    tags, files = catalog.tags(ids), files_by_citekey(catalog)
    verdicts = [
        verdict
        for (judged, _), of_one in sorted(annotations.verdicts.items())
        if judged in ids
        for verdict in of_one
    ]
    return [
        PassageDetails(
            passage=passage,
            source=known[passage.citekey],
            file=files[passage.citekey],
            tags=tuple(tags[passage.id]),
            verdicts=tuple(v for v in verdicts if v.passage_id == passage.id),
        )
        for passage in passages
    ]
