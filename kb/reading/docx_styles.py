"""What the paragraph styles of a Word file are for, and the letters of its font for symbols."""

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

# Adobe's font Symbol, as https://www.unicode.org/Public/MAPPINGS/VENDORS/ADOBE/symbol.txt has it,
# and what of Wingdings says something: from a code on, one letter after another.
_FONTS = {
    "symbol": {
        0x20: " !∀#∃%&∋()∗+,−./0123456789:;<=>?≅",
        0x41: "ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ",
        0x61: "αβχδεφγηιϕκλµνοπθρστυϖωξψζ{|}∼",
        0xA3: "≤⁄∞",
        0xAB: "↔←↑→↓°±″≥×∝∂•÷≠≡≈…",
        0xC5: "⊕∅∩∪⊃⊇⊄⊂⊆∈∉∠∇",
        0xD5: "∏√⋅¬∧∨⇔⇐⇑⇒⇓",
        0xE5: "∑",
        0xF2: "∫",
    },
    "wingdings": {0xA8: "☐", 0xDF: "←→↑↓", 0xFB: "✗✓☒☑"},
}
_LETTERS = {
    (font, first + place): letter
    for font, rows in _FONTS.items()
    for first, row in rows.items()
    for place, letter in enumerate(row)
}


def symbol(font: str, code: int) -> str:
    """A symbol's letter (ECMA-376, part 1, 17.3.3.30): codes from F020 to F0FF are those of the
    font. "" for a sign that has none in Unicode, or none that says anything."""
    if 0xF020 <= code <= 0xF0FF:
        return _LETTERS.get((font.lower(), code - 0xF000), "")
    return chr(code) if 0x20 <= code < 0xD800 else ""


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
