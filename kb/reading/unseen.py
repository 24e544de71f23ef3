"""Text in, the same without what a person who looks at it would not see out, and what to say of it.

Characters that take no room, turn the direction of others or move a cursor can hide words, or show
others than those that are searched and judged. Comments and hidden elements of Markdown are not
shown where it is set as a page.
"""

import re
from collections.abc import Iterator

from kb.reading.pieces import left_out

SIGNS = "\u2061-\u2064\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f"
"""Invisible operators, overrides of direction, and tags, for a class of a regular expression."""
# Also zero width spaces, word joiners and byte order marks, joiners between Latin letters, and
# the selectors of rare forms of Chinese letters where there is none. Some of them are in good use.
_NO_WIDTH = re.compile(
    f"[\u200b\u2060\ufeff{SIGNS}]"
    "|(?<=[ -\u024f])[\u200c\u200d](?=[ -\u024f])"
    "|(?<![\u2e80-\U0003ffff\U000e0100-\U000e01ef])[\U000e0100-\U000e01ef]+"
)
_SOFT_HYPHEN = "\xad"  # a matter of setting
_CONTROL = re.compile("[\x01-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]")

# Styles as "name:value;name:value", in small letters without spaces.
_HIDDEN_STYLE = re.compile(
    r"(?:^|;)(?:display:none|visibility:(?:hidden|collapse)|opacity:0?(?:\.0+)?(?:;|!|$)|"
    r"font-size:(?:0|[01](?:\.\d+)?px|0?\.\d+px|0\.0\d*r?em)[a-z%]*(?:;|!|$)|"
    r"(?:text-indent|left|top):-(?:999|\d{4,})|clip:rect\(0(?:px)?,?0(?:px)?,?0|"
    r"color:transparent)"
)
_WHITE = r"(?:white|#fff(?:fff)?|rgba?\(255,255,255(?:,1)?\))"
_WHITE_TEXT = re.compile(rf"(?:^|;)color:{_WHITE}")
_BACKGROUND = re.compile(
    rf"(?:^|;)background(?:-color|-image)?:(?!{_WHITE}|transparent|none|inherit)"
)

_MARKUP = re.compile(r"<!--|<([a-zA-Z][\w-]*+)([^<>]*+)>")
_STYLE = re.compile(r"\bstyle\s*=\s*(?:\"([^\"]*)\"|'([^']*)')", re.IGNORECASE)
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
_HIDDEN = re.compile(r"\bhidden\b", re.IGNORECASE)


def visible(text: str) -> tuple[str, int]:
    """The text without characters of no width, and how many these were; soft hyphens go, and are
    not counted."""
    text, count = _NO_WIDTH.subn("", text)
    return text.replace(_SOFT_HYPHEN, ""), count


def no_width(count: int) -> tuple[str, ...]:
    """The notice of so many characters of no width, none for none."""
    return (f"{_characters(count)} of zero width left out",) if count else ()


def plain(text: str) -> tuple[str, tuple[str, ...]]:
    """A plain text as it is seen, and the notices of what was left out."""
    text, controls = _CONTROL.subn("", text)
    text, count = visible(text)
    moved = f"{_characters(controls)} that move a cursor or show nothing left out"
    return text, no_width(count) + ((moved,) if controls else ())


def markdown(text: str) -> tuple[str, tuple[str, ...]]:
    """The same of Markdown, whose comments and hidden elements go too. What nothing closes is
    text: a lost paragraph is worse than a comment that is shown."""
    kept: list[str] = []
    hidden: list[str] = []
    at = 0
    for start, end, words in _hidden(text):
        kept.append(text[at:start])
        hidden.append(words)
        at = end
    shown, said = plain("".join([*kept, text[at:]]))
    return shown, left_out(hidden) + said


def is_without_sight(style: str) -> bool:
    """Whether a style hides its element, or sets it too small or too far off to be seen."""
    return bool(_HIDDEN_STYLE.search(style))


def is_white(style: str) -> bool:
    """Whether it sets white letters."""
    return bool(_WHITE_TEXT.search(style))


def has_background(style: str) -> bool:
    """Whether it sets a background that is not white."""
    return bool(_BACKGROUND.search(style))


def _characters(count: int) -> str:
    return f"{count:,} character{'' if count == 1 else 's'}"


def _hidden(text: str) -> Iterator[tuple[int, int, str]]:
    """Start, end and words of each comment and hidden element."""
    at = 0
    unclosed = set()  # so that the end of the text is looked for once
    for found in _MARKUP.finditer(text):
        closes = f"</{found[1].lower()}\\s*>" if found[1] else "-->"
        if found.start() < at or closes in unclosed or (found[1] and not _hides(found[2])):
            continue
        closed = re.compile(closes, re.IGNORECASE).search(text, found.end())
        if closed is None:
            unclosed.add(closes)
            continue
        at = closed.end()
        yield found.start(), at, text[found.end() : closed.start()]


def _hides(attributes: str) -> bool:
    """Whether an element with these is hidden by them; white letters count where they have no
    background of their own."""
    found = _STYLE.search(attributes)
    style = "".join((found[1] or found[2] or "").lower().split()) if found else ""
    white = is_white(style) and not has_background(style)
    return bool(_HIDDEN.search(_QUOTED.sub("", attributes))) or is_without_sight(style) or white
