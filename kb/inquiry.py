"""A question asked of an open index: match → search → people's verdicts, a model's opinion → weigh.

question ──▶ filters, circumstance ──▶ judged passages + nearest others ──▶ Evidence ──▶ Answer
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from kb import inventory, match
from kb.consult import Panel, consult, with_opinions_beside, with_second_opinions
from kb.errors import QuestionError, UnknownName
from kb.expand import denial
from kb.framework import Framework
from kb.records import Answer, Claim, Evidence, Filters, Hit, Index, Stance
from kb.search import Query, Searcher, as_query, check_question, search
from kb.storing.annotations import Annotations
from kb.weigh import Asked, judge, weigh

# How many passages an answer takes from the search, besides all that people have judged.
CONTEXT = 20
PER_SOURCE = 3  # of these, before all other sources have had theirs
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
        filters: Filters,
        claim: str | None,
        limit: int,
        *,
        second_opinions: bool = False,
    ) -> Answer:
        """As KnowledgeBase.ask; `index` is what the answer says of what was searched."""
        answer = self._answer(question, index, filters, claim, limit, max(limit, CONTEXT))
        answer = with_opinions_beside(self.panel, answer, everywhere=second_opinions)
        return with_second_opinions(self.panel, answer) if second_opinions else answer

    def sides(self, claim: str, index: Index, filters: Filters) -> Answer:
        """All that stands on either side of a claim, a circumstance's id or a statement, among
        what people judged and the passages that an answer would look at."""
        return self._answer(claim, index, filters, claim, EVERYTHING, CONTEXT)

    def _answer(
        self,
        question: str,
        index: Index,
        filters: Filters,
        claim: str | None,
        limit: int,
        count: int,
    ) -> Answer:
        """`limit` items are kept of each group, `count` passages looked at besides those that
        people judged."""
        asked = self._checked(question)
        filters = self._known(filters)
        read_as = self._claim(asked, filters, claim)
        judged, lost = self._judged(read_as, filters)
        hits = self._weighable(read_as, asked, filters, judged, count)
        judgeable = bool(read_as.id or claim or match.is_statement(read_as.text))
        evidence = self._evidence(hits, read_as, judgeable)
        return weigh(Asked(asked, read_as, filters, limit, lost, self.families), evidence, index)

    def search(
        self, question: str, filters: Filters, mode: str, limit: int, per_source: int
    ) -> list[Hit]:
        """As KnowledgeBase.search."""
        asked = self._checked(question)
        among = self._among(self._known(filters))
        quoting = self.searcher.catalog.ids_with_phrases(asked)
        if quoting is not None:
            among = quoting if among is None else among & quoting
        return search(
            self.searcher,
            [as_query(self.searcher, asked, mode)],
            mode=mode,
            count=limit,
            among=among,
            without=self.searcher.catalog.superseded(),
            per_source=per_source,
        )

    def candidates(self, circumstance: str, limit: int) -> list[Hit]:
        """As KnowledgeBase.candidates."""
        claim = self._claim(circumstance, Filters(), circumstance)
        queries = self._queries(claim, claim.text)
        return search(self.searcher, queries, count=limit, per_source=PER_SOURCE)

    def judged_sides(self) -> dict[str, dict[Stance, set[str]]]:
        """As KnowledgeBase.judged_sides."""
        found: dict[str, dict[Stance, set[str]]] = {}
        ids = self.searcher.catalog.ids()
        for stance in (Stance.SUPPORTS, Stance.CHALLENGES):
            for name, circumstance in self._judged_as(stance):
                if name in ids:
                    of = found.setdefault(circumstance, {s: set() for s in Stance})
                    of[stance].add(name)
        return found

    def _checked(self, question: str) -> str:
        embedder = self.searcher.embedder
        return check_question(question, embedder.count_tokens, embedder.max_tokens)

    def _known(self, filters: Filters) -> Filters:
        """The filters with names as they are spelt. Raises UnknownName for those there are not."""
        known = self.searcher.catalog.sources(filters.sources)
        for citekey in filters.sources:
            if citekey not in known:
                raise inventory.unknown_source(self.searcher.catalog, citekey)
        if not filters.criterion:
            return filters
        return replace(filters, criterion=self.framework.criterion(filters.criterion).id)

    def _among(self, filters: Filters) -> set[str] | None:
        """The ids that the filters let through, None when there are none."""
        if filters == Filters():
            return None
        among = self.searcher.catalog.ids(filters)
        if filters.stance is None:
            return among
        return among & {name for name, _ in self._judged_as(filters.stance)}

    def _judged_as(self, stance: Stance) -> list[tuple[str, str]]:
        """Passage and circumstance of which people say this, as the circumstance is stated now."""
        statements = {c.id: c.statement for c in self.framework.circumstances}
        return [
            (name, circumstance)
            for (name, circumstance), verdicts in self.annotations.verdicts.items()
            if judge(verdicts, statements.get(circumstance, "")).stance is stance
        ]

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
                known = ", ".join(c.id for c in self.framework.circumstances)
                raise UnknownName(f"no circumstance '{claim}'; there are: {known}")
            return match.own_claim(self._checked(claim))
        narrowed = self.framework
        if filters.criterion:
            kept = (c for c in narrowed.circumstances if c.criterion == filters.criterion)
            narrowed = replace(narrowed, circumstances=tuple(kept))
        vector = self.searcher.embedder.embed([match.essence(question, narrowed)])[0]
        wordings, weights = self.searcher.catalog.wordings(), self.searcher.catalog.intents()
        return match.match(question, narrowed, wordings, weights, vector, self.threshold)

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
        """All judged passages, and at most `count` others that are near to the claim or to what
        would be said against it; where an original is there, its digest has nothing to add but
        what was judged of it."""
        queries = self._queries(claim, asked)
        found = search(self.searcher, queries, count=len(judged), among=judged)
        near = search(
            self.searcher,
            queries,
            count=count,
            among=self._among(filters),
            without=judged | self.searcher.catalog.superseded(),
            per_source=PER_SOURCE,
        )
        return found + [hit for hit in near if hit.is_near(self.floor)]

    def _queries(self, claim: Claim, asked: str) -> list[Query]:
        """What was asked in people's own words, and what is searched for on the circumstance that
        it was read as; of a statement of their own, that and its denial."""
        known = [Query(*pair) for pair in self.searcher.catalog.searches(claim.id)]
        if known:
            texts = [asked] if claim.matched_by == "meaning" else []
        elif match.is_statement(claim.text):
            texts = [claim.text, denial(claim.text)]
        else:
            # "What is co-production?" has nothing left without the topic.
            return [as_query(self.searcher, claim.text)]
        fits = self.searcher.embedder.max_tokens
        own = [match.essence(text, self.framework) for text in texts]
        fitting = [text for text in own if self.searcher.embedder.count_tokens(text) <= fits]
        return [*(as_query(self.searcher, text) for text in fitting), *known]

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
