"""What a child process said, one line of JSON, in; the record that it stands for out, or nothing.

A parser that a hostile file has taken over may say anything. What is no Document or Problem in all
its parts, with every span inside its text, is taken for no answer at all.
"""

import json
from collections.abc import Iterable
from dataclasses import is_dataclass
from functools import cache
from itertools import pairwise
from typing import Any, get_args, get_origin, get_type_hints

from kb.records import Described, Document, Problem, Section, Study

_RECORDS = {record.__name__: record for record in (Document, Section, Study, Described, Problem)}


def revived(line: bytes) -> Document | Problem | str | None:
    """The record in a child's answer; the text, where it says why no reader could be loaded; None
    where there is neither."""
    try:
        given = json.loads(line, object_hook=_record) if line.endswith(b"\n") else None
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    if isinstance(given, Document):
        return given if _fits(given, Document) and _lies_within(given) else None
    return given if _fits(given, Problem) or _fits(given, str) else None


def _record(values: dict[str, Any]) -> Any:
    return _RECORDS[values.pop("is")](**{name: _frozen(value) for name, value in values.items()})


def _frozen(value: Any) -> Any:
    return tuple(map(_frozen, value)) if isinstance(value, list) else value


@cache
def _hints(record: type) -> dict[str, Any]:
    return get_type_hints(record)


def _fits(value: Any, kind: Any) -> bool:
    """Whether a value is of the type that a record declares, in all its parts."""
    if get_origin(kind) is tuple:
        if type(value) is not tuple:
            return False
        wanted = get_args(kind)
        if wanted[-1] is Ellipsis:
            return all(_fits(part, wanted[0]) for part in value)
        return len(value) == len(wanted) and all(map(_fits, value, wanted))
    if type(value) is not kind:
        return False
    if is_dataclass(kind):
        return all(_fits(getattr(value, name), hint) for name, hint in _hints(kind).items())
    return not isinstance(value, str) or _is_text(value)


def _is_text(value: str) -> bool:
    """Whether it can be written to a file: half a surrogate pair cannot."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _lies_within(document: Document) -> bool:
    size = len(document.text)
    spans = (*document.blocks, *document.references)
    places = [section.start for section in document.sections]
    return (
        all(0 <= start < end <= size for start, end in spans)
        and _ascends(0, places, size)
        and _ascends(0, document.page_starts, size)
        and not any("\n" in notice for notice in document.notices)
    )


def _ascends(first: int, numbers: Iterable[int], last: int) -> bool:
    return all(one <= other for one, other in pairwise((first, *numbers, last)))
