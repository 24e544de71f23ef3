"""A knowledge base: opens the parts that kb.toml names, each on first use, and chains the verbs.

build      files → index
ask        question → claim → hits + people's verdicts → answer
search     question → hits
sources, show, criteria: what there is
"""

import hashlib
from collections.abc import Collection, Iterator
from dataclasses import replace
from functools import cache, cached_property
from pathlib import Path

from kb import build as building
from kb import config, framework, inventory, match
from kb import search as searching
from kb import weigh as weighing
from kb.embedding import EMBEDDERS, Embedder
from kb.errors import ConfigError, IndexUnusable, UnknownName
from kb.lookup import resolve
from kb.reading import VERSION as READER_VERSION
from kb.reading import corpus
from kb.records import (
    Answer,
    Claim,
    Evidence,
    FileOutcome,
    Hit,
    Index,
    PassageDetails,
    Problem,
    Recipe,
    SourceSummary,
)
from kb.storing import VECTOR_STORES, VectorStore, annotations
from kb.storing.catalog import Catalog
from kb.storing.lock import writing
from kb.tagging import TAGGERS

# How many passages an answer takes from the search, besides all that people have judged.
CONTEXT = 20


class KnowledgeBase:
    """The knowledge base rooted at `home`, a folder that holds kb.toml."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.settings = config.load(home / config.FILENAME)

    # -- the parts, each on first use -----------------------------------------------------------

    @cached_property
    def framework(self) -> framework.Framework:
        return framework.load(self.home / "criteria.yaml")

    @cached_property
    def embedder(self) -> Embedder:
        chosen = self.settings.embedding
        embedder: Embedder = resolve(chosen.embedder, EMBEDDERS, "embedder")(
            chosen.model, chosen.allow_download
        )
        limit = self.settings.passages.max_tokens
        if limit > embedder.max_tokens:
            raise ConfigError(
                f"{self.home / config.FILENAME}: passages.max_tokens is {limit}, but the model "
                f"'{chosen.model}' reads at most {embedder.max_tokens}; lower it"
            )
        return embedder

    @cached_property
    def vectors(self) -> VectorStore:
        return self._open_vectors(self.catalog)

    def _open_vectors(self, catalog: Catalog) -> VectorStore:
        """The vectors that belong to `catalog`."""
        chosen = self.settings.storing.vectors
        kind = chosen.rpartition(":")[2].lower()
        store: VectorStore = resolve(chosen, VECTOR_STORES, "vector store")(
            self.index_folder / f"{kind}-{catalog.fact('birth')}",
            self.recipe.passages_digest,
            self.embedder.dimension,
        )
        return store

    @cached_property
    def catalog(self) -> Catalog:
        """The catalogue to read from. Raises IndexUnusable unless a build has once finished it
        with the recipe that kb.toml asks for; while a later build works on it, it can be read."""
        catalog = Catalog.open_to_read(self._catalog_path)
        if not catalog.fact("recipe"):
            raise IndexUnusable(
                f"{self._catalog_path}: the index was never finished; finish it with: kb build"
            )
        if catalog.fact("passages") != self.recipe.passages_digest:
            raise IndexUnusable(
                f"{self._catalog_path}: the index was made with another model or other settings "
                f"than kb.toml names ({self.recipe.embedder}); make it anew with: kb build"
            )
        return catalog

    @cached_property
    def annotations(self) -> annotations.Annotations:
        return annotations.load(self.home / "annotations.jsonl")

    @cached_property
    def recipe(self) -> Recipe:
        return Recipe(
            reader=READER_VERSION,
            passage_tokens=self.settings.passages.max_tokens,
            embedder=self.embedder.identity,
            tagger=f"{self.settings.tagging.tagger}@{self.settings.tagging.threshold}",
            framework=self.framework.digest,
        )

    @property
    def index_folder(self) -> Path:
        return self.home / ".kb"

    @property
    def _catalog_path(self) -> Path:
        return self.index_folder / "catalog.sqlite3"

    @cached_property
    def _searcher(self) -> searching.Searcher:
        passages, _ = self.catalog.count()
        if len(self.vectors) < passages:
            raise IndexUnusable(
                f"{self.index_folder}: {passages - len(self.vectors)} vectors are missing; make "
                "the index anew with: kb build --afresh"
            )
        chosen = self.settings.search
        return searching.Searcher(
            self.catalog, self.vectors, self.embedder, chosen.meaning_weight, chosen.candidates
        )

    # -- building -------------------------------------------------------------------------------

    @property
    def has_index(self) -> bool:
        """Whether a build has ever finished here (with any recipe)."""
        try:
            catalog = Catalog.open_to_read(self._catalog_path)
        except IndexUnusable:
            return False
        try:
            return bool(catalog.fact("recipe"))
        finally:
            catalog.close()

    def build(self, *, afresh: bool = False, may_drop: bool = False) -> Iterator[FileOutcome]:
        """Bring the index up to date, one FileOutcome per corpus file as it is done. `afresh`
        removes the index first. Raises KbError; what people wrote is only ever read."""
        from kb.reading import bibliography  # its parser costs a tenth of every start

        sources = bibliography.load(self.home / "references.bib")
        shop_parts = (self.embedder, self.framework, self.annotations, self.recipe)
        embedder, framework_, people, recipe = shop_parts
        with writing(self.index_folder, afresh=afresh):
            self._forget_opened()
            catalog = Catalog.open_to_write(self._catalog_path)
            try:
                yield from building.build(
                    building.Workshop(
                        home=self.home,
                        catalog=catalog,
                        open_vectors=cache(lambda: self._open_vectors(catalog)),
                        embedder=embedder,
                        tagger=resolve(self.settings.tagging.tagger, TAGGERS, "tagger"),
                        framework=framework_,
                        sources=sources,
                        annotations=people,
                        recipe=recipe,
                        people=self._people_digest(),
                        wordings=match.wordings(framework_),
                        tag_threshold=self.settings.tagging.threshold,
                    ),
                    may_drop,
                )
            finally:
                catalog.close()

    def _forget_opened(self) -> None:
        """Parts opened on the old index must not serve the new one."""
        for name in ("catalog", "vectors", "_searcher"):
            self.__dict__.pop(name, None)

    def _people_digest(self) -> str:
        """A digest over references.bib and annotations.jsonl; criteria.yaml has its own."""
        names = ("references.bib", "annotations.jsonl")
        digests = [corpus.digest(self.home / name) for name in names]
        return hashlib.sha256("\n".join(digests).encode()).hexdigest()[:16]

    # -- asking ---------------------------------------------------------------------------------

    def ask(
        self,
        question: str,
        *,
        criterion: str | None = None,
        claim: str | None = None,
        sources: Collection[str] = (),
        limit: int = 5,
    ) -> Answer:
        """What supports and what challenges the circumstance that is asked about.

        `claim` is a circumstance's id or a statement to weigh instead of reading the question;
        `criterion` and `sources` (citekeys) narrow what is considered; at most `limit` items a
        group. Raises KbError for an unknown name, an empty question or an index not to be used.
        """
        asked = self._checked(question)
        among = self._among(criterion, sources)
        read_as = self._claim(asked, criterion, claim)
        query = asked if not read_as.id else f"{asked} {read_as.text}"
        hits = self._weighable(read_as, query[:2_000], among, max(limit, CONTEXT))
        return weighing.weigh(asked, read_as, self._evidence(hits, read_as), limit, self.index())

    def search(
        self,
        question: str,
        *,
        criterion: str | None = None,
        sources: Collection[str] = (),
        mode: str = "both",
        limit: int = 10,
    ) -> list[Hit]:
        """The passages nearest to a question, judged or not, best first."""
        asked = self._checked(question)
        among = self._among(criterion, sources)
        return searching.search(self._searcher, asked, mode=mode, count=limit, among=among)

    def _checked(self, question: str) -> str:
        embedder = self.embedder
        return searching.check_question(question, embedder.count_tokens, embedder.max_tokens)

    def _claim(self, question: str, criterion: str | None, claim: str | None) -> Claim:
        if claim:
            named = self.framework.circumstance(claim)
            return match.by_id(named) if named else match.own_claim(self._checked(claim))
        narrowed = self.framework
        if criterion:
            chosen = self.framework.criterion(criterion).id
            kept = tuple(c for c in narrowed.circumstances if c.criterion == chosen)
            narrowed = replace(narrowed, circumstances=kept)
        vector = self.embedder.embed([match.essence(question, narrowed)])[0]
        threshold = self.settings.matching.threshold
        return match.match(question, narrowed, self.catalog.wordings(), vector, threshold)

    def _among(self, criterion: str | None, sources: Collection[str]) -> set[str] | None:
        """The ids that the filters let through, None when there are none. Raises UnknownName."""
        if not criterion and not sources:
            return None
        known = self.catalog.sources()
        for citekey in sources:
            if citekey not in known:
                raise UnknownName(f"no source '{citekey}' in references.bib; list them: kb sources")
        chosen = self.framework.criterion(criterion).id if criterion else None
        return self.catalog.ids(chosen, sources)

    def _weighable(self, claim: Claim, query: str, among: set[str] | None, count: int) -> list[Hit]:
        """All passages that people judged on the circumstance, and the nearest of the others."""
        judged = {
            name for name, circumstance in self.annotations.verdicts if circumstance == claim.id
        }
        judged &= self.catalog.passages(judged).keys() if among is None else among
        vector = self.embedder.embed([query])[0]
        found = searching.search(
            self._searcher, query, count=len(judged), among=judged, vector=vector
        )
        others = searching.search(self._searcher, query, count=count, among=among, vector=vector)
        return found + [hit for hit in others if hit.passage.id not in judged]

    def _evidence(self, hits: list[Hit], claim: Claim) -> Iterator[Evidence]:
        sources, files = self.catalog.sources(), inventory.files_by_citekey(self.catalog)
        tags = self.catalog.tags([hit.passage.id for hit in hits])
        order = [criterion.id for criterion in self.framework.criteria]
        for hit in hits:
            passage = hit.passage
            file = files[passage.citekey]
            counting = {tag.criterion for tag, counts in tags[passage.id] if counts}
            yield Evidence(
                passage=passage,
                source=sources[passage.citekey],
                kind=file.kind,
                read=file.read,
                study=file.study,
                criteria=tuple(name for name in order if name in counting),
                judgement=weighing.judge(self.annotations.verdicts.get((passage.id, claim.id), ())),
                score=hit.score,
            )

    # -- what there is --------------------------------------------------------------------------

    def index(self) -> Index:
        """What is searched, what could not be read, and what changed since it was."""
        people = (self._people_digest(), self.framework.digest)
        return inventory.index(self.catalog, self.home, *people)

    def orphans(self) -> list[Problem]:
        """Passages that people annotated and that are no longer in the corpus, a problem each."""
        return inventory.orphans(self.catalog, self.annotations)

    def sources(self, criterion: str | None = None) -> list[SourceSummary]:
        """All sources by citekey, or those with a passage that counts for a criterion."""
        chosen = self.framework.criterion(criterion).id if criterion else None
        return inventory.sources(self.catalog, self.framework, chosen)

    def show(self, name: str) -> list[PassageDetails]:
        """One passage by its id, or all passages of a citekey (none if it has no document).
        Raises UnknownName."""
        return inventory.show(self.catalog, self.annotations, name)


def open_(path: str | Path | None = None) -> KnowledgeBase:
    """The knowledge base at `path`, or the one that contains the current folder. Raises
    NotAKnowledgeBase."""
    return KnowledgeBase(config.find_home(path))
