"""A person's word on a passage → a line of annotations.jsonl, on disk on return.

Each line holds who, when, the words judged, the framework's digest, and what the model said at that
time. A line counts from then on, also after one with a later time: clocks differ.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from kb.errors import KbError, UnknownName
from kb.knowledge_base import KnowledgeBase
from kb.records import Circumstance, Label, Opinion, Passage, Stance
from kb.storing import annotations, lines
from kb.storing.lines import Row

Thing = tuple[str, str, str]  # kind of line, passage id, criterion or circumstance ("" for neither)

TAGS, TAG, VERDICT = "tags", "tag", "verdict"


class Pen:
    """Writes down what `by` says. `standing` are their words that stand, oldest first, by what
    they are on; what they have taken back and what a later whole reading replaced is not among
    them."""

    def __init__(self, base: KnowledgeBase, by: str) -> None:
        """Raises KbError for a name that could be a model's, AnnotationError for a broken file."""
        if not by.strip() or by.startswith("model:"):
            raise KbError(f"'{by}' is no name of a person; say who you are: --by NAME")
        self.by = by
        self.standing: dict[Thing, list[Label]] = defaultdict(list)
        self._base = base
        self._path = base.home / "annotations.jsonl"
        self._framework = base.framework.digest
        self._wordings = {c.id: c.wording for c in base.framework.criteria}
        self._latest: dict[str, datetime] = {}
        self._together: list[Row] | None = None
        for one in annotations.history(self._path):
            if one.by == by:
                self._note(one)

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """What is said within is written down at its end, all of it or nothing. Raises
        StorageError."""
        self._together = []
        try:
            yield
            lines.append(self._path, *self._together)
        finally:
            self._together = None

    def _put(self, row: Row) -> None:
        if self._together is None:
            lines.append(self._path, row)
        else:
            self._together.append(row)

    def tag(self, passage: Passage, criterion: str, *, seen: bool, why: str = "") -> Label:
        """That they see one criterion in the passage, or do not; nothing of the others."""
        said = {"criterion": criterion, "seen": seen}
        wordings = {"wordings": {criterion: self._wordings[criterion]}}
        return self._write(passage, TAG, {**said, **wordings, **self._model(passage)}, why)

    def read(self, passage: Passage, criteria: Iterable[str], why: str = "") -> Label:
        """That they see these criteria in the passage, and no others."""
        said = {"criteria": sorted(criteria), "wordings": self._wordings}
        return self._write(passage, TAGS, {**said, **self._model(passage)}, why)

    def judge(
        self,
        passage: Passage,
        circumstance: Circumstance,
        stance: Stance,
        opinion: Opinion | None = None,
        *,
        why: str = "",
        sure: str = "",
    ) -> Label:
        """What the passage does to the circumstance; `opinion` is what the model holds now."""
        said = {
            "circumstance": circumstance.id,
            "claim": circumstance.statement,
            "stance": stance.value,
            **({"sure": sure} if sure else {}),
        }
        scores = {s.value: round(opinion.of(s), 4) for s in Stance} if opinion else {}
        model = {"model": opinion.by, "scores": scores} if opinion else {}
        return self._write(passage, VERDICT, {**said, **model}, why)

    def take_back(self, kind: str, passage_id: str, about: str = "") -> Label:
        """Their last word on it, which counts for nothing from now on; what they had said before
        counts again. Raises KbError when there is none."""
        said = [self.standing[kind, name, about] for name in self.names(passage_id)]
        words = max(filter(None, said), key=lambda of: of[-1].at, default=None)
        if not words:
            what = about or "the whole passage"
            raise KbError(f"{self.by} has said nothing of {passage_id} on {what}; see: kb log")
        last = words[-1]
        passage_id = last.passage_id
        named = {TAG: "criterion", VERDICT: "circumstance"}.get(kind)
        self._put(
            {
                "type": "withdrawal",
                "passage": passage_id,
                **({named: about} if named else {}),
                "takes_back": last.at.isoformat(),
                "by": self.by,
                "at": self._moment(passage_id).isoformat(),
            }
        )
        return words.pop()

    def names(self, passage_id: str) -> set[str]:
        """The ids under which its words were judged: its own, and those that it had before its
        file was renamed or edited."""
        with self._base.reading():
            anchors = self._base.catalog.anchors()
        return {passage_id, *(judged for judged, now in anchors.items() if now == passage_id)}

    def _write(self, passage: Passage, kind: str, said: Row, why: str) -> Label:
        at = self._moment(passage.id)
        row = {
            "type": kind,
            "passage": passage.id,
            "quote": passage.text,
            **said,
            "by": self.by,
            "at": at.isoformat(timespec="microseconds"),
            **({"why": why} if why else {}),
            "framework": self._framework,
        }
        self._put(row)
        seen = {True: "yes", False: "no"}.get(said.get("seen", ""), "")
        label = Label(
            kind,
            passage.id,
            self.by,
            at,
            0,
            about=said.get("criterion") or said.get("circumstance") or "",
            said=said.get("stance") or seen,
            criteria=tuple(said.get("criteria", ())),
            status="counts",
        )
        self._note(label)
        return label

    def _note(self, one: Label) -> None:
        earlier = self._latest.get(one.passage_id, one.at)
        self._latest[one.passage_id] = max(one.at, earlier)
        if one.status in ("counts", "superseded"):
            self.standing[one.kind, one.passage_id, one.about].append(one)

    def _moment(self, passage_id: str) -> datetime:
        """Now, but after all that they have said of the passage: two quick keys must not clash, nor
        a clock that was ahead keep this word from counting."""
        now = datetime.now(UTC)
        before = self._latest.get(passage_id)
        moment = now if before is None else max(now, before + timedelta(microseconds=1))
        self._latest[passage_id] = moment
        return moment

    def _model(self, passage: Passage) -> Row:
        """The model's tags of the passage, as they were kept at the build."""
        with self._base.reading():
            (tags,) = self._base.catalog.tags([passage.id]).values()
        models = [tag for tag, _ in tags if tag.by.startswith("model:")]
        scores = {tag.criterion: round(tag.score, 4) for tag in models}
        name = models[0].by.removeprefix("model:") if models else self._base.recipe.tagger
        return {"model": name, "scores": scores}


def passage_named(base: KnowledgeBase, name: str) -> Passage:
    """The passage with this id, or whose id begins so. Raises UnknownName; KbError for a citekey
    alone."""
    _, details = base.show(name)
    if "#" not in name:
        raise KbError(f"'{name}' is a source; name one of its passages, as in: kb show {name}")
    return details[0].passage


def circumstance_named(base: KnowledgeBase, name: str) -> Circumstance:
    """Raises UnknownName that lists those there are."""
    if found := base.framework.circumstance(name):
        return found
    known = ", ".join(c.id for c in base.framework.circumstances)
    raise UnknownName(f"no circumstance '{name}' in criteria.yaml; there are: {known}")
