"""A knowledge base: opens the parts that kb.toml names, each on first use, and chains the verbs.

build      files → index
ask        question → claim → hits + people's verdicts → answer
search     question → hits
map, gaps  all circumstances → where evidence is thick, thin, contested or missing
sources, show, criteria: what there is
"""

import hashlib
import secrets
import shutil
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import asdict, replace
from datetime import date
from functools import cache, cached_property, partial
from pathlib import Path

from kb import build as building
from kb import (
    config,
    erasing,
    expand,
    framework,
    gaps,
    handwritten,
    inventory,
    match,
    starters,
    survey,
)
from kb.consult import Panel, SecondOpinion, consult, kept
from kb.contradictions import contradictions
from kb.embedding import EMBEDDERS, Embedder
from kb.errors import ConfigError, IndexUnusable, QuestionError, StorageError, storage_error
from kb.exporting.annotated import STANCES, Bibliography
from kb.inquiry import Inquiry
from kb.judging import JUDGES, Judge
from kb.lookup import resolve
from kb.maps import EvidenceMap, Gap
from kb.reading import VERSION as READER_VERSION
from kb.reading import corpus
from kb.reading.isolation import Limits
from kb.records import (
    Answer,
    Contradiction,
    FileOutcome,
    Filters,
    Hit,
    Index,
    Opinion,
    Passage,
    PassageDetails,
    Problem,
    Recipe,
    Source,
    SourceSummary,
    Stance,
)
from kb.reports import Row, StanceReport, TaggedRow, TagsReport
from kb.search import Searcher
from kb.storing import VECTOR_STORES, Vectors, VectorStore, anchoring, annotations, lines
from kb.storing.annotations import Annotations
from kb.storing.catalog import Catalog
from kb.storing.lock import FOLDER, writing
from kb.storing.opinions import Opinions
from kb.tagging import TAGGERS, Tagger, learned
from kb.version import __version__


