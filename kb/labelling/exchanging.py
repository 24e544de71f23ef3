"""People's labels → rows of a sheet, and rows that came back → new lines of annotations.jsonl.

A row is a passage, a criterion or circumstance, and a person. What counts is written out; of what
comes back only what is new or changed is added. Nothing is ever taken out.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from kb.errors import QuestionError
from kb.knowledge_base import KnowledgeBase
from kb.labelling import sheets
from kb.labelling.queueing import Item
from kb.labelling.saying import TAG, TAGS, VERDICT, circumstance_named
from kb.labelling.sheets import Record, clean
from kb.records import Label, Locator, Passage, Stance
from kb.storing import annotations, lines
from kb.storing.anchoring import folded
from kb.storing.lines import Row

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
_KINDS = {TAG: "criterion", VERDICT: "circumstance"}
_NEEDED = ("kind", "about", "label", "passage")
_YES_NO = {"yes": "yes", "y": "yes", "no": "no", "n": "no"}
_DETAILS = {"framework": str, "wordings": dict, "model": str, "scores": dict}

Key = tuple[str, str, str, str]  # TAG or VERDICT, passage id, criterion or circumstance, person


@dataclass(slots=True)
class Imported:
    """What became of the rows of a sheet: how many were `added`, `unchanged` or have no label
    (`blank`); `conflicts` and `refused` are one line each."""

    added: int = 0
    unchanged: int = 0
    blank: int = 0
    conflicts: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


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
    words = {
        key: word
        for key, word in _words(base).items()
        if (not named or key[2] in named) and by in (None, key[3])
    }
    ids = {key[1] for key in words}
    with base.catalog.snapshot():
        passages = base.catalog.passages(ids)
        citations = {k: s.citation for k, s in base.catalog.sources().items()}
    order = [c.id for c in (*base.framework.criteria, *base.framework.circumstances)]
    wordings = {c.id: f"{c.name}: {c.definition}" for c in base.framework.criteria}

    def place(key: Key) -> tuple[object, ...]:
        kind, name, about, by = key
        start = passages[name].start if name in passages else 0
        known = order.index(about) if about in order else len(order)
        return name.partition("#")[0], start, name, kind, known, about, by

    records = []
    for key in sorted(words, key=place):
        kind, name, about, by = key
        one = words[key]
        question = one.claim if kind == VERDICT else wordings.get(about, "")
        said = {"label": one.said, "sure": one.sure, "why": one.why, "who": by}
        scope = WHOLE if one.kind == TAGS else ""
        records.append(
            _of_passage(name, one.quote, passages.get(name), citations)
            | {"kind": _KINDS[kind], "about": about, "question": question}
            | {**said, "when": one.at.isoformat(), "scope": scope, "details": _details(one)}
        )
    return records


def to_label(base: KnowledgeBase, items: Sequence[Item]) -> list[Record]:
    """Records with nobody's label, to be filled in."""
    with base.catalog.snapshot():
        citations = {k: s.citation for k, s in base.catalog.sources().items()}
    return [
        _of_passage(item.passage.id, item.passage.text, item.passage, citations)
        | {"kind": _KINDS[item.kind], "about": item.about, "question": item.wording}
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
    said = {name: getattr(one, name) for name in _DETAILS}
    kept = {name: value for name, value in said.items() if value}
    return json.dumps(kept, ensure_ascii=False) if kept else ""


def _words(base: KnowledgeBase) -> dict[Key, Label]:
    """Every word that counts, whole readings criterion by criterion."""
    known = [criterion.id for criterion in base.framework.criteria]
    found: dict[Key, Label] = {}
    counting = [o for o in annotations.history(_path(base)) if o.status == "counts"]
    for one in counting:
        if one.kind == TAGS:
            for criterion in dict.fromkeys((*(one.wordings or known), *one.criteria)):
                said = "yes" if criterion in one.criteria else "no"
                about = replace(one, about=criterion, said=said)
                found[TAG, one.passage_id, criterion, one.by] = about
    for one in counting:
        if one.kind in _KINDS:
            found[one.kind, one.passage_id, one.about, one.by] = one
    return found


def _path(base: KnowledgeBase) -> Path:
    return base.home / "annotations.jsonl"


# -- and back -----------------------------------------------------------------------------------


def bring_in(base: KnowledgeBase, path: Path, by: str | None) -> Imported:
    """Add what is new or changed in a sheet. `by` says whose the rows are that name nobody. Raises
    QuestionError that names the row for a label, name or time that cannot be; nothing is added
    then. Raises StorageError."""
    base.index()
    rows = sheets.read(path)
    if missing := [name for name in _NEEDED if rows and name not in rows[0][1]]:
        raise QuestionError(f"{path.name}: has no column '{missing[0]}'; keep the first row as it is")
    desk = _Desk(base, path.name, by)
    for number, record in rows:
        desk.take(number, record)
    new = list(desk.lines())
    lines.append(_path(base), *new)
    return desk.done


class _Desk:
    """Rows of a sheet beside what is there already."""

    def __init__(self, base: KnowledgeBase, sheet: str, by: str | None) -> None:
        self.done = Imported()
        self._sheet, self._by, self._base = sheet, by, base
        self._words = _words(base)
        self._ever = {
            (o.passage_id, o.about, o.by, o.at): o for o in annotations.history(_path(base))
        }
        self._latest: dict[tuple[str, str], datetime] = {}
        for one in self._ever.values():
            key = one.passage_id, one.by
            self._latest[key] = max(one.at, self._latest.get(key, one.at))
        with base.catalog.snapshot():
            there = base.catalog.passages(base.catalog.ids())
        self._texts = base.annotations.quotes | {name: p.text for name, p in there.items()}
        self._new: list[Label] = []

    def take(self, number: int, record: Record) -> None:
        """One row: nothing new, new, or refused."""
        if not record["label"]:
            self.done.blank += 1
            return
        word = self._word(f"{self._sheet}, row {number}", record)
        if refusal := self._refusal(word.passage_id, record.get("text", "")):
            self.done.refused.append(f"row {number}: {refusal}")
            return
        kind = VERDICT if word.claim else TAG
        key = kind, word.passage_id, word.about, word.by
        before = self._words.get(key)
        if before and _same(before, word):
            self.done.unchanged += 1
            return
        typed = word.at == _UNDATED
        was = self._past(word)
        if before is None and was:
            self.done.conflicts.append(f"row {number}: {_told(word)} was {was.status} here: it is not added")
            return
        if before and not typed and word.at < before.at:
            self.done.conflicts.append(
                f"row {number}: {_told(word)}, but later {_told(before)}: the later counts"
            )
            return
        if before and before.said != word.said:
            self.done.conflicts.append(
                f"row {number}: {_told(before)}, the sheet says {word.said}: the sheet's word is added"
            )
        if typed or (before and word.at == before.at):
            word = replace(word, at=self._now(word), kind=kind, framework="", wordings={})
        self._words[key] = word
        self._new.append(word)
        self.done.added += 1

    def _past(self, word: Label) -> Label | None:
        """The same word, as it was once said here and is no more."""
        for about in (word.about, ""):
            one = self._ever.get((word.passage_id, about, word.by, word.at))
            if one and one.status in ("superseded", "taken back"):
                return one
        return None

    def _word(self, where: str, record: Record) -> Label:
        """What a row says. Raises QuestionError."""
        framework = self._base.framework
        kind, about = record["kind"].lower(), record["about"]
        label = record["label"].lower()
        claim = ""
        if kind == "criterion":
            known = {c.id.lower(): c.id for c in framework.criteria}
            said = _YES_NO.get(label, "")
            allowed = "yes, no"
        elif kind == "circumstance":
            known = {c.id.lower(): c.id for c in framework.circumstances}
            said = label if label in set(Stance) else ""
            allowed = ", ".join(Stance)
        else:
            raise QuestionError(f"{where}: kind '{kind}' is not one of: criterion, circumstance")
        if not said:
            raise QuestionError(f"{where}: label '{record['label']}' is not one of: {allowed}")
        if about.lower() not in known:
            there_are = ", ".join(known.values())
            raise QuestionError(f"{where}: criteria.yaml has no {kind} '{about}'; there are: {there_are}")
        about = known[about.lower()]
        if kind == "circumstance" and (circumstance := framework.circumstance(about)):
            claim = record.get("question") or circumstance.statement
        details = _read_details(record.get("details", ""))
        whole = record.get("scope", "").lower() == WHOLE
        return Label(
            TAGS if whole and kind == "criterion" else "",
            record["passage"],
            self._person(where, record.get("who", "")),
            _when(where, record.get("when", "")),
            0,
            about=about,
            said=said,
            claim=claim,
            sure=self._sure(where, record.get("sure", "").lower()),
            why=record.get("why", ""),
            quote=self._texts.get(record["passage"], ""),
            **details,
        )

    def _person(self, where: str, who: str) -> str:
        name = who or self._by or ""
        if not name or name.startswith("model:"):
            raise QuestionError(f"{where}: who says so? Fill in the column 'who', or say --by NAME")
        return name

    def _sure(self, where: str, sure: str) -> str:
        if sure not in ("", *CHOICES["sure"]):
            raise QuestionError(f"{where}: sure '{sure}' is not one of: clear, arguable")
        return sure

    def _refusal(self, name: str, text: str) -> str:
        if name not in self._texts:
            return f"no passage '{name}' here"
        there = self._texts[name]
        if text and folded(clean(text)) != folded(clean(there)):
            return f"the text is not that of {name} any more; see: kb show {name}"
        return ""

    def _now(self, word: Label) -> datetime:
        key = word.passage_id, word.by
        now = datetime.now(UTC)
        before = self._latest.get(key, now)
        self._latest[key] = max(now, before + timedelta(microseconds=1))
        return self._latest[key]

    def lines(self) -> Iterator[Row]:
        """The new lines, whole readings put together again where all of them is there."""
        readings: dict[tuple[str, str, datetime], list[Label]] = defaultdict(list)
        others = []
        for word in self._new:
            if word.kind == TAGS:
                readings[word.passage_id, word.by, word.at].append(word)
            else:
                others.append(word)
        single = {(w.passage_id, w.by, w.about) for w in others if not w.claim}
        for (name, by, _), words in readings.items():
            asked = set(words[0].wordings or (c.id for c in self._base.framework.criteria))
            corrected = {about for (p, who, about) in single if (p, who) == (name, by)}
            if asked <= {word.about for word in words} | corrected:
                seen = [word.about for word in words if word.said == "yes"]
                yield _line(words[0], {"type": TAGS, "criteria": sorted(seen)})
            else:
                others += words
        for word in others:
            yield self._single(word)

    def _single(self, word: Label) -> Row:
        if not word.framework:
            word = replace(word, framework=self._base.framework.digest)
            if not word.claim and word.kind == TAG:
                wording = self._base.framework.criterion(word.about).wording
                word = replace(word, wordings={word.about: wording})
        if word.claim:
            said = {"circumstance": word.about, "claim": word.claim, "stance": word.said}
            return _line(word, {"type": VERDICT, **said})
        return _line(word, {"type": TAG, "criterion": word.about, "seen": word.said == "yes"})


_UNDATED = datetime.min.replace(tzinfo=UTC)


def _when(where: str, cell: str) -> datetime:
    if not cell:
        return _UNDATED
    found = lines.moment(cell)
    if found is None:
        raise QuestionError(
            f"{where}: when '{cell}' is no date; write 2026-01-31 or 2026-01-31T10:30, or leave it "
            "empty for now"
        )
    return found


def _read_details(cell: str) -> dict[str, object]:
    """What of it is as it should be; people may have cleared or spoilt the column."""
    try:
        held = json.loads(cell) if cell else {}
    except ValueError:
        return {}
    if not isinstance(held, dict):
        return {}
    return {name: held[name] for name, kind in _DETAILS.items() if isinstance(held.get(name), kind)}


def _same(before: Label, word: Label) -> bool:
    def said(one: Label) -> tuple[str, ...]:
        claim = folded(clean(one.claim))
        return one.said, one.sure, clean(one.why), claim

    return said(before) == said(word)


def _told(one: Label) -> str:
    when = f" ({one.at:%Y-%m-%d %H:%M})" if one.at != _UNDATED else ""
    return f"{one.by} said {one.said} on {one.about}{when}"


def _line(word: Label, said: Row) -> Row:
    kept = {name: getattr(word, name) for name in ("sure", "why", *_DETAILS)}
    return {
        **said,
        "passage": word.passage_id,
        "quote": word.quote,
        "by": word.by,
        "at": word.at.isoformat(),
        **{name: value for name, value in kept.items() if value},
    }


def written(records: Sequence[Record], kind: str) -> bytes:
    """The sheet: "csv" or "xlsx"."""
    if kind == "xlsx":
        return sheets.as_xlsx(records, COLUMNS, CHOICES)
    return sheets.as_csv(records, COLUMNS)
