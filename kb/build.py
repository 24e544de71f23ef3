"""Files → catalogue, vectors and tags; one FileOutcome per file.

The order makes a crash harmless: vectors are written first, then the catalogue commits (from here
a passage can be found), and what only the vector store knows is swept last. Facts noted in the
same transactions say which steps are still owed, so the next build takes them up.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from kb import intent
from kb.embedding import Embedder
from kb.errors import KbError
from kb.framework import Framework
from kb.reading import corpus
from kb.reading.corpus import CorpusFile
from kb.reading.isolation import Limits, read_all, refused
from kb.reading.passages import cut
from kb.records import (
    Document,
    FileOutcome,
    IndexedFile,
    Passage,
    Problem,
    Recipe,
    Source,
    Tag,
)
from kb.storing import Vectors, VectorStore, anchoring
from kb.storing.annotations import Annotations, Seen
from kb.storing.catalog import Catalog
from kb.tagging import Tagger

# Embedded and committed together: enough for full batches, little to lose when killed.
PASSAGES_AT_A_TIME = 128
# A book is embedded in parts, for the sake of memory.
MOST_AT_A_TIME = 1024
# Characters. A paragraph longer than this times the limit of a passage is cut without a count of
# its word pieces: the tokenizer takes 140 bytes a character.
LONGEST_WORD = 100

Taken = dict[tuple[str, str], str]  # by citekey and kind, the path of the file that holds it


@dataclass(frozen=True, slots=True)
class Workshop:
    """What a build works with. `open_vectors` is called only when there is something to do:
    opening the store costs a second. `people` digests references and annotations; `wordings` are
    what questions are matched with, (circumstance id, text), `searches` what is
    searched for on circumstances, (circumstance id, texts); `tag_thresholds` the scores from
    which the tagger's tags are kept, one a criterion."""

    home: Path
    limits: Limits
    catalog: Catalog
    vectors_exist: bool
    open_vectors: Callable[[], VectorStore]
    embedder: Embedder
    tagger: Tagger
    framework: Framework
    sources: dict[str, Source]
    annotations: Annotations
    recipe: Recipe
    people: str
    wordings: list[tuple[str, str]]
    searches: list[tuple[str, tuple[str, ...]]]
    tag_thresholds: list[float]


def build(
    shop: Workshop, may_drop: bool = False, withdrawn: Collection[str] = ()
) -> Iterator[FileOutcome]:
    """Bring the index up to date with the files. Raises KbError, before anything is changed, when
    it would drop all documents or a quarter of them, 25 or more, and `may_drop` does not say that
    this is meant; those of the citekeys that are `withdrawn` are no loss."""
    files = corpus.scan(shop.home, shop.sources)
    if not may_drop:
        refuse_a_great_loss(shop, files, withdrawn)
    start_over_if_recipe_changed(shop)
    add_sources(shop)
    yield from drop_missing(shop, files)
    yield from read_new(shop, files)
    tag(shop)
    sweep(shop)


def refuse_a_great_loss(
    shop: Workshop, files: list[CorpusFile], withdrawn: Collection[str]
) -> None:
    """A folder or a list of references emptied by accident must not cost an index unasked."""
    known = {p: f for p, f in shop.catalog.files().items() if f.citekey not in withdrawn}
    usable = {path for path, file in known.items() if not file.problem}
    lost = usable - {file.path for file in files if not file.problem}
    everything = len(lost) == len(usable) > 1
    if everything or (len(lost) >= 25 and len(lost) * 4 >= len(usable)):
        raise KbError(
            f"{shop.home / 'corpus'}: {len(lost)} of {len(usable)} indexed files are gone or have "
            "lost their entry in references.bib; put them back, or say that this is meant: "
            "kb build --allow-drop"
        )


def start_over_if_recipe_changed(shop: Workshop) -> None:
    """Also when the vectors were deleted and the catalogue was not."""
    catalog = shop.catalog
    lost = catalog.count()[0] > 0 and not shop.vectors_exist
    if catalog.fact("passages") == shop.recipe.passages_digest and not lost:
        return
    with catalog.transaction():
        for path in catalog.files():
            catalog.remove_file(path)
        catalog.note("passages", shop.recipe.passages_digest)
        catalog.note("recipe", "")
        catalog.note("finished", "")


