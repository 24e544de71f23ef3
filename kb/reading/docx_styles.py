"""What the paragraph styles of a Word file are for."""

import re
from typing import TYPE_CHECKING

from kb.reading.docx_package import child, value

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

# Word writes "heading 1" in any language; other programs write their own.
_HEADING_NAME = re.compile(
    r"(?:heading|überschrift|titre|título|titolo|kop|rubrik|overskrift|otsikko|nagłówek|nadpis|"
    r"заголовок|标题|見出し|제목)\s*[1-9]",
    re.IGNORECASE,
)
_TITLE_NAME = re.compile(r"title|titel|titre|título|titolo", re.IGNORECASE)
_CONTENTS_NAME = re.compile(r"toc\s*(?:\d|heading)|(?:inhalts)?verzeichnis \d", re.IGNORECASE)


def roles(styles: "Element | None") -> dict[str, str]:
    """The role of each paragraph style that has one: "heading", "title" or "contents", by its
    outline level or its name, or as the style that it is based on."""
    by_id = {value(style, "styleId"): style for style in (() if styles is None else styles)}
    by_id.pop("", None)
    found = {}
    for name, style in by_id.items():
        seen = set()
        current: Element | None = style
        while current is not None and value(current, "styleId") not in seen:
            seen.add(value(current, "styleId"))
            level = value(child(child(current, "pPr"), "outlineLvl"))
            role = role_of(value(child(current, "name")))
            if role or level.isdecimal():
                found[name] = role or ("heading" if int(level) < 9 else "")
                break
            current = by_id.get(value(child(current, "basedOn")))
    return found


def role_of(name: str) -> str:
    """The role of a style by its name or id alone, "" where that tells none."""
    for role, names in (
        ("contents", _CONTENTS_NAME),
        ("heading", _HEADING_NAME),
        ("title", _TITLE_NAME),
    ):
        if names.fullmatch(name.strip()):
            return role
    return ""


