"""Rows of a sheet that people filled in → new lines of annotations.jsonl.

Only what is new or changed is added, and nothing is ever taken out. Of two words of one person on
one thing the later counts; a label typed over another, or without a date, is of now.
"""

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from kb.errors import QuestionError
from kb.knowledge_base import KnowledgeBase
from kb.labelling import sheets
from kb.labelling.exchanging import CHOICES, DETAILS, WHOLE, Key, path_of, words
from kb.labelling.saying import TAG, TAGS, VERDICT
from kb.labelling.sheets import Record, clean
from kb.records import Label, Stance
from kb.storing import annotations, lines
from kb.storing.anchoring import folded
from kb.storing.lines import Row

_NEEDED = ("kind", "about", "label", "passage")
_YES_NO = {"yes": "yes", "y": "yes", "no": "no", "n": "no"}
_UNDATED = datetime.min.replace(tzinfo=UTC)


@dataclass(slots=True)
class Imported:
    """What became of the rows of a sheet: how many were `added`, `unchanged` or have no label
    (`blank`); `conflicts` and `refused` are one line each."""

    added: int = 0
    unchanged: int = 0
    blank: int = 0
    conflicts: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


def bring_in(base: KnowledgeBase, path: Path, by: str | None) -> Imported:
    """Add what is new or changed in a sheet. `by` says whose the rows are that name nobody. Raises
    QuestionError that names the row for a label, name or time that cannot be; nothing is added
    then. Raises StorageError."""
    base.index()
    rows = sheets.read(path)
    if missing := [name for name in _NEEDED if rows and name not in rows[0][1]]:
        raise QuestionError(
            f"{path.name}: has no column '{missing[0]}'; keep the first row as it is"
        )
    desk = _Desk(base, path.name, by)
    for number, record in rows:
        desk.take(number, record)
    lines.append(path_of(base), *desk.lines())
    return desk.done


class _Desk:
    """Rows of a sheet beside what is there already."""

    def __init__(self, base: KnowledgeBase, sheet: str, by: str | None) -> None:
        self.done = Imported()
        self._sheet, self._by, self._framework = sheet, by, base.framework
        self._words = words(base)
        self._gone: dict[tuple[Key, datetime], str] = {}
        self._latest: dict[tuple[str, str], datetime] = {}
        for one in annotations.history(path_of(base)):
            person = one.passage_id, one.by
            self._latest[person] = max(one.at, self._latest.get(person, one.at))
            if one.status in ("superseded", "taken back"):
                for key in _keys(one, [c.id for c in self._framework.criteria]):
                    self._gone[key, one.at] = one.status
        with base.reading():
            there = base.catalog.passages(base.catalog.ids())
        self._texts = base.annotations.quotes | {name: p.text for name, p in there.items()}
        self._new: list[Label] = []

    def take(self, number: int, record: Record) -> None:
        """One row: blank, refused, known or new."""
        if not record["label"]:
            self.done.blank += 1
            return
        word = self._word(f"{self._sheet}, row {number}", record)
        if refusal := self._refusal(word.passage_id, record.get("text", "")):
            self.done.refused.append(f"row {number}: {refusal}")
            return
        key = (VERDICT if word.claim else TAG, word.passage_id, word.about, word.by)
        before = self._words.get(key)
        if before and _same(before, word):
            self.done.unchanged += 1
            return
        if conflict := self._conflict(key, before, word):
            self.done.conflicts.append(f"row {number}: {conflict[0]}")
            if not conflict[1]:
                return
        if word.at == _UNDATED or (before and word.at == before.at):
            # Said now, and of one thing, whatever the row was part of.
            word = self._of_now(word)
        self._words[key] = word
        self._new.append(word)
        self.done.added += 1

    def _conflict(self, key: Key, before: Label | None, word: Label) -> tuple[str, bool] | None:
        """What is to be said of a word that differs from what is here, and whether it is added;
        None for nothing."""
        if status := self._gone.get((key, word.at)):
            now = f"; now {_told(before)}" if before else ""
            return f"{_told(word)}, which was {status} here{now}: not added", False
        if before is None:
            return None
        if _UNDATED < word.at < before.at:
            return f"{_told(word)}, but later {_told(before)}: the later counts", False
        if before.said != word.said:
            return f"{_told(before)}, the sheet says {word.said}: the sheet's word is added", True
        return None

    def _word(self, where: str, record: Record) -> Label:
        """What a row says. Raises QuestionError."""
        kind, about, said = self._said(where, record)
        circumstance = self._framework.circumstance(about) if kind == "circumstance" else None
        claim = (record.get("question") or circumstance.statement) if circumstance else ""
        sure = record.get("sure", "").lower()
        if sure not in ("", *CHOICES["sure"]):
            raise QuestionError(f"{where}: sure '{sure}' is not one of: clear, arguable")
        whole = kind == "criterion" and record.get("scope", "").lower() == WHOLE
        details = _details(record.get("details", ""))
        return Label(
            kind=TAGS if whole else "",
            passage_id=record["passage"],
            by=self._person(where, record.get("who", "")),
            at=_when(where, record.get("when", "")),
            line=0,
            about=about,
            said=said,
            claim=claim,
            sure=sure,
            why=record.get("why", ""),
            quote=self._texts.get(record["passage"], ""),
            framework=details.get("framework", ""),
            wordings=details.get("wordings", {}),
            model=details.get("model", ""),
            scores=details.get("scores", {}),
        )

    def _said(self, where: str, record: Record) -> tuple[str, str, str]:
        """Kind, criterion or circumstance, and label, as they are spelt here."""
        kind, label = record["kind"].lower(), record["label"].lower()
        if kind == "criterion":
            known = [criterion.id for criterion in self._framework.criteria]
            said, allowed = _YES_NO.get(label, ""), "yes, no"
        elif kind == "circumstance":
            known = [circumstance.id for circumstance in self._framework.circumstances]
            said, allowed = label if label in set(Stance) else "", ", ".join(Stance)
        else:
            raise QuestionError(f"{where}: kind '{kind}' is not one of: criterion, circumstance")
        if not said:
            raise QuestionError(f"{where}: label '{record['label']}' is not one of: {allowed}")
        about = next((name for name in known if name.lower() == record["about"].lower()), "")
        if not about:
            raise QuestionError(
                f"{where}: criteria.yaml has no {kind} '{record['about']}'; there are: "
                f"{', '.join(known)}"
            )
        return kind, about, said

    def _person(self, where: str, who: str) -> str:
        name = who or self._by or ""
        if not name or name.startswith("model:"):
            raise QuestionError(f"{where}: who says so? Fill in the column 'who', or say --by NAME")
        return name

    def _refusal(self, name: str, text: str) -> str:
        if name not in self._texts:
            return f"no passage '{name}' here"
        if text and folded(clean(text)) != folded(clean(self._texts[name])):
            return f"the text is not that of {name} any more; see: kb show {name}"
        return ""

    def lines(self) -> Iterator[Row]:
        """The new lines, whole readings put together again where all of one is there."""
        readings: dict[tuple[str, str, datetime], list[Label]] = defaultdict(list)
        single = [word for word in self._new if word.kind != TAGS]
        for word in self._new:
            if word.kind == TAGS:
                readings[word.passage_id, word.by, word.at].append(word)
        corrected = {(w.passage_id, w.by, w.about) for w in single if not w.claim}
        for (name, by, _), parts in readings.items():
            asked = parts[0].wordings or [criterion.id for criterion in self._framework.criteria]
            there = {word.about for word in parts}
            if all(about in there or (name, by, about) in corrected for about in asked):
                seen = sorted(word.about for word in parts if word.said == "yes")
                yield _line(parts[0], {"type": TAGS, "criteria": seen})
            else:
                single += parts
        for word in single:
            yield _single(word)

    def _of_now(self, word: Label) -> Label:
        """The same as said now, on the framework of now, after all that they said of the
        passage."""
        person = word.passage_id, word.by
        now = datetime.now(UTC)
        if before := self._latest.get(person):
            now = max(now, before + timedelta(microseconds=1))
        self._latest[person] = now
        wordings = {}
        if not word.claim:
            wordings = {word.about: self._framework.criterion(word.about).wording}
        kept = replace(word, at=now, kind="", framework=self._framework.digest, wordings=wordings)
        return replace(kept, model="", scores={})