def add_sources(shop: Workshop) -> None:
    """Before any passage is committed, so that whoever asks meanwhile can cite it; sources that
    were withdrawn go when the passages have gone."""
    if shop.catalog.fact("people") != shop.people:
        with shop.catalog.transaction():
            shop.catalog.put_sources(shop.sources.values())
            shop.catalog.note("people", "")
            shop.catalog.note("finished", "")


def drop_missing(shop: Workshop, files: list[CorpusFile]) -> Iterator[FileOutcome]:
    """Forget files that are gone."""
    known = shop.catalog.files()
    gone = [known[path] for path in sorted(known.keys() - {file.path for file in files})]
    if gone:
        with shop.catalog.transaction():
            for file in gone:
                shop.catalog.remove_file(file.path)
                # What its digest left to it is the digest's own again.
                shop.catalog.forget_digest(file.citekey)
            shop.catalog.note("finished", "")
    for file in gone:
        yield FileOutcome(file.path, file.citekey, "removed")


def read_new(shop: Workshop, files: list[CorpusFile]) -> Iterator[FileOutcome]:
    """Read, cut and embed the files that changed, a batch of passages at a time. Those that did
    not come first; a file that could not be read is not tried again until it, its reader or the
    limits have changed."""
    known, counts = shop.catalog.files(), shop.catalog.count_by_file()
    limits = repr(shop.limits)
    same_limits = shop.catalog.fact("limits") == limits
    changed: list[tuple[CorpusFile, str]] = []
    same: list[tuple[CorpusFile, str]] = []
    for file in files:
        file = replace(file, problem=refused(shop.home, file, shop.limits))
        # Only what is worth reading has a digest: a problem that shows without must not be
        # remembered when it has gone.
        digest = "" if file.problem else corpus.digest(shop.home / file.path)
        before = known.get(file.path)
        as_before = before and before.sha256 == digest and (same_limits or not before.problem)
        (same if digest and as_before else changed).append((file, digest))
    known = forget_digests_beside(shop, known, [file for file, _ in changed])
    taken: Taken = {}
    for file, digest in same:
        before = known[file.path]
        if before.sha256 != digest:
            changed.append((file, digest))
            continue
        refresh_stamp(shop, before, file)
        taken[file.citekey, before.kind] = file.path
        status = "failed" if before.problem else "unchanged"
        yield outcome(before, status, counts.get(file.path, 0))
    changed.sort(key=lambda one: (is_markdown(one[0]), one[0].path))
    yield from read_changed(shop, changed, known, taken)
    if not same_limits:
        with shop.catalog.transaction():
            shop.catalog.note("limits", limits)


def is_markdown(file: CorpusFile) -> bool:
    """Only such a file may be a digest."""
    return file.path.lower().endswith(".md")


def forget_digests_beside(
    shop: Workshop, known: dict[str, IndexedFile], changed: list[CorpusFile]
) -> dict[str, IndexedFile]:
    """The `known`, all indexed files, of which the digests whose original is among the changed are
    to be read again, after it: what both say word for word is one passage, the original's, and the
    digest's own again when the original says it no more."""
    citekeys = {file.citekey for file in changed if not is_markdown(file)}
    beside = {f.citekey for f in known.values() if f.kind == "digest" and f.citekey in citekeys}
    if not beside:
        return known
    with shop.catalog.transaction():
        for citekey in sorted(beside):
            shop.catalog.forget_digest(citekey)
        shop.catalog.note("finished", "")
    return shop.catalog.files()


