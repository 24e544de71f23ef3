"""The words of `kb`: small frozen records, read this file first. No I/O happens here.

    references.bib ─▶ Source
    corpus/x.md    ─▶ Document ─▶ Passage ─▶ Tag
    annotations    ─▶ Tag, Verdict            (people's word)
    stance model   ─▶ Opinion                 (where people have not judged, and beside them)
    question       ─▶ Hit ─▶ Evidence ─▶ Answer

Identity: a source is its citekey; a passage is its citekey and the hash of its text, so it keeps
its name when text is added above it. Offsets count Python characters of `Document.text`.
"""

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum


class Stance(StrEnum):
    """What a passage does to a claim."""

    SUPPORTS = "supports"
    CHALLENGES = "challenges"
    NEUTRAL = "neutral"


@dataclass(frozen=True, slots=True)
class Criterion:
    """One criterion of the framework. `indicators` say what a passage about it talks about."""

    id: str
    name: str
    definition: str
    indicators: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Circumstance:
    """A statement that evidence can support or challenge; `aliases` are the words people ask by,
    `questions` examples of how they ask, `opposites` statements against it, to search by."""

    id: str
    criterion: str
    statement: str
    aliases: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    opposites: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """One entry of references.bib.

    `authors` holds family names, or whole corporate names, in order; `citation` is the author-year
    form, told apart by a letter where two entries share it ("Inett (n.d.-a)"); `year` is as
    printed, "" when unknown; `reference` is one plain line for a reader. `check` says what of the
    entry is a guess that a person should look at (its field kb-check), "" for nothing.
    """

    citekey: str
    entry_type: str
    title: str
    authors: tuple[str, ...]
    year: str
    citation: str
    reference: str
    doi: str = ""
    url: str = ""
    note: str = ""
    check: str = ""


