"""A line of annotations.jsonl: what it may say, and how it is added.

    {"type": "tags", "passage": ID, "quote": TEXT, "criteria": [ID, ...], "by": NAME, "at": TIME}
    {"type": "tag", "passage": ID, "quote": TEXT, "criterion": ID, "seen": true | false,
     "by": NAME, "at": TIME}
    {"type": "verdict", "passage": ID, "quote": TEXT, "circumstance": ID, "claim": TEXT,
     "stance": "supports" | "challenges" | "neutral", "by": NAME, "at": TIME,
     "sure": "clear" | "arguable"}
    {"type": "withdrawal", "passage": ID, "criterion": ID | "circumstance": ID, "takes_back": TIME,
     "by": NAME, "at": TIME}
    {"type": "family", "sources": [CITEKEY, CITEKEY], "together": true | false, "by": NAME,
     "at": TIME}

`quote` is the whole text of the passage and `claim` the circumstance's statement as it was judged,
so that a judgement can never slide to other words. "tags" is a person's whole reading of a passage:
a criterion not listed is one they did not see in it. "tag" is their word on one criterion and says
nothing of the others. "withdrawal" takes back what the same person said at that time of the
criterion or circumstance, or their whole reading where it names neither. "family" says whether two
sources are one work or study. `at` is an ISO date or time, UTC where it names no zone.

What may be there besides: "why"; "framework", its digest; "wordings", {criterion: digest of what
the framework said of it}; "model" and its "scores", {name: number}, at that time.
"""

import json
import os
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kb import handwritten
from kb.errors import AnnotationError, storage_error
from kb.records import Stance, passage_id
from kb.storing.lock import adding
from kb.version import NEWER

Row = dict[str, Any]

_TEXT = ("type", "passage", "quote", "by", "at")
_REQUIRED: dict[str, dict[str, type]] = {
    "tags": {**dict.fromkeys(_TEXT, str), "criteria": list},
    "tag": {**dict.fromkeys((*_TEXT, "criterion"), str), "seen": bool},
    "verdict": dict.fromkeys((*_TEXT, "circumstance", "claim", "stance"), str),
    "withdrawal": dict.fromkeys(("type", "passage", "by", "at", "takes_back"), str),
    "family": {**dict.fromkeys(("type", "by", "at"), str), "sources": list, "together": bool},
}
_KINDS = '"tags", "tag", "verdict", "withdrawal" or "family"'
_OPTIONAL = ("sure", "why", "framework", "model")
_MAPPINGS: dict[str, type | tuple[type, ...]] = {"scores": (int, float), "wordings": str}
_SURE = ("clear", "arguable")


