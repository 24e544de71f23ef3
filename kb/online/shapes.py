"""What comes from a service, taken apart without trust: a value of the wrong type is a missing one,
and text is one clean line."""

import html
import json
import re
import unicodedata
from typing import Any

from kb.online import Author, OnlineError
from kb.online.agreement import is_particle

_TAG = re.compile(r"</?[A-Za-z][^<>]{0,300}>")
_INLINE = re.compile(r"</?(?:i|b|em|strong|sub|sup|sc|u|tt|jats:\w+)>", re.IGNORECASE)
_LONGEST = 2000
_SUFFIX = re.compile(r"(?:jr|sr|ii|iii|iv)\.?", re.IGNORECASE)


def loaded(text: str) -> Any:
    """JSON, or OnlineError."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise OnlineError("its answer is not JSON") from None


def at(value: Any, *path: str) -> Any:
    """What lies at the end of a path of keys, None where it leads nowhere."""
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def dicts(value: Any) -> list[dict[str, Any]]:
    """The objects of a list."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def text(value: Any) -> str:
    """One line without markup, entities, control or direction characters; the first of a list that
    is not empty; "" for what is neither text nor number. Longer than 2,000 characters is no field
    of a reference, and is cut."""
    if isinstance(value, list):
        return next(filter(None, map(text, value)), "") if len(value) < 1000 else ""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**12:
        return str(value)
    if not isinstance(value, str):
        return ""
    # Some services escape twice (&amp;lt;i&amp;gt;).
    plain = html.unescape(html.unescape(value[: 4 * _LONGEST]))
    plain = _TAG.sub(" ", _INLINE.sub("", plain))
    # Category C holds controls, what turns writing around, and halves of characters.
    kept = "".join(" " if c.isspace() else c for c in plain if c.isspace() or not _hidden(c))
    return " ".join(kept.split())[:_LONGEST]


def _hidden(character: str) -> bool:
    return unicodedata.category(character)[0] == "C"


def year(value: Any) -> str:
    """Four digits, from a number or the beginning of a date; "" otherwise."""
    found = re.match(r"\d{4}(?!\d)", text(value))
    return found.group() if found else ""


def link(value: Any) -> str:
    """An http(s) address as text, "" for anything else."""
    address = text(value)
    return address if re.match(r"https?://[^\s]+$", address) else ""


def licence(value: Any) -> str:
    """ "CC BY" and "cc-by" alike as "cc-by"."""
    return "-".join(text(value).lower().split())


def person(name: str) -> Author:
    """A whole name split where the family name seems to begin: at a comma, at the first particle,
    or at the last word. A guess: family names of several words are cut short."""
    if "," in name:
        family, _, given = name.partition(",")
        return Author(family.strip(), given.strip())
    parts = name.split()
    end = len(parts) - 1 if len(parts) > 2 and _SUFFIX.fullmatch(parts[-1]) else len(parts)
    begin = next((i for i in range(1, end - 1) if is_particle(parts[i])), max(end - 1, 0))
    return Author(" ".join(parts[begin:end]), " ".join([*parts[:begin], *parts[end:]]))