@dataclass(frozen=True, slots=True)
class Study:
    """How the source came to know what it says, as its digest or the reader tells."""

    design: str = ""
    setting: str = ""
    country: str = ""
    sample: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and where it starts; `page_label` is the page number printed in the source."""

    start: int
    heading: str
    page_label: str = ""


@dataclass(frozen=True, slots=True)
class Described:
    """What a file says of itself, in its metadata or on its first page; "" or () where it does
    not. `doi` is the DOI alone, without an address."""

    title: str = ""
    authors: tuple[str, ...] = ()
    year: str = ""
    doi: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """The text read from one file.

    `kind` is "digest" (a paraphrase, never to be quoted as the source's words) or "original".
    `read` says what was read to write a digest: full text, partial text, abstract or secondary.
    `blocks` are the (start, end) spans of paragraphs, captions and rows of tables that may become
    passages; `references` the spans of reference lists, which may not: they are no evidence.
    `page_starts` is the offset at which each PDF page begins, empty for formats without pages, and
    `page_labels` what is printed on each. `notices` are what a person should know of the reading,
    one line each ("pages 3-9 have no text: scanned?"); `says` is what the file says of itself.
    """

    citekey: str
    text: str
    kind: str = "original"
    read: str = "full text"
    study: Study = field(default_factory=Study)
    blocks: tuple[tuple[int, int], ...] = ()
    sections: tuple[Section, ...] = ()
    page_starts: tuple[int, ...] = ()
    page_labels: tuple[str, ...] = ()
    references: tuple[tuple[int, int], ...] = ()
    notices: tuple[str, ...] = ()
    says: Described = field(default_factory=Described)


@dataclass(frozen=True, slots=True)
class Locator:
    """Where in its source a passage stands: heading, printed page label, PDF page (from 1)."""

    section: str = ""
    page_label: str = ""
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of a document small enough to embed whole: `document.text[start:end] == text`.

    The text of a passage whose `kind` is "digest" is a paraphrase: never to be quoted as the
    source's words.
    """

    id: str
    citekey: str
    text: str
    start: int
    end: int
    locator: Locator
    tokens: int
    kind: str = "original"


def passage_id(citekey: str, text: str) -> str:
    """The lasting name of a passage: citekey, `#`, 12 hex digits of the SHA-256 of its text."""
    return f"{citekey}#{hashlib.sha256(text.encode()).hexdigest()[:12]}"


@dataclass(frozen=True, slots=True)
class Tag:
    """A passage belongs to a criterion, with a score from 0 to 1 and who says so.

    `by` is a person's name or "model:" and a model's identity.
    """

    passage_id: str
    criterion: str
    score: float
    by: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What `by` says a passage does to a circumstance.

    `claim` is the circumstance's statement as it was judged. `sure` is a person's own word
    ("clear", "arguable" or ""). `quote` is the text judged where the passage is another that holds
    these words, "" where it is the passage itself. What models say is an Opinion.
    """

    passage_id: str
    circumstance: str
    claim: str
    stance: Stance
    by: str
    sure: str = ""
    quote: str = ""


@dataclass(frozen=True, slots=True)
class Opinion:
    """What a model holds a passage to do to a claim.

    `by` is the model's identity. `supports`, `challenges` and `neutral` are probabilities that
    add up to 1, calibrated where `calibrated` says so. `sure` is whether the stance may be shown as
    one: a side from the model's threshold up, or no bearing rather than either side. `start` and
    `end` span the sentence of the passage that decided.
    """

    by: str
    supports: float
    challenges: float
    neutral: float
    sure: bool
    start: int
    end: int
    calibrated: bool = True

    @property
    def stance(self) -> Stance:
        """The most probable stance: no more than a leaning unless `sure`."""
        return max(Stance, key=self.of)

    @property
    def probability(self) -> float:
        """That of the most probable stance."""
        return self.of(self.stance)

    def of(self, stance: Stance) -> float:
        """The probability of a stance."""
        return {
            Stance.SUPPORTS: self.supports,
            Stance.CHALLENGES: self.challenges,
            Stance.NEUTRAL: self.neutral,
        }[stance]


@dataclass(frozen=True, slots=True)
class Judgement:
    """All that people and models say of one passage and claim, weighed into one.

    People come first: where any has judged, `stance` is theirs, and `settled` is False when they
    disagree. Where none has, it is that of the first of the `opinions`, if that is sure, and
    `by_model` is True; None when nobody has judged or the model is not sure. Only what is settled
    by people is counted. `judge` is the phrase shown: "two readers", "one reader", "readers
    disagree", "model", "not sure", "not yet judged". `probability` is the model's, None for people.
    """

    stance: Stance | None
    settled: bool
    judge: str
    sure: str = ""
    probability: float | None = None
    verdicts: tuple[Verdict, ...] = ()
    opinions: tuple[Opinion, ...] = ()

    @property
    def by_model(self) -> bool:
        """Whether the stance is a model's, no person having judged."""
        return self.judge == "model"

    @property
    def unsure(self) -> bool:
        """Whether only a model has looked, and cannot say."""
        return self.judge == "not sure"

    @property
    def contested_by(self) -> Opinion | None:
        """The first sure opinion that takes a side which people do not take; None where there is
        none. That a model sees no bearing where people see one happens too often to be news."""
        if self.by_model or self.stance is None:
            return None
        sides = (Stance.SUPPORTS, Stance.CHALLENGES)
        others = (o for o in self.opinions if o.sure and o.stance in sides)
        return next((o for o in others if o.stance is not self.stance), None)


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found for a question.

    `score` is the fused score from 0 to 1; `meaning` (cosine) and `words` (BM25, higher is
    better) are what it rests on, None where that search did not return the passage;
    `from_meaning` and `from_words` are their shares, which add up to it.
    """

    passage: Passage
    score: float
    meaning: float | None
    words: float | None
    from_meaning: float = 0.0
    from_words: float = 0.0

    def is_near(self, floor: float) -> bool:
        """Whether its cosine is at least `floor`; unknown cosines belong to passages found by
        their words alone, beyond the candidates for meaning."""
        return self.meaning is not None and self.meaning >= floor


@dataclass(frozen=True, slots=True)
class Filters:
    """What a question is narrowed to; what is empty narrows nothing.

    `criterion`: an id; `sources`: citekeys; `years`: first and last year of publication; `kind`:
    "digest" or "original"; `stance`: what people said of a passage, on any circumstance.
    """

    criterion: str = ""
    sources: tuple[str, ...] = ()
    years: tuple[int, int] | None = None
    kind: str = ""
    stance: Stance | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """What is being asked, as a statement, and how it was arrived at.

    `matched_by` is "id", "alias", "meaning", or "claim" (the user's own words; id is then "").
    `score` is the match's confidence from 0 to 1, None where nothing was matched; `near` are then
    the ids of the circumstances that came nearest.
    """

    id: str
    text: str
    criterion: str
    matched_by: str
    score: float | None
    near: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """A passage with everything needed to cite it and to judge how far to trust it.

    `score` is its fused search score from 0 to 1, among the passages that people judged on this
    circumstance or, for the others, among all that were searched. `superseded`: a passage of a
    digest whose original is in the corpus too.
    """

    passage: Passage
    source: Source
    kind: str
    read: str
    study: Study
    criteria: tuple[str, ...]
    judgement: Judgement
    score: float
    superseded: bool = False

    @property
    def text(self) -> str:
        """The passage's text; of a digest, a paraphrase."""
        return self.passage.text

    @property
    def citation(self) -> str:
        """The source in author-year form."""
        return self.source.citation

    @property
    def stance(self) -> Stance | None:
        """What the passage does to the claim, as people hold or, where none has judged, a model
        that is sure; None when not judged, opposed or not sure."""
        return self.judgement.stance

    @property
    def second_hand(self) -> bool:
        """Whether the passage tells of its source through another that cites it. By convention
        the heading over such passages of a digest begins with "Secondary" or "Quoted by"."""
        return self.passage.locator.section.lower().startswith(("secondary", "quoted by"))


@dataclass(frozen=True, slots=True)
class Problem:
    """Something a person should mend: where it is, what is wrong, what to do next."""

    where: str
    what: str
    next_step: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}; {self.next_step}"


@dataclass(frozen=True, slots=True)
class Index:
    """What was searched, and what could not be.

    `recipe` is the digest of how the index was made; `unusable` are files that hold no searchable
    text and why; `stale` names people's files that changed since the build.
    """

    passages: int
    documents: int
    recipe: str
    unusable: tuple[Problem, ...] = ()
    stale: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """Evidence for and against one claim.

    Each group is ordered best first and holds at most the limit asked for. On a side what people
    judged comes before what only a model did, with a limit of its own. `unsure` is what only a
    model has judged and cannot say.
    `totals` counts all items of each group (of the context: those looked at, at least 20 where
    there are so many), `by_model` those of each side that stand there on a model's word.
    `disputed` counts those of each side on which people disagree, and as "opposite" those on which
    they took both sides. `sources` counts the distinct sources behind the settled items of each
    side, of one work or study only one; `same_work` how many are left out for that. `second_hand`
    counts those known only through another source, and `on_both_sides` those that stand on both.
    `considered` is how many passages were weighed; `lost_judgements` how many passages judged on
    this circumstance are no longer in the corpus as they were.
    """

    question: str
    claim: Claim
    filters: Filters
    supporting: tuple[Evidence, ...]
    challenging: tuple[Evidence, ...]
    context: tuple[Evidence, ...]
    unsure: tuple[Evidence, ...]
    considered: int
    totals: dict[str, int]
    disputed: dict[str, int]
    by_model: dict[str, int]
    sources: dict[str, int]
    second_hand: dict[str, int]
    on_both_sides: int
    lost_judgements: int
    index: Index
    same_work: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Two sources on opposite sides of one claim; `nearness` is the cosine of the two passages."""

    claim: Claim
    supporting: Evidence
    challenging: Evidence
    nearness: float


@dataclass(frozen=True, slots=True)
class IndexedFile:
    """A corpus file as it was when last built, `path` relative to the knowledge base; `problem`
    says why it holds no passages. `pages` is 0 for formats without; `notices` are what its reader
    had to say."""

    path: str
    citekey: str
    sha256: str
    size: int
    mtime_ns: int
    kind: str = ""
    read: str = ""
    study: Study = field(default_factory=Study)
    problem: Problem | None = None
    pages: int = 0
    notices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceSummary:
    """A source and what the index holds of it; `file` is its original, or else its digest, None
    when nothing of it is indexed."""

    source: Source
    file: IndexedFile | None
    passages: int
    criteria: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PassageDetails:
    """A passage with all that anyone, person or model, has said of it; the flag of a tag says
    whether it counts."""

    passage: Passage
    source: Source
    file: IndexedFile
    tags: tuple[tuple[Tag, bool], ...]
    verdicts: tuple[Verdict, ...]


@dataclass(frozen=True, slots=True)
class FileOutcome:
    """What became of one document in a build.

    `status` is "added", "updated", "unchanged", "removed" or "failed"; `problem` is set for the
    last. `passages` and `pages` are those of the document, also of one that is unchanged.
    """

    path: str
    citekey: str
    status: str
    passages: int = 0
    pages: int = 0
    problem: Problem | None = None
    notice: str = ""

    @property
    def reason(self) -> str:
        """Why it failed, or what else there is to say of it; "" for nothing."""
        return str(self.problem) if self.problem else self.notice


@dataclass(frozen=True, slots=True)
class Recipe:
    """All that decides what an index holds, besides the files themselves.

    Same bytes and same recipe: nothing to do. A change of `store`, `reader`, `passage_tokens` or
    `embedder` asks for new passages and vectors; one of `tagger`, `framework` or `program`, the
    version of kb, for new tags only.
    """

    store: str
    reader: str
    passage_tokens: int
    embedder: str
    tagger: str
    framework: str
    program: str

    def _digest(self, *parts: object) -> str:
        return hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()[:16]

    @property
    def passages_digest(self) -> str:
        """16 hex digits over what decides passages and vectors."""
        return self._digest(self.store, self.reader, self.passage_tokens, self.embedder)

    @property
    def digest(self) -> str:
        """16 hex digits over the whole recipe."""
        return self._digest(self.passages_digest, self.tagger, self.framework, self.program)