def read_changed(
    shop: Workshop,
    changed: list[tuple[CorpusFile, str]],
    known: dict[str, IndexedFile],
    taken: Taken,
) -> Iterator[FileOutcome]:
    """While a batch is embedded here, the next files are read elsewhere."""
    batch: list[tuple[IndexedFile, list[Passage]]] = []
    with closing(read_all(shop.home, [file for file, _ in changed], shop.limits)) as documents:
        for (file, digest), document in zip(changed, documents, strict=True):
            checked = alone(file, document, taken)
            # What stands in another file's way is looked at again when that may have gone.
            indexed, cuts = cut_up(shop, file, digest if checked is document else "", checked)
            batch.append((indexed, left_over(shop, batch, indexed, cuts)))
            if sum(len(passages) for _, passages in batch) >= PASSAGES_AT_A_TIME:
                yield from commit(shop, batch, known)
                batch = []
        yield from commit(shop, batch, known)


def alone(file: CorpusFile, document: Document | Problem, taken: Taken) -> Document | Problem:
    """The same, or the problem that another file holds such text of the source already."""
    if isinstance(document, Problem):
        return document
    other = taken.setdefault((file.citekey, document.kind), file.path)
    if other == file.path:
        return document
    return corpus.two_for_one(file, [Path(path).name for path in (other, file.path)])


def left_over(
    shop: Workshop,
    batch: list[tuple[IndexedFile, list[Passage]]],
    file: IndexedFile,
    passages: list[Passage],
) -> list[Passage]:
    """Of a digest, those that the original does not hold word for word: the same words of the same
    source are one passage, and where they are the source's own they are a quotation."""
    if file.kind != "digest":
        return passages
    # The original comes first: in this batch if it changed, or else it is in the catalogue.
    beside = [of_it for other, of_it in batch if other.citekey == file.citekey]
    original = beside[0] if beside else shop.catalog.passages_of(file.citekey)
    held = {passage.id for passage in original if passage.kind == "original"}
    return [passage for passage in passages if passage.id not in held]


def refresh_stamp(shop: Workshop, before: IndexedFile, file: CorpusFile) -> None:
    """A file touched but not changed should not be hashed again at every question."""
    if before.mtime_ns != file.mtime_ns:
        with shop.catalog.transaction():
            shop.catalog.set_mtime(file.path, file.mtime_ns)


def counter(embedder: Embedder, limit: int) -> Callable[[str], int]:
    """The length of a text in word pieces, or just more than `limit` where it is surely longer."""

    def count(text: str) -> int:
        surely_too_long = len(text) > limit * LONGEST_WORD
        return limit + 1 if surely_too_long else embedder.count_tokens(text)

    return count


def cut_up(
    shop: Workshop, file: CorpusFile, digest: str, document: Document | Problem
) -> tuple[IndexedFile, list[Passage]]:
    about = (file.path, file.citekey, digest, file.size, file.mtime_ns)
    if isinstance(document, Problem):
        return IndexedFile(*about, problem=document), []
    limit = shop.recipe.passage_tokens
    passages = list(cut(document, counter(shop.embedder, limit), limit))
    indexed = IndexedFile(
        *about,
        document.kind,
        document.read,
        document.study,
        pages=len(document.page_starts),
        notices=document.notices,
    )
    return indexed, passages


def commit(
    shop: Workshop, batch: list[tuple[IndexedFile, list[Passage]]], known: dict[str, IndexedFile]
) -> Iterator[FileOutcome]:
    passages = [passage for _, of_file in batch for passage in of_file]
    if passages:
        owe_a_sweep(shop)
    for start in range(0, len(passages), MOST_AT_A_TIME):
        part = passages[start : start + MOST_AT_A_TIME]
        vectors = shop.embedder.embed([passage.text for passage in part])
        shop.open_vectors().put([passage.id for passage in part], vectors)
    # An unusable file that was unusable before, in the same way, is no news for the catalogue.
    news = [(file, of_file) for file, of_file in batch if known.get(file.path) != file]
    if news:
        with shop.catalog.transaction():
            for file, of_file in news:
                shop.catalog.put_file(file, of_file)
            shop.catalog.note("finished", "")
    for file, of_file in batch:
        before = known.get(file.path)
        status = "updated" if before and not before.problem else "added"
        yield outcome(file, "failed" if file.problem else status, len(of_file))


