"""A question asked of an open index: match → search → people's verdicts, a model's opinion → weigh.

question ──▶ filters, circumstance ──▶ judged passages + nearest others ──▶ Evidence ──▶ Answer
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from kb import inventory, match
from kb.annotate import chapter
from kb.consult import Panel, consult, with_opinions_beside, with_second_opinions
from kb.errors import QuestionError, UnknownName
from kb.exporting.annotated import Chapter
from kb.framework import Framework
from kb.records import Answer, Claim, Evidence, Filters, Hit, Index, Judgement
from kb.search import Searcher, check_question, search
from kb.storing.annotations import Annotations
from kb.weigh import Asked, judge, weigh

# How many passages an answer takes from the search, besides all that people have judged.
CONTEXT = 20
EVERYTHING = 10_000  # items a side: more than any circumstance has


@dataclass(frozen=True, slots=True)
class Inquiry:
    """What questions are put to; `threshold` and `floor` as in the settings for matching and
    search, `families` as `weigh` has them."""

    searcher: Searcher
    framework: Framework
    annotations: Annotations
    panel: Panel
    threshold: float
    floor: float
    families: Mapping[str, str] = field(default_factory=dict)

    def ask(
        self,
        question: str,
        index: Index,
        criterion: str | None,
        claim: str | None,
        sources: str | Collection[str],
        limit: int,
        *,
        second_opinions: bool = False,
    ) -> Answer:
        """As KnowledgeBase.ask; `index` is what the answer says of what was searched."""
        answer = self._answer(
            question, index, criterion, claim, sources, limit, max(limit, CONTEXT)
        )
        answer = with_opinions_beside(self.panel, answer, everywhere=second_opinions)
        return with_second_opinions(self.panel, answer) if second_opinions else answer

    def sides(self, claim: str, index: Index, criterion: str | None) -> Answer:
        """All that stands on either side of a claim, a circumstance's id or a statement, among
        what people judged and the passages that an answer would look at."""
        return self._answer(claim, index, criterion, claim, (), EVERYTHING, CONTEXT)

    def chapters(
        self,
        index: Index,
        names: tuple[Collection[str], Collection[str]],
        stances: Collection[str],
        families: Sequence[tuple[str, ...]],
        progress: Callable[[str], None],
    ) -> list[Chapter]:
        """The chapters of an annotated bibliography: of the criteria and the circumstances that
        are named, of all where none is. `progress` is told each circumstance before it is weighed.
        Raises UnknownName."""
        criteria = {self.framework.criterion(name).id for name in names[0]}
        circumstances = {self._circumstance(name) for name in names[1]}
        everything = not criteria and not circumstances
        chapters = []
        for criterion in self.framework.criteria:
            whole = everything or criterion.id in criteria
            answers = []
            for one in self.framework.circumstances:
                if one.criterion == criterion.id and (whole or one.id in circumstances):
                    progress(one.id)
                    answers.append((one, self.sides(one.id, index, None)))
            about = self._about(criterion.id) if whole else []
            if whole or answers:
                chapters.append(chapter(criterion, answers, about, stances, families))
        return chapters

    def _circumstance(self, name: str) -> str:
        found = self.framework.circumstance(name)
        if found is None:
            raise self._no_circumstance(name)
        return found.id

    def _no_circumstance(self, name: str) -> UnknownName:
        known = ", ".join(c.id for c in self.framework.circumstances)
        return UnknownName(f"no circumstance '{name}'; there are: {known}")

    def _about(self, criterion: str) -> list[Evidence]:
        """The passages that count for a criterion, weighed against nothing: as their judge stands
        who says that they are about it."""
        catalog = self.searcher.catalog
        passages = catalog.passages(catalog.ids(criterion) - catalog.superseded())
        tags = catalog.tags(passages.keys())
        sources = catalog.sources({passage.citekey for passage in passages.values()})
        files = inventory.files_of(catalog, sources.keys())
        found = []
        for name, passage in sorted(passages.items()):
            counting = [tag for tag, counts in tags[name] if counts]
            own = [tag for tag in counting if tag.criterion == criterion]
            by_model = all(tag.by.startswith("model:") for tag in own)
            judge = f"about this criterion, say {'the model' if by_model else 'readers'}"
            file = files[passage.citekey, passage.kind]
            found.append(
                Evidence(
                    passage=passage,
                    source=sources[passage.citekey],
                    kind=file.kind,
                    read=file.read,
                    study=file.study,
                    criteria=tuple(sorted({tag.criterion for tag in counting})),
                    judgement=Judgement(stance=None, settled=False, judge=judge),
                    score=max(tag.score for tag in own),
                )
            )
        return found

    def _answer(
        self,
        question: str,
        index: Index,
        criterion: str | None,
        claim: str | None,
        sources: str | Collection[str],
        limit: int,
        count: int,
    ) -> Answer:
        """`limit` items are kept of each group, `count` passages looked at besides those that
        people judged."""
        asked = self._checked(question)
        filters = self._filters(criterion, sources)
        read_as = self._claim(asked, filters, claim)
        judged, lost = self._judged(read_as, filters)
        hits = self._weighable(read_as, asked, filters, judged, count)
        judgeable = bool(read_as.id or claim or match.is_statement(read_as.text))
        evidence = self._evidence(hits, read_as, judgeable)
        return weigh(Asked(asked, read_as, filters, limit, lost, self.families), evidence, index)

    def search(
        self,
        question: str,
        criterion: str | None,
        sources: str | Collection[str],
        mode: str,
        limit: int,
    ) -> list[Hit]:
        """As KnowledgeBase.search."""
        asked = self._checked(question)
        among = self._among(self._filters(criterion, sources))
        passed_over = self.searcher.catalog.superseded()
        count = limit + len(passed_over)
        hits = search(self.searcher, asked, mode=mode, count=count, among=among)
        return [hit for hit in hits if hit.passage.id not in passed_over][:limit]

    def _checked(self, question: str) -> str:
        embedder = self.searcher.embedder
        return check_question(question, embedder.count_tokens, embedder.max_tokens)

    def _filters(self, criterion: str | None, sources: str | Collection[str]) -> Filters:
        """The filters with names as they are spelt. Raises UnknownName for those there are not."""
        citekeys = sorted({sources} if isinstance(sources, str) else set(sources))
        known = self.searcher.catalog.sources(citekeys)
        for citekey in citekeys:
            if citekey not in known:
                raise inventory.unknown_source(self.searcher.catalog, citekey)
        chosen = self.framework.criterion(criterion).id if criterion else ""
        return Filters(chosen, tuple(citekeys))

    def _among(self, filters: Filters) -> set[str] | None:
        """The ids that the filters let through, None when there are none."""
        if not filters.criterion and not filters.sources:
            return None
        return self.searcher.catalog.ids(filters.criterion or None, filters.sources)

    def _claim(self, question: str, filters: Filters, claim: str | None) -> Claim:
        if claim is not None and not claim.strip():
            raise QuestionError("--claim is empty; give a statement, or the id of a circumstance")
        named = self.framework.circumstance((claim or question).strip().rstrip("?"))
        if named and filters.criterion not in ("", named.criterion):
            raise QuestionError(
                f"{named.id} belongs to the criterion '{named.criterion}', not "
                f"'{filters.criterion}'; leave --criterion out"
            )
        if named:
            return match.by_id(named)
        if claim and (stated := match.stated(claim, self.framework)):
            return match.by_id(stated)
        if claim:
            if match.looks_like_an_id(claim):
                raise self._no_circumstance(claim)
            return match.own_claim(self._checked(claim))
        narrowed = self.framework
        if filters.criterion:
            kept = (c for c in narrowed.circumstances if c.criterion == filters.criterion)
            narrowed = replace(narrowed, circumstances=tuple(kept))
        vector = self.searcher.embedder.embed([match.essence(question, narrowed)])[0]
        threshold = self.threshold
        return match.match(question, narrowed, self.searcher.catalog.wordings(), vector, threshold)

    def _judged(self, claim: Claim, filters: Filters) -> tuple[set[str], int]:
        """Ids of the passages that people judged on the circumstance, and how many such passages
        are no longer in the corpus. A criterion's filter does not apply to its own circumstances:
        what was judged on one counts, whatever else the passage is about."""
        if not claim.id:
            return set(), 0
        named = {name for name, of in self.annotations.verdicts if of == claim.id}
        there = self.searcher.catalog.passages(named).keys()
        own = replace(filters, criterion="") if filters.criterion == claim.criterion else filters
        among = self._among(own)
        return set(there if among is None else there & among), len(named) - len(there)

    def _weighable(
        self, claim: Claim, asked: str, filters: Filters, judged: set[str], count: int
    ) -> list[Hit]:
        """All judged passages, and at most `count` others that are near to what was asked; where
        an original is there, its digest has nothing to add but what was judged of it."""
        statement = f"{asked} {claim.text}" if claim.id else claim.text
        embedder = self.searcher.embedder
        if embedder.count_tokens(statement) > embedder.max_tokens:
            statement = claim.text
        query = asked if claim.matched_by == "meaning" else statement
        found = search(self.searcher, statement, count=len(judged), among=judged)
        passed_over = judged | self.searcher.catalog.superseded()
        near = search(
            self.searcher, query, count=count + len(passed_over), among=self._among(filters)
        )
        floor = self.floor
        others = [hit for hit in near if hit.passage.id not in passed_over and hit.is_near(floor)]
        return found + others[:count]

    def _evidence(self, hits: list[Hit], claim: Claim, judgeable: bool) -> Iterator[Evidence]:
        """If the claim is `judgeable`, a statement, the model is asked about what no person has
        judged."""
        citekeys = {hit.passage.citekey for hit in hits}
        sources = self.searcher.catalog.sources(citekeys)
        files = inventory.files_of(self.searcher.catalog, citekeys)
        tags = self.searcher.catalog.tags([hit.passage.id for hit in hits])
        order = [criterion.id for criterion in self.framework.criteria]
        of = self.annotations.verdicts
        verdicts_on = {hit.passage.id: of.get((hit.passage.id, claim.id), ()) for hit in hits}
        open_ = [
            hit.passage
            for hit in hits
            if all(verdict.claim != claim.text for verdict in verdicts_on[hit.passage.id])
        ]
        said = consult(self.panel, claim.text, open_ if judgeable else [])
        for hit in hits:
            passage = hit.passage
            file = files[passage.citekey, passage.kind]
            counting = {tag.criterion for tag, counts in tags[passage.id] if counts}
            verdicts = verdicts_on[passage.id]
            yield Evidence(
                passage=passage,
                source=sources[passage.citekey],
                kind=file.kind,
                read=file.read,
                study=file.study,
                criteria=tuple(name for name in order if name in counting),
                judgement=judge(verdicts, claim.text, said.get(passage.id, ())),
                score=hit.score,
                superseded=passage.kind == "digest" and (passage.citekey, "original") in files,
            )