class KnowledgeBase:
    """The knowledge base rooted at `home`, a folder that holds kb.toml. Several threads may ask it;
    their questions are answered one after the other."""

    patience: float = 0.0
    """Seconds to wait where another process is writing."""
    waiting: Callable[[str], None] = staticmethod(lambda _: None)
    """Told once, where it has to wait, for whom."""

    def __init__(
        self, home: Path, settings: config.Settings | None = None, criteria: Path | None = None
    ) -> None:
        self.home = home
        self._criteria = criteria or home / "criteria.yaml"
        self._stamps: list[tuple[int, int, int]] = []
        self._turn = threading.RLock()
        self._writer = 0
        self._building = False
        self.settings = settings or config.load(home / config.FILENAME)

    @classmethod
    def empty(cls, home: Path) -> "KnowledgeBase":
        """One with the default settings, the framework that ships and nothing in it, for what needs
        its models alone."""
        return cls(home, config.Settings(), starters.place("co-production") / "criteria.yaml")

    @classmethod
    def unsettled(cls, home: Path) -> "KnowledgeBase":
        """The one at `home` with the default settings, for when its own cannot be read."""
        return cls(home, config.Settings())

    # -- the parts, each on first use -----------------------------------------------------------

    @cached_property
    def framework(self) -> framework.Framework:
        return framework.load(self._criteria)

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
    def tagger(self) -> Tagger:
        """The tagger that kb.toml names, and over it what `kb learn` has kept."""
        return learned.over(self.untaught_tagger, self.framework, self.embedder, self.index_folder)

    @property
    def untaught_tagger(self) -> Tagger:
        """The tagger that kb.toml names, as it came."""
        make = resolve(self.settings.tagging.tagger, TAGGERS, "tagger")
        tagger: Tagger = make(self.framework, self.embedder)
        return tagger

    @property
    def has_learnt(self) -> bool:
        """Whether anything that `kb learn` found is kept."""
        return (self.index_folder / learned.FILE).exists()

    @property
    def tag_thresholds(self) -> list[float]:
        """The scores from which the tagger's tags are kept, one a criterion."""
        of_all = self.settings.tagging.threshold
        return [of_all or round(of_one, 4) for of_one in self.tagger.thresholds.tolist()]

    @cached_property
    def judge(self) -> Judge | None:
        """The stance model; None where kb.toml wants people's word alone."""
        chosen = self.settings.judging
        if chosen.judge == "none":
            return None
        judge: Judge = resolve(chosen.judge, JUDGES, "judge")(chosen.model)
        return judge

    @cached_property
    def _panel(self) -> Panel:
        judge = self.judge
        threshold = self.settings.judging.threshold or (judge.threshold if judge else 1.0)
        return Panel(judge, threshold, self._second, Opinions(self.opinions_path))

    @property
    def _second(self) -> SecondOpinion | None:
        chosen = self.settings.second_opinion
        if not chosen.endpoint:
            return None
        from kb.judging.llm import LanguageModel

        return LanguageModel(chosen.endpoint, chosen.model, chosen.key_variable, chosen.seconds)

    @cached_property
    def vectors(self) -> VectorStore:
        return self._open_vectors(self.catalog)

    @property
    def vectors_folder(self) -> Path:
        """Where the vectors of the index are."""
        return self._vectors_folder(self.catalog)

    def _vectors_folder(self, catalog: Catalog, birth: str = "") -> Path:
        """The folder of the vectors that belong to `catalog`, or to one of another `birth`."""
        kind = self.settings.storing.vectors.rpartition(":")[2].lower()
        return self.index_folder / f"{kind}-{birth or catalog.fact('birth')}"

    def _open_vectors(self, catalog: Catalog) -> VectorStore:
        store = resolve(self.settings.storing.vectors, VECTOR_STORES, "vector store")
        folder = self._vectors_folder(catalog)
        opened: VectorStore = store(folder, self.recipe.passages_digest, self.embedder.dimension)
        return opened

    @cached_property
    def catalog(self) -> Catalog:
        """The catalogue to read from. Raises IndexUnusable unless a build has once finished it
        with the recipe that kb.toml asks for; while a later build works on it, it can be read."""
        catalog = Catalog.open_to_read(self.catalog_path)
        recipe, passages = catalog.fact("recipe"), catalog.fact("passages")
        if not recipe or passages != self.recipe.passages_digest:
            catalog.close()
        if not recipe:
            raise IndexUnusable(
                f"{self.catalog_path}: the index was never finished; finish it with: kb build"
            )
        if passages != self.recipe.passages_digest:
            raise IndexUnusable(
                f"{self.catalog_path}: the index was made with another model or other settings "
                f"than kb.toml names ({self.recipe.embedder}); make it anew with: kb build"
            )
        return catalog

    @cached_property
    def annotations(self) -> annotations.Annotations:
        return annotations.load(self.home / "annotations.jsonl")

    @cached_property
    def judgements(self) -> Annotations:
        """The same, each under the passage that has its words now. Where a text was edited or is
        in another file, that has another id than the one that was judged."""
        return anchoring.anchored(self.annotations, self.catalog.anchors())

    @cached_property
    def families(self) -> list[tuple[str, ...]]:
        """Citekeys of sources that are one work or study: what seems so, as people have corrected
        it."""
        return self._families(self.annotations)

    def _families(self, annotated: Annotations) -> list[tuple[str, ...]]:
        told = {pair: together for pair, (together, _) in annotated.families.items()}
        found = [(first, second) for first, second, _, _ in self.catalog.links()]
        if not told and not found:
            return []
        from kb.referencing import families  # what it compares with, most questions do without

        known = self.catalog.sources({key for pair in told for key in pair})
        there = {pair: told[pair] for pair in told if known.keys() >= set(pair)}
        return families.families(found, there)

    @cached_property
    def recipe(self) -> Recipe:
        threshold = self.settings.tagging.threshold
        return Recipe(
            store=self.settings.storing.vectors,
            reader=READER_VERSION,
            passage_tokens=self.settings.passages.max_tokens,
            embedder=self.embedder.identity,
            tagger=self.tagger.identity + (f"@{threshold}" if threshold else ""),
            framework=self.framework.digest,
            program=__version__,
        )

    @property
    def index_folder(self) -> Path:
        return self.home / FOLDER

    @property
    def catalog_path(self) -> Path:
        return self.index_folder / "catalog.sqlite3"

    @property
    def opinions_path(self) -> Path:
        """What models have said before; need not be there."""
        return self.index_folder / "opinions.sqlite3"

    @property
    def _afresh_path(self) -> Path:
        """The catalogue that is to take its place."""
        return self.index_folder / "afresh.sqlite3"

    @cached_property
    def _inquiry(self) -> Inquiry:
        passages, _ = self.catalog.count()
        # Looked for before it is opened: opening would make an empty one.
        there = self._vectors_folder(self.catalog).exists()
        if passages and (not there or len(self.vectors) < passages):
            raise IndexUnusable(
                f"{self.index_folder}: vectors are missing; make the index anew with: "
                "kb build --afresh"
            )
        chosen = self.settings.search
        return Inquiry(
            searcher=Searcher(
                self.catalog, self.vectors, self.embedder, chosen.meaning_weight, chosen.candidates
            ),
            framework=self.framework,
            annotations=self.judgements,
            panel=self._panel,
            threshold=self.settings.matching.threshold,
            floor=chosen.floor,
            families=_by_member(self.families),
        )

    # -- building -------------------------------------------------------------------------------

    @property
    def has_index(self) -> bool:
        """Whether a build has ever finished here (with any recipe)."""
        try:
            catalog = Catalog.open_to_read(self.catalog_path)
        except IndexUnusable:
            return False
        try:
            return bool(catalog.fact("recipe"))
        finally:
            catalog.close()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the right to change the index, references.bib and corpus/, which one process and one
        thread has at a time; what that does within may ask for it again. Raises StorageError
        naming the other writer, after waiting for it with `patience`."""
        me = threading.get_ident()
        if self._writer == me:
            yield
            return
        with writing(self.index_folder, wait=self.patience, tell=self.waiting):
            self._writer = me
            try:
                yield
            finally:
                self._writer = 0

    def build(
        self, *, afresh: bool = False, may_drop: bool = False, withdrawn: Collection[str] = ()
    ) -> Iterator[FileOutcome]:
        """Bring the index up to date, one FileOutcome per corpus file as it is done. `afresh` makes
        another beside it, which takes its place when it is done. That most files are gone is an
        error unless it `may_drop` them; those of sources that are `withdrawn` are no loss. What
        `forget` has begun is finished. Raises KbError; what people wrote is only ever read."""
        with self.writing():
            if self._building:
                raise StorageError(f"{self.index_folder}: a build of this program is not done yet")
            self._building = True
            try:
                owed = self.owed
                known = {*withdrawn, *owed}
                yield from self._build(afresh, may_drop, known, teach=not (afresh or owed))
                if owed:
                    self._erase(owed)
                    erasing.paid(self.index_folder)
            finally:
                self._building = False

    def _build(
        self, afresh: bool, may_drop: bool, withdrawn: Collection[str], *, teach: bool
    ) -> Iterator[FileOutcome]:
        """What was learnt goes unless it is to `teach` the tagger."""
        from kb.reading import bibliography  # its parser costs a tenth of every start

        if not teach:
            self._unlearn()
        self.close()
        with suppress(OSError):  # what cannot be removed there does no harm
            handwritten.sweep(self.home)
        # Digests before contents: a file that changes in between is read again by the next build.
        people = self._people_digest()
        sources = bibliography.load(self.home / "references.bib")
        annotated, recipe = self.annotations, self.recipe
        place = self.catalog_path
        catalog = Catalog.open_anew(self._afresh_path) if afresh else Catalog.open_to_write(place)
        vectors_folder = self._vectors_folder(catalog)
        essence = partial(match.essence, framework=self.framework)
        open_vectors = cache(lambda: self._open_vectors(catalog))
        try:
            shop = building.Workshop(
                home=self.home,
                limits=Limits(**asdict(self.settings.reading)),
                catalog=catalog,
                vectors_exist=vectors_folder.exists(),
                open_vectors=open_vectors,
                embedder=self.embedder,
                tagger=self.tagger,
                framework=self.framework,
                sources=sources,
                annotations=annotated,
                recipe=recipe,
                people=people,
                wordings=match.wordings(self.framework),
                searches=list(expand.searches(self.framework.circumstances, essence)),
                tag_thresholds=self.tag_thresholds,
            )
            yield from building.build(shop, may_drop, withdrawn)
        finally:
            if open_vectors.cache_info().currsize:
                open_vectors().close()
            catalog.close()
        if afresh:
            Catalog.put_in_place(self._afresh_path, place)
            erasing.clear(self.index_folder, {place, vectors_folder})
        else:
            self._remove_strays(vectors_folder)

    def _remove_strays(self, vectors: Path) -> None:
        """Vectors of earlier catalogues, or of one that was never done. Other folders, such as what
        services answered, are nobody's stray."""
        for path in self.index_folder.glob("*-????????"):
            if path.is_dir() and path != vectors:
                shutil.rmtree(path, ignore_errors=True)
        Catalog.remove(self._afresh_path)

    def _unlearn(self) -> None:
        path = self.index_folder / learned.FILE
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise storage_error(error, path) or error from None

    def owe_erasure(self, citekeys: Collection[str]) -> None:
        """Have the next build, whatever comes before it, leave no byte of these sources in the
        files of the index that is not of files and entries that there are then, nothing that
        models said of them, and nothing that may have been learnt from them. Raises KbError."""
        with self.writing():
            erasing.owe(self.index_folder, citekeys)

    @property
    def owed(self) -> list[str]:
        """The citekeys of sources whose erasure is not finished."""
        return erasing.owed(self.index_folder)

    def _erase(self, citekeys: Collection[str]) -> None:
        """Stores and databases keep what was deleted from them: write them anew. What is indexed
        stays, without being embedded again."""
        self.close()
        birth = secrets.token_hex(4)
        with (
            closing(Catalog.open_to_write(self.catalog_path)) as catalog,
            closing(self._open_vectors(catalog)) as old,
        ):
            anew = self._vectors_folder(catalog, birth)
            kind = self.settings.storing.vectors
            erasing.carry_over(catalog, old, kind, anew, self.recipe.passages_digest)
            with catalog.transaction():
                catalog.note("birth", birth)
            catalog.write_anew()
        Opinions(self.opinions_path).forget(citekeys)
        erasing.clear(self.index_folder, {self.catalog_path, self.opinions_path, anew})

    def mend(self) -> list[str]:
        """Put right what a run that was stopped has left half-written in people's files; a line on
        each such file, for them to read. Raises StorageError."""
        path = self.home / "annotations.jsonl"
        if not lines.mend(path):
            return []
        kept = handwritten.backup(path).name
        return [
            f"{path.name}: the last line was cut off, as when the power fails, and is taken out; "
            f"the file as it was is {kept}"
        ]

    def close(self) -> None:
        """Close the files of the index; what is asked next opens them anew."""
        with self._turn:
            for name in ("vectors", "catalog"):
                if name in self.__dict__:
                    self.__dict__[name].close()
            read = ("annotations", "judgements", "families", "framework", "recipe", "tagger")
            for name in ("vectors", "catalog", "_inquiry", *read):
                self.__dict__.pop(name, None)

    @contextmanager
    def reading(self) -> Iterator[None]:
        """One thread at a time, and one state of the index, whatever another process commits: what
        has changed since the last question, there or in people's files, is opened anew. What is
        asked within another such question is part of it."""
        with self._turn, ExitStack() as held:
            if not ("catalog" in self.__dict__ and self.catalog.in_snapshot):
                while True:
                    self._renew()
                    held.enter_context(self.catalog.snapshot())
                    if self._stamps == self._stamps_now():
                        break
                    held.close()  # a build has committed just before we held its catalogue
            yield

    def _renew(self) -> None:
        """Another process may have built, or a person have written, since the last question."""
        stamps = self._stamps_now()
        if stamps != self._stamps:
            self.close()
            self._stamps = stamps

    def _stamps_now(self) -> list[tuple[int, int, int]]:
        people = ("annotations.jsonl", "criteria.yaml")
        derived = [self.catalog_path, self.index_folder / learned.FILE]
        return [_stamp(path) for path in (*derived, *(self.home / name for name in people))]

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
        sources: str | Collection[str] = (),
        years: tuple[int, int] | None = None,
        kind: str = "",
        limit: int = 5,
        explain: bool = False,
    ) -> Answer:
        """What supports and what challenges the circumstance that is asked about.

        `claim` is a circumstance's id or a statement to weigh instead of reading the question;
        `criterion`, `sources` (citekeys), `years` (first and last) and `kind` ("digest",
        "original") narrow what is considered; at most `limit` items a group. `explain` asks for
        second opinions too, if kb.toml names whom. Raises KbError for an unknown name, an empty
        question or an index not to be used.
        """
        with self.reading():
            return self._inquiry.ask(
                question,
                self._index(),
                _filters(criterion, sources, years, kind),
                claim,
                limit,
                second_opinions=explain,
            )

    def search(
        self,
        question: str,
        *,
        criterion: str | None = None,
        sources: str | Collection[str] = (),
        years: tuple[int, int] | None = None,
        kind: str = "",
        stance: Stance | None = None,
        mode: str = "both",
        limit: int = 10,
        per_source: int = 0,
    ) -> list[Hit]:
        """The passages nearest to a question, judged or not, best first. Filters as for `ask`;
        `stance` keeps what people gave it on any circumstance. `per_source` passages of a source
        come before the others of it, which follow behind all sources; 0 for no such rule."""
        with self.reading():
            filters = _filters(criterion, sources, years, kind, stance)
            return self._inquiry.search(question, filters, mode, limit, per_source)

    def candidates(self, circumstance: str, limit: int) -> list[Hit]:
        """The passages that an answer on a circumstance would look at if nobody had judged any,
        best first. Raises UnknownName."""
        with self.reading():
            return self._inquiry.candidates(circumstance, limit)

    def judged_sides(self) -> dict[str, dict[Stance, set[str]]]:
        """Circumstance → side → ids of the passages that people put on it, of those there are;
        only circumstances that have any."""
        with self.reading():
            return self._inquiry.judged_sides()

    def contradictions(
        self,
        *,
        criterion: str | None = None,
        claim: str | None = None,
        limit: int = 5,
        progress: Callable[[str], None] = lambda _: None,
    ) -> list[Contradiction]:
        """Pairs of sources on opposite sides, at most `limit` for each circumstance: of one claim
        (a circumstance's id or a statement), of one criterion's circumstances, or of all.
        `progress` is told each claim before it is weighed. Raises KbError for an unknown name."""
        found = []
        with self.reading():
            named = self.framework.criterion(criterion).id if criterion else ""
            claims = (
                [claim]
                if claim is not None
                else [c.id for c in self.framework.circumstances if named in ("", c.criterion)]
            )
            index = self._index()
            for asked in claims:
                progress(asked)
                answer = self._inquiry.sides(asked, index, Filters(criterion or ""))
                found += contradictions(answer, self.vectors.get, limit)
        return found

    # -- the whole of it ------------------------------------------------------------------------

    def map(
        self, *, by: str = "", criterion: str | None = None, since: str | Path = ""
    ) -> EvidenceMap:
        """Where evidence is thick, thin, contested or missing: for each circumstance the sources
        that support it, challenge it or do both, as people judged; what models have said before
        stands beside, and none is asked. `by` splits sources by "design", "year", "setting",
        "keywords" or one keyword. `since` is a date (ISO; what had been judged before it) or an
        earlier map kept as .csv or .json: the map says what changed. Raises KbError."""
        with self.reading():
            drawn = survey.draw(self._field(self.judgements, self.families), by, criterion)
            if not since:
                return drawn
            moment = survey.moment(str(since))
            if moment is None:
                return survey.compared(drawn, survey.read(str(since)))
            then = annotations.load(self.home / "annotations.jsonl", moment)
            there = anchoring.anchored(then, self.catalog.anchors())
            before = survey.draw(self._field(there, self._families(then)), by, criterion)
            return survey.compared(drawn, survey.earlier(before, str(since)))

    def gaps(self, *, least: int = 3, years: int = 10, criterion: str | None = None) -> list[Gap]:
        """What is missing from the evidence, the most serious first: circumstances with fewer than
        `least` independent sources, one side only, nothing of the last `years`, no study, or
        only abstracts read. Raises KbError for an unknown criterion."""
        return gaps.gaps(self.map(criterion=criterion), least, date.today().year - years)

    def _field(self, annotated: Annotations, families: list[tuple[str, ...]]) -> survey.Field:
        asked_before = self.opinions_path.is_file()
        return survey.Field(
            catalog=self.catalog,
            framework=self.framework,
            annotations=annotated,
            index=self._index(),
            panel=self._panel if asked_before else None,
            families=_by_member(families),
        )

    # -- what the models say, whatever people say ----------------------------------------------

    def opinions(
        self, claim: str, passages: Sequence[Passage], *, ask: bool = True
    ) -> dict[str, Opinion]:
        """The stance model's opinion on each passage, by id; where kb.toml names no model, none.
        Unless it is to `ask`, only what was said before and kept. Raises ModelError."""
        if not ask:
            return kept(self._panel, claim, {passage.id for passage in passages})
        return {name: of[0] for name, of in consult(self._panel, claim, passages).items()}

    def tag_scores(self, ids: Sequence[str]) -> Vectors:
        """(n, criteria) scores from 0 to 1 that the tagger gives passages of the index; columns as
        in the framework. A tag is kept from `tag_thresholds` up."""
        passages = self.catalog.passages(ids)
        texts = [passages[name].text for name in ids]
        return self.tagger.score(texts, self.vectors.get(list(ids)))

    def bibliography(
        self,
        *,
        criteria: Collection[str] = (),
        circumstances: Collection[str] = (),
        stances: Collection[str] = STANCES,
        people_only: bool = False,
        progress: Callable[[str], None] = lambda _: None,
    ) -> Bibliography:
        """An annotated bibliography of these criteria and circumstances, or of all; of the groups
        in `stances`. Each circumstance is answered as by `ask`; with `people_only` no model is
        asked, so that only people's word is in it. `progress` is told each circumstance before it
        is weighed; what models say is kept, so that one that was stopped goes on. Raises KbError
        for an unknown name or an index not to be used."""
        if unknown := sorted(set(stances) - set(STANCES)):
            raise QuestionError(f"no stance '{unknown[0]}'; there are: {', '.join(STANCES)}")
        from kb import compiling  # its parser costs a tenth of every start

        order = compiling.Order(tuple(criteria), tuple(circumstances), tuple(stances))
        with self.reading():
            inquiry = self._inquiry
            if people_only:
                inquiry = replace(inquiry, panel=replace(inquiry.panel, judge=None))
            return compiling.bibliography(inquiry, order, self._index(), self.home, progress)

    # -- how good the models are ----------------------------------------------------------------

    def evaluate_stance(
        self, rows: list[Row], progress: Callable[[int], None] = lambda _: None
    ) -> StanceReport:
        """How well this knowledge base's stance model judges labelled rows; `progress` is told how
        many are done. Raises KbError when kb.toml names no model."""
        if not rows:
            raise QuestionError("no rows to evaluate; give some")
        from kb.evaluating import stance  # numpy, which most commands do without

        said = []
        for opinion in stance.judge_rows(self._named_judge, self._panel.threshold, rows):
            said.append(opinion)
            progress(len(said))
        return self.measure_stance(rows, said)

    def measure_stance(self, rows: list[Row], said: list[Opinion]) -> StanceReport:
        """The same, of what the model has said of these rows, at least one, already."""
        from kb.evaluating import stance  # as above

        return stance.report(self._named_judge, self._panel.threshold, rows, said)

    @property
    def _named_judge(self) -> Judge:
        if self.judge is None:
            raise ConfigError(
                f"{self.home / config.FILENAME}: judging.judge is 'none', so there is no model to "
                "evaluate; name one"
            )
        return self.judge

    def evaluate_tags(
        self, rows: list[TaggedRow], progress: Callable[[int], None] = lambda _: None
    ) -> TagsReport:
        """How well this knowledge base's tagger tells what labelled texts are about; `progress` is
        told how many are done. Raises KbError."""
        if not rows:
            raise QuestionError("no rows to evaluate; give some")
        from kb.evaluating import tags

        limit = self.settings.passages.max_tokens
        count = building.counter(self.embedder, limit)
        said: list[Vectors] = []
        for part in tags.scores(self.tagger, self.embedder.embed, rows, count, limit):
            said.append(part)
            progress(sum(map(len, said)))
        ids = [criterion.id for criterion in self.framework.criteria]
        return tags.report(self.tagger, ids, self.tag_thresholds, rows, said)

    # -- what there is --------------------------------------------------------------------------

    def index(self) -> Index:
        """What is searched, what could not be read, and what changed since it was."""
        with self.reading():
            return self._index()

    def _index(self) -> Index:
        now = {"people": self._people_digest(), "recipe": self.recipe.digest}
        return inventory.index(self.catalog, self.home, now)

    def problems(self) -> list[Problem]:
        """Judgements that count for nothing, because what they are about is gone or unknown."""
        with self.reading():
            return inventory.problems(self.catalog, self.framework, self.annotations)

    def sources(self, criterion: str | None = None) -> list[SourceSummary]:
        """All sources by citekey, or those with a passage that counts for a criterion."""
        with self.reading():
            chosen = self.framework.criterion(criterion).id if criterion else None
            return inventory.sources(self.catalog, self.framework, chosen)

    def show(self, name: str) -> tuple[Source, list[PassageDetails]]:
        """A source and one passage, by the passage's id, or all of its passages (none if it has
        no document), by its citekey. An id that is gone stands for the passage that has its
        words, if it was judged. Raises UnknownName."""
        with self.reading():
            there = self.catalog.anchors().get(name, name)
            return inventory.show(self.catalog, self.judgements, there)


def _by_member(families: list[tuple[str, ...]]) -> dict[str, str]:
    """The family of each citekey that is in one, named by its first."""
    return {key: family[0] for family in families for key in family}


def _filters(
    criterion: str | None,
    sources: str | Collection[str],
    years: tuple[int, int] | None = None,
    kind: str = "",
    stance: Stance | None = None,
) -> Filters:
    citekeys = {sources} if isinstance(sources, str) else set(sources)
    return Filters(criterion or "", tuple(sorted(citekeys)), years, kind, stance)


def _stamp(path: Path) -> tuple[int, int, int]:
    """Changes when a file does."""
    try:
        about = path.stat()
    except OSError:
        return 0, 0, 0
    return about.st_ino, about.st_mtime_ns, about.st_size


def home_of(path: str | Path | None = None) -> Path:
    """The folder of the knowledge base that `open_` opens. Raises NotAKnowledgeBase."""
    return config.find_home(path)


def open_(path: str | Path | None = None) -> KnowledgeBase:
    """The knowledge base at `path`, or the one that contains the current folder. Raises
    NotAKnowledgeBase."""
    return KnowledgeBase(home_of(path))
