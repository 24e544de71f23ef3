"""Catalogue and people's files → what there is, what is missing, what changed since the build."""

import difflib
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import replace
from pathlib import Path

from kb.errors import UnknownName
from kb.framework import Framework
from kb.reading import corpus
from kb.records import (
    Index,
    IndexedFile,
    Passage,
    PassageDetails,
    Problem,
    Source,
    SourceSummary,
    Study,
)
from kb.storing.anchoring import partly
from kb.storing.annotations import Annotations
from kb.storing.catalog import Catalog

Files = dict[tuple[str, str], IndexedFile]


def files_of(catalog: Catalog, citekeys: Collection[str] | None = None) -> Files:
    """By citekey and kind ("digest", "original") the file that holds such passages; files that
    cannot be used are left out. An original that does not say what was studied takes it from the
    digest."""
    usable = [file for file in catalog.files(citekeys).values() if not file.problem]
    files = {(file.citekey, file.kind): file for file in usable}
    for (citekey, kind), file in files.items():
        digest = files.get((citekey, "digest"))
        if digest and kind == "original" and file.study == Study():
            files[citekey, kind] = replace(file, study=digest.study)
    return files


def index(catalog: Catalog, home: Path, now: dict[str, str]) -> Index:
    """What was searched. `now` holds the digests of the recipe and of people's files ("recipe",
    "people") as they are now."""
    passages, documents = catalog.count()
    files = catalog.files()
    return Index(
        passages=passages,
        documents=documents,
        recipe=catalog.fact("recipe"),
        unusable=tuple(file.problem for file in files.values() if file.problem),
        stale=tuple(_stale(catalog, home, files, now)),
    )


def _stale(
    catalog: Catalog, home: Path, known: dict[str, IndexedFile], now: dict[str, str]
) -> Iterator[str]:
    """Names of people's files that are not as they were at the last build. A file is read only
    when its size or time differ."""
    there = {file.path: file for file in corpus.listed(home)}
    for path in sorted(known.keys() | there.keys()):
        before, file = known.get(path), there.get(path)
        if before is None or file is None:
            yield path
        elif (before.size, before.mtime_ns) == (file.size, file.mtime_ns):
            continue
        elif corpus.digest(home / path) != before.sha256:
            yield path
    if not catalog.fact("finished"):
        yield "a build was stopped or is at work"
    elif catalog.fact("people") != now["people"]:
        yield "references.bib or annotations.jsonl"
    elif catalog.fact("recipe") != now["recipe"]:
        yield "criteria.yaml or kb.toml"


def problems(catalog: Catalog, framework: Framework, annotations: Annotations) -> list[Problem]:
    """Judgements that count for nothing: on passages, circumstances or criteria that are not
    there, or on a circumstance that has been reworded since; and a line that was cut off."""
    return [
        *_cut_off(annotations),
        *_on_missing_passages(catalog, annotations),
        *_on_unknown_names(framework, annotations),
        *_on_earlier_wordings(framework, annotations),
    ]


def _cut_off(annotations: Annotations) -> Iterator[Problem]:
    if annotations.torn:
        yield Problem(
            f"annotations.jsonl:{annotations.torn}",
            "the last line is cut off, as when the power fails, and counts for nothing",
            "say it again, or have it taken out: kb build",
        )


def _on_missing_passages(catalog: Catalog, annotations: Annotations) -> Iterator[Problem]:
    gone: dict[str, dict[str, str]] = defaultdict(dict)
    for name in sorted(annotations.quotes.keys() - catalog.ids() - catalog.anchors().keys()):
        gone[name.partition("#")[0]][name] = annotations.quotes[name]
    for citekey, quotes in gone.items():
        near = partly(quotes, catalog.passages_of(citekey))
        for name, quote in quotes.items():
            yield Problem(
                f"annotations.jsonl: {name}",
                f"judged, but not in the corpus any more (“{quote[:60]}…”)",
                f"its words stand partly in {near[name]}: if they still say it, judge that"
                if name in near
                else f"if its text was changed, judge the new wording: kb show {citekey}",
            )


def _on_unknown_names(framework: Framework, annotations: Annotations) -> Iterator[Problem]:
    circumstances = {circumstance.id for circumstance in framework.circumstances}
    criteria = {criterion.id for criterion in framework.criteria}
    judged = {name for _, name in annotations.verdicts}
    readings = (*annotations.readings.values(), *annotations.partial.values())
    seen = {name for names in readings for name in names}
    for what, unknown, known in (
        ("circumstance", judged - circumstances, circumstances),
        ("criterion", seen - criteria, criteria),
    ):
        for name in sorted(unknown):
            there_are = f"there are: {', '.join(sorted(known))}"
            yield Problem("annotations.jsonl", f"criteria.yaml has no {what} '{name}'", there_are)