def outcome(file: IndexedFile, status: str, passages: int) -> FileOutcome:
    return FileOutcome(
        file.path,
        file.citekey,
        status,
        passages,
        file.pages,
        file.problem,
        "; ".join(file.notices),
    )


def owe_a_sweep(shop: Workshop) -> None:
    """Noted before the first vector is written: from here on, one may be left behind."""
    if shop.catalog.fact("swept"):
        with shop.catalog.transaction():
            shop.catalog.note("swept", "")


def tag(shop: Workshop) -> None:
    """Tags and the framework's wordings anew, when any of what they rest on changed."""
    catalog = shop.catalog
    expected = f"{shop.recipe.digest} {shop.people}"
    if catalog.fact("finished") == expected:
        return
    ids = sorted(catalog.ids())
    anchors = anchoring.anchors(catalog, shop.annotations.quotes)
    criteria = [criterion.id for criterion in shop.framework.criteria]
    said = anchoring.anchored(shop.annotations, anchors).said(criteria)
    passages = catalog.passages(ids)
    scores = shop.tagger.score([passages[name].text for name in ids], shop.open_vectors().get(ids))
    names, texts = zip(*shop.wordings, strict=True)
    vectors = shop.embedder.embed(texts)
    weights = intent.fit(names, intent.features(texts, vectors, intent.middle(names, vectors)))
    with catalog.transaction():
        catalog.keep_sources(shop.sources.keys())
        relate(shop)
        catalog.replace_anchors(anchors)
        catalog.replace_tags(weighed_tags(shop, ids, scores.tolist(), said))
        catalog.replace_wordings(
            (name, vector) for (name, _), vector in zip(shop.wordings, vectors, strict=True)
        )
        catalog.replace_intents(weights)
        catalog.replace_searches(searches(shop))
        catalog.note("recipe", shop.recipe.digest)
        catalog.note("framework", shop.framework.digest)
        catalog.note("people", shop.people)
        catalog.note("swept", "")
        catalog.note("finished", expected)


def searches(shop: Workshop) -> Iterator[tuple[str, str, Vectors]]:
    """The texts of each in one, and the middle of their vectors."""
    for name, texts in shop.searches:
        middle = shop.embedder.embed(texts).mean(axis=0)
        yield name, "\n".join(texts), middle / max(float((middle @ middle) ** 0.5), 1e-6)


def relate(shop: Workshop) -> None:
    """Which sources seem to be one work, anew, when any of them changed."""
    from kb.referencing import families  # what it compares with, most builds do without

    before = shop.catalog.fact("people"), shop.catalog.fact("recipe")
    if before != (shop.people, shop.recipe.digest):
        found = families.links(shop.sources.values())
        shop.catalog.replace_links((link.first, link.second, link.kind, link.why) for link in found)


def weighed_tags(
    shop: Workshop,
    ids: list[str],
    scores: list[list[float]],
    said: Mapping[str, Mapping[str, Seen]],
) -> Iterator[tuple[Tag, bool]]:
    """People's tags, which count, and the model's, which count only where no person has said
    anything on that criterion. A criterion's score among several readers is the share of them that
    saw it. `said` is what people say of passages, as `Annotations.said` has it."""
    for name, row in zip(ids, scores, strict=True):
        people = said.get(name, {})
        for criterion, score, threshold in zip(
            shop.framework.criteria, row, shop.tag_thresholds, strict=True
        ):
            words = {by: seen[criterion.id] for by, seen in people.items() if criterion.id in seen}
            for by, seen in words.items():
                if seen:
                    yield Tag(name, criterion.id, sum(words.values()) / len(words), by), True
            if score >= threshold:
                by_model = f"model:{shop.recipe.tagger}"
                yield Tag(name, criterion.id, score, by_model), not words


def sweep(shop: Workshop) -> None:
    """Remove vectors that no passage stands behind any more."""
    if shop.catalog.fact("swept") == "yes":
        return
    vectors = shop.open_vectors()
    vectors.remove(vectors.ids() - shop.catalog.ids())
    vectors.drop_others()
    with shop.catalog.transaction():
        shop.catalog.note("swept", "yes")