def _single(word: Label) -> Row:
    if word.claim:
        said = {"circumstance": word.about, "claim": word.claim, "stance": word.said}
        return _line(word, {"type": VERDICT, **said})
    # A part of a reading keeps the wording it is on.
    wordings = {name: of for name, of in word.wordings.items() if name == word.about}
    said_ = {"criterion": word.about, "seen": word.said == "yes"}
    return _line(replace(word, wordings=wordings), {"type": TAG, **said_})


def _keys(one: Label, criteria: list[str]) -> list[Key]:
    """What a line speaks of, a whole reading criterion by criterion."""
    if one.kind == TAGS:
        return [(TAG, one.passage_id, c, one.by) for c in (*criteria, *one.criteria)]
    return [(one.kind, one.passage_id, one.about, one.by)]


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


def _details(cell: str) -> dict[str, Any]:
    """What of it is as it was written out; people may have cleared or spoilt the column."""
    try:
        held = json.loads(cell) if cell else {}
    except (ValueError, RecursionError):
        return {}
    if not isinstance(held, dict) or held.keys() - set(DETAILS):
        return {}
    alright = all(
        isinstance(held.get(name, ""), str) for name in ("framework", "model")
    ) and lines.well_mapped(held)
    return held if alright else {}


def _same(before: Label, word: Label) -> bool:
    def said(one: Label) -> tuple[str, ...]:
        return one.said, one.sure, clean(one.why), folded(clean(one.claim))

    return said(before) == said(word)


def _told(one: Label) -> str:
    when = f" ({one.at:%Y-%m-%d %H:%M})" if one.at != _UNDATED else ""
    return f"{one.by} said {one.said} on {one.about}{when}"


def _line(word: Label, said: Row) -> Row:
    kept = {name: getattr(word, name) for name in ("sure", "why", *DETAILS)}
    return {
        **said,
        "passage": word.passage_id,
        "quote": word.quote,
        "by": word.by,
        "at": word.at.isoformat(),
        **{name: value for name, value in kept.items() if value},
    }