def _on_earlier_wordings(framework: Framework, annotations: Annotations) -> Iterator[Problem]:
    statements = {c.id: c.statement for c in framework.circumstances}
    older: dict[str, int] = defaultdict(int)
    for (_, name), verdicts in annotations.verdicts.items():
        older[name] += sum(v.claim != statements.get(name, v.claim) for v in verdicts)
    for name, number in sorted(older.items()):
        if number:
            yield Problem(
                f"annotations.jsonl: {name}",
                f"{number} judgements were made when it said something else, and do not count",
                "judge them again, or give the new meaning a new id",
            )


def tagged_before(framework: Framework, annotations: Annotations) -> Iterator[Problem]:
    """Criteria that were reworded since people tagged passages with them, as far as the wording
    of that time was written down. They count: only a person can say whether they still hold."""
    wordings = {criterion.id: criterion.wording for criterion in framework.criteria}
    older: dict[str, list[str]] = defaultdict(list)
    for (passage, _), then in annotations.wordings.items():
        for name, wording in then.items():
            if wordings.get(name, wording) != wording:
                older[name].append(passage)
    for name, passages in sorted(older.items()):
        count = "1 tag was" if len(passages) == 1 else f"{len(passages)} tags were"
        yield Problem(
            f"criteria.yaml: {name}",
            f"{count} made under an earlier wording, the first on {min(passages)}",
            f"look at them again: kb review --criterion {name}",
        )


def sources(catalog: Catalog, framework: Framework, criterion: str | None) -> list[SourceSummary]:
    """All sources by citekey, or those with a passage that counts for the criterion's id."""
    files = files_of(catalog)
    passages, criteria = catalog.count_by_source(), catalog.criteria_by_source()
    summaries = []
    for citekey, source in catalog.sources().items():
        about = criteria.get(citekey, set())
        if criterion is None or criterion in about:
            seen = tuple(c.id for c in framework.criteria if c.id in about)
            number = passages.get(citekey, 0)
            file = files.get((citekey, "original")) or files.get((citekey, "digest"))
            summaries.append(SourceSummary(source, file, number, seen))
    return summaries


def unknown_source(catalog: Catalog, name: str) -> UnknownName:
    """The error for a citekey that is not there, with those that may have been meant."""
    known = catalog.sources()
    words = name.casefold()
    meant = [
        key
        for key, source in known.items()
        if words in f"{key} {source.citation} {source.title}".casefold()
    ] or difflib.get_close_matches(name, known, n=3)
    hint = f"did you mean {', '.join(meant[:5])}?" if meant else "list them with: kb sources"
    return UnknownName(f"no source or passage '{name}'; {hint}")


def _named(passages: list[Passage], name: str) -> list[Passage]:
    """The one passage with this id, or whose id begins so."""
    found = [p for p in passages if p.id == name] or [p for p in passages if p.id.startswith(name)]
    citekey = name.partition("#")[0]
    if not found:
        raise UnknownName(f"no passage '{name}'; those of its source: kb show {citekey}")
    if len(found) > 1:
        meant = ", ".join(p.id for p in found[:5])
        raise UnknownName(f"{len(found)} passages begin with '{name}'; write more of it: {meant}")
    return found


def show(
    catalog: Catalog, annotations: Annotations, name: str
) -> tuple[Source, list[PassageDetails]]:
    """A source with one passage, named by its id or the beginning of that, or with all of its
    passages, and all tags and verdicts."""
    citekey = name.partition("#")[0]
    source = catalog.sources([citekey]).get(citekey)
    if source is None:
        raise unknown_source(catalog, name)
    passages = catalog.passages_of(citekey)
    if "#" in name:
        passages = _named(passages, name)
    ids = {passage.id for passage in passages}
    tags, files = catalog.tags(ids), files_of(catalog, [citekey])
    verdicts = [
        verdict
        for (judged, _), of_one in sorted(annotations.verdicts.items())
        if judged in ids
        for verdict in of_one
    ]
    return source, [
        PassageDetails(
            passage=passage,
            source=source,
            file=files[citekey, passage.kind],
            tags=tuple(tags[passage.id]),
            verdicts=tuple(v for v in verdicts if v.passage_id == passage.id),
        )
        for passage in passages
    ]
