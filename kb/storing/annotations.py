"""annotations.jsonl: people's tags, verdicts and families, one JSON object a line, only added to.

    {"type": "tags", "passage": ID, "quote": TEXT, "criteria": [ID, ...], "by": NAME, "at": TIME}
    {"type": "verdict", "passage": ID, "quote": TEXT, "circumstance": ID, "claim": TEXT,
     "stance": "supports" | "challenges" | "neutral", "by": NAME, "at": TIME,
     "sure": "clear" | "arguable"}
    {"type": "family", "sources": [CITEKEY, CITEKEY], "together": true | false, "by": NAME,
     "at": TIME}

`quote` is the whole text of the passage and `claim` the circumstance's statement as it was judged,
so that a judgement can never slide to other words. "tags" is a person's whole reading of a passage:
a criterion not listed is one they did not see in it. "family" says whether two sources are one work
or study; of what several people say on it the latest counts, "apart" if there is no later. `at` is
an ISO date or time. Of two lines by the same person on the same thing the later one counts,
whatever their order in the file, so that two people's files merge line by line.
"""

import json
import os
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kb import handwritten
from kb.errors import AnnotationError, storage_error
from kb.records import Stance, Verdict, passage_id

_TEXT = ("type", "passage", "quote", "by", "at")
_REQUIRED: dict[str, dict[str, type]] = {
    "tags": {**dict.fromkeys(_TEXT, str), "criteria": list},
    "verdict": dict.fromkeys((*_TEXT, "circumstance", "claim", "stance"), str),
    "family": {**dict.fromkeys(("type", "by", "at"), str), "sources": list, "together": bool},
}
_KINDS = '"tags", "verdict" or "family"'
_OPTIONAL = ("sure", "why")
_SURE = ("clear", "arguable")


