"""Every circumstance asked, and what the user keeps of each source → an annotated bibliography.

criteria, circumstances ──inquiry──▶ Answers ─┐
tags ──▶ passages on a criterion ─────────────┴─annotate──▶ Chapters ─┐
references.bib, notes/ ──keeping──▶ References, Notes ────────────────┴─▶ Bibliography
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from kb import inventory
from kb.annotate import chapter
from kb.errors import UnknownName
from kb.exporting.annotated import STANCES, Bibliography, Chapter
from kb.inquiry import Inquiry
from kb.records import Criterion, Evidence, Filters, Index, Judgement
from kb.referencing import keeping

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be in it: criteria and circumstances by id, all where none is named, and the
    groups, of STANCES."""

    criteria: tuple[str, ...] = ()
    circumstances: tuple[str, ...] = ()
    stances: tuple[str, ...] = STANCES

    @property
    def phrases(self) -> tuple[str, ...]:
        """What it is narrowed to, one phrase each."""
        only = [f"criterion {name}" for name in self.criteria]
        only += [f"circumstance {name}" for name in self.circumstances]
        if set(self.stances) < set(STANCES):
            names = (name for name in STANCES if name in self.stances)
            only.append(f"sources that are {' or '.join(names)}")
        return tuple(only)


def bibliography(
    inquiry: Inquiry, order: Order, index: Index, home: Path, progress: Progress
) -> Bibliography:
    """As KnowledgeBase.bibliography; `index` is what it says of what was searched. Raises
    KbError."""
    chapters = _chapters(inquiry, order, index, progress)
    sources = {entry.source.citekey: entry.source for one in chapters for entry in one.entries}
    references = keeping.references(home, sources)
    judge = inquiry.panel.judge
    return Bibliography(
        question=inquiry.framework.title,
        framework=inquiry.framework.digest,
        made=date.today().isoformat(),
        index=index,
        chapters=tuple(chapters),
        references=references,
        notes=keeping.notes(home, references),
        only=order.phrases,
        judge=judge.identity if judge else "",
        threshold=inquiry.panel.threshold,
        kept=len(inquiry.searcher.catalog.sources()),
    )


def _chapters(inquiry: Inquiry, order: Order, index: Index, progress: Progress) -> list[Chapter]:
    framework = inquiry.framework
    criteria = {framework.criterion(name).id for name in order.criteria}
    circumstances = {_circumstance(inquiry, name) for name in order.circumstances}
    everything = not criteria and not circumstances
    families = _families(inquiry)
    chapters = []
    for criterion in framework.criteria:
        whole = everything or criterion.id in criteria
        answers = []
        for one in framework.circumstances:
            if one.criterion == criterion.id and (whole or one.id in circumstances):
                progress(one.id)
                answers.append((one, inquiry.sides(one.id, index, Filters())))
        about = _about(inquiry, criterion) if whole else []
        if whole or answers:
            chapters.append(chapter(criterion, answers, about, order.stances, families))
    return chapters


def _circumstance(inquiry: Inquiry, name: str) -> str:
    found = inquiry.framework.circumstance(name)
    if found is None:
        known = ", ".join(c.id for c in inquiry.framework.circumstances)
        raise UnknownName(f"no circumstance '{name}'; there are: {known}")
    return found.id


def _families(inquiry: Inquiry) -> list[tuple[str, ...]]:
    members: dict[str, list[str]] = defaultdict(list)
    for citekey, family in inquiry.families.items():
        members[family].append(citekey)
    return [tuple(of) for of in members.values()]


def _about(inquiry: Inquiry, criterion: Criterion) -> list[Evidence]:
    """The passages that count for a criterion, weighed against nothing: as their judge stands who
    says that they are about it."""
    catalog = inquiry.searcher.catalog
    ids = catalog.ids(Filters(criterion=criterion.id)) - catalog.superseded()
    passages, tags = catalog.passages(ids), catalog.tags(ids)
    sources = catalog.sources({passage.citekey for passage in passages.values()})
    files = inventory.files_of(catalog, sources.keys())
    found = []
    for name, passage in sorted(passages.items()):
        counting = [tag for tag, counts in tags[name] if counts]
        own = [tag for tag in counting if tag.criterion == criterion.id]
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
