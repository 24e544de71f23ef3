"""People's labels → rows of a sheet, or questions without a label to be filled in.

A row is a passage, a criterion or circumstance, and a person; what counts is written out.
`taking_in` is the way back.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from kb.knowledge_base import KnowledgeBase
from kb.labelling import sheets
from kb.labelling.queueing import Item
from kb.labelling.saying import TAG, TAGS, VERDICT, circumstance_named
from kb.labelling.sheets import Record
from kb.records import Label, Locator, Passage, Stance
from kb.storing import annotations

COLUMNS = (
    "source",
    "place",
    "text",
    "kind",
    "about",
    "question",
    "label",
    "sure",
    "why",
    "who",
    "when",
    "scope",
    "passage",
    "details",
)
CHOICES = {
    "label": ("yes", "no", *(stance.value for stance in Stance)),
    "sure": ("clear", "arguable"),
}
WHOLE = "whole reading"
KINDS = {TAG: "criterion", VERDICT: "circumstance"}
DETAILS = ("framework", "wordings", "model", "scores")

Key = tuple[str, str, str, str]  # TAG or VERDICT, passage id, criterion or circumstance, person


def exported(
    base: KnowledgeBase,
    *,
    criterion: str | None = None,
    claim: str | None = None,
    by: str | None = None,
) -> list[Record]:
    """All labels that count, or those on a criterion or circumstance or by one person, one record
    each, in the order of sources and of their text. Raises KbError."""
    base.index()
    named = [
        *([base.framework.criterion(criterion).id] if criterion else []),
        *([circumstance_named(base, claim).id] if claim else []),
    ]
    chosen = {
        key: word
        for key, word in words(base).items()
        if (not named or key[2] in named) and by in (None, key[3])
    }
    ids = {key[1] for key in chosen}
    with base.reading():
        passages = base.catalog.passages(ids)
        citations = {k: s.citation for k, s in base.catalog.sources().items()}
    order = base.framework.ids
    wordings = {c.id: f"{c.name}: {c.definition}" for c in base.framework.criteria}

    def place(key: Key) -> tuple[object, ...]:
        kind, name, about, by = key
        start = passages[name].start if name in passages else 0
        known = order.index(about) if about in order else len(order)
        return name.partition("#")[0], start, name, kind, known, about, by

    records = []
    for key in sorted(chosen, key=place):
        kind, name, about, by = key
        one = chosen[key]
        question = one.claim if kind == VERDICT else wordings.get(about, "")
        said = {"label": one.said, "sure": one.sure, "why": one.why, "who": by}
        scope = WHOLE if one.kind == TAGS else ""
        records.append(
            _of_passage(name, one.quote, passages.get(name), citations)
            | {"kind": KINDS[kind], "about": about, "question": question}
            | {**said, "when": one.at.isoformat(), "scope": scope, "details": _details(one)}
        )
    return records


def to_label(base: KnowledgeBase, items: Sequence[Item]) -> list[Record]:
    """Records with nobody's label, to be filled in."""
    with base.reading():
        citations = {k: s.citation for k, s in base.catalog.sources().items()}
    return [
        _of_passage(item.passage.id, item.passage.text, item.passage, citations)
        | {"kind": KINDS[item.kind], "about": item.about, "question": item.wording}
        for item in items
    ]


def _of_passage(
    name: str, quote: str, passage: Passage | None, citations: dict[str, str]
) -> Record:
    citekey = name.partition("#")[0]
    where = passage.locator if passage else Locator()
    page = f"p. {where.page_label}" if where.page_label else ""
    return {
        "source": citations.get(citekey, citekey),
        "place": ", ".join(filter(None, [where.section, page])),
        "text": quote,
        "passage": name,
    }


def _details(one: Label) -> str:
    """What a line holds besides, for the way back."""
    said = {name: getattr(one, name) for name in DETAILS}
    kept = {name: value for name, value in said.items() if value}
    return json.dumps(kept, ensure_ascii=False) if kept else ""


def words(base: KnowledgeBase) -> dict[Key, Label]:
    """Every word that counts, whole readings criterion by criterion."""
    known = [criterion.id for criterion in base.framework.criteria]
    found: dict[Key, Label] = {}
    counting = [o for o in annotations.history(path_of(base)) if o.status == "counts"]
    for one in counting:
        if one.kind == TAGS:
            for criterion in dict.fromkeys((*(one.wordings or known), *one.criteria)):
                said = "yes" if criterion in one.criteria else "no"
                about = replace(one, about=criterion, said=said)
                found[TAG, one.passage_id, criterion, one.by] = about
    for one in counting:
        if one.kind in KINDS:
            found[one.kind, one.passage_id, one.about, one.by] = one
    return found


def path_of(base: KnowledgeBase) -> Path:
    """Where people's words are."""
    return base.home / "annotations.jsonl"


def written(records: Sequence[Record], kind: str) -> bytes:
    """The sheet: "csv" or "xlsx"."""
    if kind == "xlsx":
        return sheets.as_xlsx(records, COLUMNS, CHOICES)
    return sheets.as_csv(records, COLUMNS)