def parsed(where: str, line: str) -> Row:
    """One line, checked; its times become moments that can be compared. Raises AnnotationError
    that begins with `where`."""
    try:
        row: Row = json.loads(line)
        line.encode()
        json.dumps(row, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise AnnotationError(f"{where}: not JSON ({error}); mend or remove the line") from None
    kind = str(row.get("type")) if isinstance(row, dict) else ""
    required = _REQUIRED.get(kind)
    if required is None:
        raise AnnotationError(f"{where}: 'type' must be {_KINDS}; mend the line ({NEWER})")
    for name, wanted in required.items():
        if not isinstance(row.get(name), wanted) or (wanted is str and not row[name].strip()):
            raise AnnotationError(f"{where}: '{name}' must be a {wanted.__name__}; mend the line")
    about = ("criterion", "circumstance") if kind == "withdrawal" else ()
    if unknown := sorted(row.keys() - required.keys() - {*_OPTIONAL, *_MAPPINGS, *about}):
        raise AnnotationError(
            f"{where}: unknown '{unknown[0]}'; remove it or mend its spelling ({NEWER})"
        )
    if complaint := _complaint(row):
        raise AnnotationError(f"{where}: {complaint}")
    sources = {"sources": sorted(row["sources"])} if kind == "family" else {}
    times = {name: moment(row[name]) for name in ("at", "takes_back") if name in row}
    return row | times | sources


def append(path: Path, *rows: Row) -> None:
    """Add lines at the end, all or none, and have them on disk on return; `rows` are as the module
    says. A last line that was cut off goes before (`mend`). Raises AnnotationError when one is not
    as it should be, StorageError when they cannot be written; the file is then as it was."""
    if not rows:
        return
    lines = [json.dumps(row, ensure_ascii=False) for row in rows]
    for line in lines:
        parsed(str(path), line)
    text = "\n".join([*lines, ""]).encode()
    with adding(path):
        before = _mended(path)
        gap = b"" if not before or before.endswith(b"\n") else b"\n"
        try:
            handwritten.clear_parts(path)
            if before and len(rows) == 1:
                _add(path, gap + text)
            else:
                handwritten.write(path.resolve(), before + gap + text, path.resolve())
        except OSError as error:
            raise storage_error(error, path) or error from None


def mend(path: Path) -> bool:
    """Take out a last line that was cut off while it was written, as when the power fails, and
    leave the file as it was in its backup; whether there was one. Raises StorageError."""
    if not torn(_held(path)):
        return False
    with adding(path):
        before = _held(path)
        return _mended(path) != before


def torn(content: bytes) -> int:
    """How many bytes at the end are a line that was cut off while it was added: one without its
    line end that begins as lines do, or is nothing yet, and is not whole."""
    tail = content[content.rfind(b"\n") + 1 :]
    if not tail.startswith((b"{", b"\0")):
        return 0
    try:
        json.loads(tail)
    except (ValueError, RecursionError):
        return len(tail)
    return 0


def _held(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise storage_error(error, path) or error from None


def _mended(path: Path) -> bytes:
    """What is in the file, after what was cut off has been taken out."""
    content = _held(path)
    if not (cut := torn(content)):
        return content
    handwritten.replace(path, content, content[:-cut])
    return content[:-cut]


def _add(path: Path, text: bytes) -> None:
    """Add to a file that is there, in one write; where the disk had no room for all of it, or did
    not take it, none of it stays. To write the whole file anew for each key that a reader presses
    would take long."""
    with path.open("ab", buffering=0) as file:
        length = file.tell()
        try:
            left = memoryview(text)
            while left:
                left = left[file.write(left) or 0 :]
            os.fsync(file.fileno())
        except BaseException:
            file.truncate(length)
            raise


def subject(row: Row) -> tuple[str, ...]:
    """What a line is on and who speaks: of two lines on the same the later counts. A withdrawal
    has the subject of what it takes back."""
    if row["type"] == "family":
        return ("family", *row["sources"], row["by"])
    if name := row.get("circumstance"):
        return ("verdict", row["passage"], name, row["by"])
    if name := row.get("criterion"):
        return ("tag", row["passage"], name, row["by"])
    return ("tags", row["passage"], "", row["by"])


def moment(at: str) -> datetime | None:
    """An ISO date or time; without a zone it is taken as UTC. None if it is neither."""
    try:
        found = datetime.fromisoformat(at)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def well_mapped(row: Row) -> bool:
    """Whether its scores and wordings, if it has any, are names with numbers and with texts."""
    return not any(_badly_mapped(row))


def _complaint(row: Row) -> str:
    """What is wrong with the values of a line whose keys are right; "" if nothing."""
    if row["type"] == "verdict" and row["stance"] not in set(Stance):
        return f"stance '{row['stance']}' is not one of: {', '.join(Stance)}; mend the line"
    if row.get("sure") not in (None, "", *_SURE):
        return f"'sure' must be one of: {', '.join(_SURE)}; mend the line"
    for name in ("at", "takes_back"):
        if name in row and moment(row[name]) is None:
            return (
                f"'{name}' is '{row[name]}'; write a date or time such as 2026-01-31 or "
                "2026-01-31T10:30"
            )
    if complaint := "; ".join(_badly_mapped(row)):
        return complaint
    if row["type"] == "family":
        return _family_complaint(row["sources"])
    if row["type"] == "withdrawal":
        named = [name for name in ("criterion", "circumstance") if name in row]
        alright = len(named) < 2 and all(isinstance(row[n], str) and row[n] for n in named)
        return "" if alright else "name a 'criterion', a 'circumstance' or neither; mend the line"
    if passage_id(row["passage"].partition("#")[0], row["quote"]) != row["passage"]:
        return (
            f"'quote' is not the text that '{row['passage']}' names; copy both from what "
            "'kb show --json' prints"
        )
    return ""


def _badly_mapped(row: Row) -> Iterable[str]:
    for name, wanted in _MAPPINGS.items():
        value = row.get(name, {})
        if not isinstance(value, dict) or not all(isinstance(v, wanted) for v in value.values()):
            what = "texts" if wanted is str else "numbers"
            yield f"'{name}' must hold names and {what}; mend the line"


def _family_complaint(sources: list[Any]) -> str:
    alright = all(isinstance(key, str) and key.strip() for key in sources)
    if alright and len(sources) == len(set(sources)) == 2:
        return ""
    return "'sources' must be two citekeys; mend the line"
