"""annotations.jsonl: people's tags, verdicts and families, one JSON object a line, only added to.

`kb.storing.lines` says what a line may be. Of two lines by the same person on the same thing the
later one counts, whatever their order in the file, so that two people's files merge line by line.
What was taken back is as if it had never been said. A person's word on one criterion corrects
their whole reading of the passage, if that is not later. Of what several people say on a family
the latest counts, "apart" if there is no later.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from kb import handwritten
from kb.errors import AnnotationError, storage_error
from kb.records import Label, Stance, Verdict
from kb.storing.lines import Row, parsed, subject, torn
from kb.storing.lock import adding

Readings = dict[tuple[str, str], tuple[str, ...]]
Seen = dict[str, bool]  # by criterion: whether a person sees it in a passage
_Numbered = tuple[int, Row]


@dataclass(frozen=True, slots=True)
class Annotations:
    """`readings`: (passage id, person) → the criteria they saw in it, of whole readings; `partial`:
    the same → their word on single criteria, where they made no whole reading; `asked`: the same
    → the criteria there were at a whole reading and `wordings`: the same → the wording that each
    criterion had, both where it was written down; `verdicts`: passage id and circumstance id → one
    verdict a person, by name; `quotes`: passage id → the text judged; `families`: two citekeys in
    their order → whether they are one work, and who says so; `times`: passage id, criterion or
    circumstance ("" for a whole reading) and person → when they said what counts; `torn`: the
    number of the last line if it was cut off while it was written, and is left out."""

    readings: Readings = field(default_factory=dict)
    verdicts: dict[tuple[str, str], tuple[Verdict, ...]] = field(default_factory=dict)
    quotes: dict[str, str] = field(default_factory=dict)
    families: dict[tuple[str, str], tuple[bool, str]] = field(default_factory=dict)
    partial: dict[tuple[str, str], Seen] = field(default_factory=dict)
    wordings: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)
    asked: Readings = field(default_factory=dict)
    times: dict[tuple[str, str, str], datetime] = field(default_factory=dict)
    torn: int = 0

    def said(self, criteria: Collection[str]) -> dict[str, dict[str, Seen]]:
        """Passage id → person → which of the `criteria` they see in it and which not. What they
        said nothing on is left out; so is, of a whole reading, a criterion that was not yet in the
        framework, as far as that was written down."""
        found: dict[str, dict[str, Seen]] = defaultdict(dict)
        for (passage, by), seen in sorted(self.readings.items()):
            asked = self.asked.get((passage, by), criteria)
            found[passage][by] = {c: c in seen for c in criteria if c in asked or c in seen}
        for (passage, by), words in sorted(self.partial.items()):
            found[passage][by] = {c: seen for c, seen in words.items() if c in criteria}
        return found


def load(path: Path, before: datetime | None = None) -> Annotations:
    """All that counts of the file; nothing if there is none. Of `before` a moment (with a zone),
    what counted then. Raises AnnotationError with the line of what cannot be read."""
    numbered, cut_off = _read(path)
    if before is not None:
        numbered = [(n, row) for n, row in numbered if row["at"] < before]
    groups = _by_subject(path, numbered)
    rows = [kept[-1][1] for kept, _ in groups.values() if kept]
    found = _folded(sorted(rows, key=lambda row: (row["by"], row["at"], row.get("quote", ""))))
    return replace(found, torn=cut_off)


def history(path: Path) -> list[Label]:
    """All that was ever written of passages, oldest first, with what has become of it. Raises as
    `load`."""
    found = []
    numbered, _ = _read(path)
    groups = _by_subject(path, numbered)
    for kept, taken in groups.values():
        found += [_label(one, "superseded") for one in kept[:-1]]
        found += [_label(one, "counts") for one in kept[-1:]]
        found += [_label(one, "taken back") for one in taken]
    found += [_label((n, row), "") for n, row in numbered if row["type"] == "withdrawal"]
    whole = {(o.passage_id, o.by): o.at for o in found if (o.kind, o.status) == ("tags", "counts")}
    return sorted(
        (
            replace(one, status="superseded") if _overtaken(one, whole) else one
            for one in found
            if one.kind != "family"
        ),
        key=lambda one: (one.at, one.line),
    )


def _overtaken(one: Label, whole: dict[tuple[str, str], datetime]) -> bool:
    """A word on one criterion that a later whole reading has replaced."""
    later = whole.get((one.passage_id, one.by))
    return one.kind == "tag" and one.status == "counts" and later is not None and one.at < later


def quoting(path: Path, citekeys: Collection[str], judged: Collection[str] = ()) -> int:
    """How many lines quote passages of these sources, or passages of these ids."""
    lines = path.read_bytes().splitlines() if path.exists() else []
    return sum(_quotes(line, citekeys, judged) for line in lines)


def take_out(path: Path, citekeys: Collection[str], judged: Collection[str] = ()) -> int:
    """Remove those lines, and a last line that was cut off; returns how many quoted. All others
    stay byte by byte, and no backup does. Raises StorageError when the file cannot be written; it
    is then as it was."""
    with adding(path):
        before = path.read_bytes() if path.exists() else b""
        lines = before[: len(before) - torn(before)].splitlines(keepends=True)
        kept = [line for line in lines if not _quotes(line, citekeys, judged)]
        if (after := b"".join(kept)) != before:
            handwritten.replace(path, before, after, keep=False)
        try:
            handwritten.clear_parts(path)
            handwritten.backup(path).unlink(missing_ok=True)
        except OSError as error:
            raise storage_error(error, path) or error from None
    return len(lines) - len(kept)


def _quotes(line: bytes, citekeys: Collection[str], judged: Collection[str]) -> bool:
    try:
        name = str(json.loads(line.decode("utf-8-sig"))["passage"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return False
    return name.partition("#")[0] in citekeys or name in judged


def _read(path: Path) -> tuple[list[_Numbered], int]:
    """All lines that say something; and the number of the last if it was cut off, or 0."""
    if not path.exists():
        return [], 0
    held = handwritten.content(path, AnnotationError, "restore it from git")
    cut = torn(held)
    text = handwritten.text_of(path, held[: len(held) - cut], AnnotationError)
    numbered = [
        (number, parsed(f"{path}:{number}", line))
        for number, line in enumerate(text.split("\n"), start=1)
        if line.strip()
    ]
    return numbered, held.count(b"\n") + 1 if cut else 0


def _by_subject(
    path: Path, numbered: Iterable[_Numbered]
) -> dict[tuple[str, ...], tuple[list[_Numbered], list[_Numbered]]]:
    """By what they are on and whose they are: lines that stand, oldest first, each once, and those
    that were taken back."""
    spoken: dict[tuple[str, ...], list[_Numbered]] = defaultdict(list)
    withdrawn = set()
    for number, row in numbered:
        if row["type"] == "withdrawal":
            withdrawn.add((subject(row), row["takes_back"]))
        else:
            spoken[subject(row)].append((number, row))
    found = {}
    for about, lines in spoken.items():
        ordered = sorted(lines, key=lambda one: one[1]["at"])
        kept = [one for one in ordered if (about, one[1]["at"]) not in withdrawn]
        taken = [one for one in ordered if (about, one[1]["at"]) in withdrawn]
        found[about] = (_agreeing(path, kept), taken)
    return found


def _agreeing(path: Path, ordered: list[_Numbered]) -> list[_Numbered]:
    """The same without doubles. What one person last said on one thing must not have been said at
    one time with something else."""
    kept: list[_Numbered] = []
    for number, row in ordered:
        if kept and kept[-1][1] == row:
            continue
        kept.append((number, row))
    if len(kept) > 1 and kept[-1][1]["at"] == kept[-2][1]["at"]:
        (first, row), (second, _) = sorted(kept[-2:], key=lambda one: one[0])
        raise AnnotationError(
            f"{path}:{second}: {row['by']} says something else on line {first} with the same "
            "'at'; give the later one a later time, such as 2026-01-31T10:30"
        )
    return kept


def _label(numbered: _Numbered, status: str) -> Label:
    number, row = numbered
    seen = {True: "yes", False: "no", None: ""}[row.get("seen")]
    return Label(
        kind=row["type"],
        passage_id=row.get("passage", ""),
        by=row["by"],
        at=row["at"],
        line=number,
        about=row.get("circumstance") or row.get("criterion") or "",
        said=row.get("stance") or seen,
        criteria=tuple(map(str, row.get("criteria", ()))),
        claim=row.get("claim", ""),
        sure=str(row.get("sure") or ""),
        why=str(row.get("why") or ""),
        quote=row.get("quote", ""),
        framework=str(row.get("framework") or ""),
        wordings=row.get("wordings", {}),
        model=str(row.get("model") or ""),
        scores=row.get("scores", {}),
        takes_back=row.get("takes_back"),
        status=status,
    )


def _folded(rows: list[Row]) -> Annotations:
    """People in the order of their names, what each said in the order of time."""
    judged = [row for row in rows if row["type"] != "family"]
    found = Annotations(quotes={row["passage"]: row["quote"] for row in judged})
    told = [row for row in rows if row["type"] == "family"]
    for row in sorted(told, key=lambda row: (row["at"], not row["together"])):
        first, second = row["sources"]
        found.families[first, second] = (row["together"], row["by"])
    whole = {}
    for row in judged:
        if row["type"] == "tags":
            whole[row["passage"], row["by"]] = row["at"]
            found.readings[row["passage"], row["by"]] = tuple(map(str, row["criteria"]))
            if row.get("wordings"):
                found.wordings[row["passage"], row["by"]] = dict(row["wordings"])
                found.asked[row["passage"], row["by"]] = tuple(row["wordings"])
    for row in judged:
        about = row.get("circumstance") or row.get("criterion") or ""
        found.times[row["passage"], about, row["by"]] = row["at"]
        if row["type"] == "tag":
            _correct(found, row, whole.get((row["passage"], row["by"])))
        elif row["type"] == "verdict":
            key = (row["passage"], row["circumstance"])
            found.verdicts[key] = (*found.verdicts.get(key, ()), _verdict(row))
    return found


def _correct(found: Annotations, row: Row, read_at: datetime | None) -> None:
    """Add a word on one criterion, unless a whole reading came later."""
    key, name = (row["passage"], row["by"]), row["criterion"]
    if read_at is None:
        found.partial.setdefault(key, {})[name] = row["seen"]
    elif row["at"] < read_at:
        return
    else:
        others = tuple(c for c in found.readings[key] if c != name)
        found.readings[key] = (*others, name) if row["seen"] else others
        if key in found.asked:
            found.asked[key] = tuple(dict.fromkeys((*found.asked[key], name)))
    if wording := row.get("wordings", {}).get(name):
        found.wordings.setdefault(key, {})[name] = wording


def _verdict(row: Row) -> Verdict:
    return Verdict(
        passage_id=row["passage"],
        circumstance=row["circumstance"],
        stance=Stance(row["stance"]),
        by=row["by"],
        claim=row["claim"],
        sure=str(row.get("sure") or ""),
        why=str(row.get("why") or ""),
    )