Readings = dict[tuple[str, str], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Annotations:
    """`readings`: (passage id, person) → the criteria they saw in it; `verdicts`: passage id and
    circumstance id → one verdict a person, by name; `quotes`: passage id → the text judged;
    `families`: two citekeys in their order → whether they are one work, and who says so."""

    readings: Readings = field(default_factory=dict)
    verdicts: dict[tuple[str, str], tuple[Verdict, ...]] = field(default_factory=dict)
    quotes: dict[str, str] = field(default_factory=dict)
    families: dict[tuple[str, str], tuple[bool, str]] = field(default_factory=dict)


def load(path: Path, before: datetime | None = None) -> Annotations:
    """All that counts of the file; nothing if there is none. Of `before` a moment (with a zone),
    what counted then. Raises AnnotationError with the line of what cannot be read."""
    if not path.exists():
        return Annotations()
    lines = handwritten.read(path, AnnotationError, "restore it from git").split("\n")
    latest: dict[tuple[str, ...], list[tuple[int, dict[str, Any]]]] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        row = _row(f"{path}:{number}", line)
        if before is not None and row["at"] >= before:
            continue
        about = row["sources"] if row["type"] == "family" else [row["passage"]]
        key = (row["type"], *about, row.get("circumstance", ""), row["by"])
        so_far = latest.get(key, [])
        if not so_far or so_far[0][1]["at"] < row["at"]:
            latest[key] = [(number, row)]
        elif so_far[0][1]["at"] == row["at"]:
            so_far.append((number, row))
    rows = [_only(path, alike) for alike in latest.values()]
    return _folded(sorted(rows, key=lambda row: (row["by"], row["at"], row.get("quote", ""))))


def append(path: Path, row: dict[str, Any]) -> None:
    """Add a line; `row` is as the module says. Raises AnnotationError when it is not,
    StorageError when it cannot be written."""
    line = json.dumps(row, ensure_ascii=False)
    _row(str(path), line)
    try:
        with path.open("ab+") as file:
            if file.tell():
                file.seek(-1, os.SEEK_END)
                ended = file.read(1) == b"\n"
                line = line if ended else f"\n{line}"
            file.write(f"{line}\n".encode())
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise storage_error(error, path) or error from None


def quoting(path: Path, citekeys: Collection[str], judged: Collection[str] = ()) -> int:
    """How many lines quote passages of these sources, or passages of these ids."""
    lines = path.read_bytes().splitlines() if path.exists() else []
    return sum(_quotes(line, citekeys, judged) for line in lines)


def take_out(path: Path, citekeys: Collection[str], judged: Collection[str] = ()) -> int:
    """Remove those lines; returns how many there were. All others stay byte by byte. Raises
    StorageError when the file cannot be written; it is then as it was."""
    lines = path.read_bytes().splitlines(keepends=True) if path.exists() else []
    kept = [line for line in lines if not _quotes(line, citekeys, judged)]
    if len(kept) < len(lines):
        target = path.resolve()  # what a link leads to, not the link
        try:
            handwritten.write(target, b"".join(kept), target)
        except OSError as error:
            raise storage_error(error, path) or error from None
    return len(lines) - len(kept)


def _quotes(line: bytes, citekeys: Collection[str], judged: Collection[str]) -> bool:
    try:
        name = str(json.loads(line.decode("utf-8-sig"))["passage"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return False
    return name.partition("#")[0] in citekeys or name in judged


def _only(path: Path, alike: list[tuple[int, dict[str, Any]]]) -> dict[str, Any]:
    """What one person last said on one thing, of lines with one `at`, which must then agree."""
    (first, row), *others = alike
    for number, other in others:
        if other != row:
            raise AnnotationError(
                f"{path}:{number}: {row['by']} says something else on line {first} with the same "
                "'at'; give the later one a later time, such as 2026-01-31T10:30"
            )
    return row


def _row(where: str, line: str) -> dict[str, Any]:
    """One line, checked; `at` becomes a time that can be compared."""
    try:
        row: dict[str, Any] = json.loads(line)
        line.encode()
        json.dumps(row, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise AnnotationError(f"{where}: not JSON ({error}); mend or remove the line") from None
    kind = str(row.get("type")) if isinstance(row, dict) else ""
    required = _REQUIRED.get(kind)
    if required is None:
        raise AnnotationError(f"{where}: 'type' must be {_KINDS}; mend the line")
    for name, wanted in required.items():
        if not isinstance(row.get(name), wanted) or (wanted is str and not row[name].strip()):
            raise AnnotationError(f"{where}: '{name}' must be a {wanted.__name__}; mend the line")
    if unknown := sorted(row.keys() - required.keys() - set(_OPTIONAL)):
        raise AnnotationError(f"{where}: unknown '{unknown[0]}'; remove it or mend its spelling")
    if complaint := _complaint(row):
        raise AnnotationError(f"{where}: {complaint}")
    sources = {"sources": sorted(row["sources"])} if kind == "family" else {}
    return row | {"at": _moment(str(row["at"]))} | sources


def _complaint(row: dict[str, Any]) -> str:
    """What is wrong with the values of a line whose keys are right; "" if nothing."""
    if row["type"] == "verdict" and row["stance"] not in set(Stance):
        return f"stance '{row['stance']}' is not one of: {', '.join(Stance)}; mend the line"
    if row.get("sure") not in (None, "", *_SURE):
        return f"'sure' must be one of: {', '.join(_SURE)}; mend the line"
    if _moment(row["at"]) is None:
        return f"'at' is '{row['at']}'; write a date or time such as 2026-01-31 or 2026-01-31T10:30"
    if row["type"] == "family":
        return _family_complaint(row["sources"])
    if passage_id(row["passage"].partition("#")[0], row["quote"]) != row["passage"]:
        return (
            f"'quote' is not the text that '{row['passage']}' names; copy both from what "
            "'kb show --json' prints"
        )
    return ""


def _family_complaint(sources: list[Any]) -> str:
    alright = all(isinstance(key, str) and key.strip() for key in sources)
    if alright and len(sources) == len(set(sources)) == 2:
        return ""
    return "'sources' must be two citekeys; mend the line"


def _moment(at: str) -> datetime | None:
    """An ISO date or time; without a zone it is taken as UTC."""
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _folded(rows: list[dict[str, Any]]) -> Annotations:
    """People in the order of their names."""
    judged = [row for row in rows if row["type"] != "family"]
    found = Annotations(quotes={row["passage"]: row["quote"] for row in judged})
    told = [row for row in rows if row["type"] == "family"]
    for row in sorted(told, key=lambda row: (row["at"], not row["together"])):
        first, second = row["sources"]
        found.families[first, second] = (row["together"], row["by"])
    for row in judged:
        if row["type"] == "tags":
            found.readings[row["passage"], row["by"]] = tuple(map(str, row["criteria"]))
            continue
        verdict = Verdict(
            passage_id=row["passage"],
            circumstance=row["circumstance"],
            stance=Stance(row["stance"]),
            by=row["by"],
            claim=row["claim"],
            sure=str(row.get("sure") or ""),
        )
        key = (verdict.passage_id, verdict.circumstance)
        found.verdicts[key] = (*found.verdicts.get(key, ()), verdict)
    return found
