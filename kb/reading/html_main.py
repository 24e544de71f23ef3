"""Which part of a web page is its main text, and what of it is hidden from those who look at it."""

import re
from collections import defaultdict
from collections.abc import Callable
from typing import TYPE_CHECKING

from kb.reading.pieces import left_out
from kb.reading.unseen import has_background, is_white, is_without_sight, no_width, visible

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_NO_TEXT = (
    "script style noscript template svg canvas iframe object embed audio video map button input "
    "select textarea datalist dialog menu nav link meta title annotation annotation-xml rp"
).split()
_ROLES = frozenset(
    "navigation banner contentinfo search complementary dialog alertdialog menu menubar toolbar "
    "alert status tooltip".split()
)
_OWN = frozenset("html body main article h1 h2 h3 h4 h5 h6 p blockquote figure table tr td".split())
# Words in the names of classes and ids, between hyphens. What the first kind holds is often longer
# than the article itself.
_FOREIGN = r"cookie\w*|gdpr|ccpa|onetrust|comments|commentlist|comment-list|disqus\w*"
_AROUND = (
    r"ads?|advert\w*|adsense|adsbygoogle|sponsored|promos?|promoted|breadcrumbs?|navbar|nav|"
    r"navigation|subnav|navbox|catlinks|menu|toc|contents-list|table-of-contents|pagination|pager|"
    r"sidebar|side-bar|share|sharing|sharedaddy|social|addtoany|newsletter|subscribe|signup|"
    r"sign-up|login|related|recommended|outbrain|taboola|popup|modal|skip-?link|skip|masthead|"
    r"footer|toolbar|feedback|paywall|editsection|jump-link|noprint|hatnote|tags|widget-area"
)
_FOREIGN_CLASS = re.compile(rf"(?:^|[_-])(?:{_FOREIGN})(?:$|[_-])", re.IGNORECASE)
_AROUND_CLASS = re.compile(
    rf"(?!(?:has|no|with|without)[_-])(?:.*[_-])?(?:{_AROUND})(?:$|[_-])", re.IGNORECASE
)
_AROUND_ID = re.compile(
    rf"(?:(?:site|page|main|global|left|right|top)[_-]?)?(?:{_AROUND}|{_FOREIGN})", re.IGNORECASE
)
_WRITTEN = re.compile(r"section|level\d")  # classes of sections, whose ids are their headings
_PROSE = 60  # characters of a piece of text that is more than a label
_KEPT = 0.4  # the share of a page's prose above which the name of a class decides nothing
_FOREIGN_KEPT = 0.9
_FILLED = 0.8  # the share of the prose that a narrower part must hold to be the main one
# Where pages keep their text, from the widest part to the narrowest.
_MAIN: "tuple[Callable[[Element], bool], ...]" = (
    lambda node: node.tag == "main" or node.get("role") == "main",
    lambda node: node.get("id") in ("main-content", "maincontent", "mw-content-text", "content"),
    lambda node: node.tag == "article" or node.get("role") == "article",
    lambda node: node.get("itemprop") == "articleBody",
)
_LINKS = 3
_LINKED = 0.8  # the share of letters within links that makes a list a menu
_LINK_LABEL = 80  # characters; longer links are titles of works

_BACKGROUND_CLASS = re.compile(r"(?:^|[\s_-])(?:bg|background|dark|hero|cover|overlay|inverse)")
_SIGNS = 300  # characters of what screen readers pass over: a sign, or words said twice
_HIDDEN_CLASS = frozenset("sr-only visually-hidden visuallyhidden screen-reader-text".split())


def main_part(body: "Element") -> "Element":
    """The element that holds a page's own text; scripts, menus, banners and the like are taken
    out of `body`."""
    from lxml import etree

    for heading in body.iter("h1", "h2", "h3", "h4", "h5", "h6"):
        etree.strip_tags(heading, "button")  # the heading of a text that folds is one to press
    etree.strip_elements(body, *_NO_TEXT, with_tail=False)
    # What is foreign may be longer than the text, and goes before shares of it are taken.
    for is_outside in (_is_foreign, _is_around):
        prose = _prose(body)
        whole = prose.get(body, 0) or 1
        stack = list(body)
        while stack:
            node = stack.pop()
            if is_outside(node, prose.get(node, 0) / whole):
                _drop(node)
            else:
                stack += node
    prose = _prose(body)
    main = body
    for holds_text in _MAIN:
        parts = (node for node in main.iter() if holds_text(node))
        best = max(parts, key=lambda part: prose.get(part, 0), default=main)
        if prose.get(best, 0) > _FILLED * prose.get(main, 0):
            main = best
    return main


def is_link_list(node: "Element") -> bool:
    """Whether a list is a menu: hardly more than short links."""
    if node.tag not in ("ul", "ol"):
        return False
    links = [len("".join("".join(link.itertext()).split())) for link in node.iter("a")]
    return (
        len(links) >= _LINKS
        and sum(links) >= _LINKED * len("".join("".join(node.itertext()).split()))
        and sum(links) <= _LINK_LABEL * len(links)
    )


class Hidden:
    """Keeps text out that readers do not see, and remembers it to say so. Styles are those that
    elements have of their own; style sheets are not read."""

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._characters = 0

    def holds(self, node: "Element") -> bool:
        """Whether an element is hidden; what it holds is then remembered as left out."""
        if not _is_hidden(node):
            return False
        self._texts.append(" ".join(" ".join(node.itertext()).split()))
        return True

    def visible(self, text: str) -> str:
        """The text without characters that take no room."""
        text, count = visible(text)
        self._characters += count
        return text.strip()

    def notices(self) -> tuple[str, ...]:
        """One line for each kind of hidden text."""
        return left_out(self._texts) + no_width(self._characters)


def _prose(body: "Element") -> "dict[Element, int]":
    """Of each element, how many characters of running text stand in it, without links."""
    prose: dict[Element, int] = defaultdict(int)
    for node in body.iter():
        for text, holder in ((node.text, node), (node.tail, node.getparent())):
            length = len(text.strip()) if text else 0
            if length < _PROSE or holder is None:
                continue
            above = [holder, *holder.iterancestors()]
            if not any(up.tag == "a" for up in above):
                for up in above:
                    prose[up] += length
    return prose


def _drop(node: "Element") -> None:
    """Takes an element out of its tree, and leaves the text after it."""
    above, before = node.getparent(), node.getprevious()
    if above is None:
        return
    if node.tail and before is not None:
        before.tail = (before.tail or "") + node.tail
    elif node.tail:
        above.text = (above.text or "") + node.tail
    above.remove(node)


def _is_foreign(node: "Element", share: float) -> bool:
    """Whether an element holds comments or asks for cookies, going by its names; `share` is that
    of the page's prose which it holds."""
    if node.tag in _OWN or share > _FOREIGN_KEPT:
        return False
    names = _classes(node) if _is_written(node) else _classes(node) + _id(node)
    return any(map(_FOREIGN_CLASS.search, names))


def _is_around(node: "Element", share: float) -> bool:
    """Whether an element stands around the main text, going by its tag, role and names."""
    if node.tag in _OWN or share > _FOREIGN_KEPT:
        return False
    if node.tag in ("footer", "aside", "header"):
        within = next(node.iterancestors("main", "article"), None) is not None
        if node.tag != "header" and not (within and share):
            return True
        if node.tag == "header" and not within:
            return next(node.iter("h1"), None) is None
    return share <= _KEPT and (
        (node.get("role") or "").lower() in _ROLES
        or any(map(_AROUND_CLASS.match, _classes(node)))
        or (not _is_written(node) and any(map(_AROUND_ID.fullmatch, _id(node))))
    )


def _classes(node: "Element") -> list[str]:
    return (node.get("class") or "").split()


def _id(node: "Element") -> list[str]:
    return (node.get("id") or "").lower().split()


def _is_written(node: "Element") -> bool:
    """Whether it is a section of a text, whose id is made of its heading."""
    return node.tag == "section" or any(map(_WRITTEN.fullmatch, _classes(node)))


def _is_hidden(node: "Element") -> bool:
    if not node.attrib or node.tag in ("html", "body"):
        return False
    style = _style(node)
    return (
        node.get("hidden", "until-found") != "until-found"
        # Behind an open dialogue that was saved with it, a whole page may have this attribute.
        or (node.get("aria-hidden") == "true" and len("".join(node.itertext())) < _SIGNS)
        or is_without_sight(style)
        or (is_white(style) and not _stands_on_colour(node))
        or not _HIDDEN_CLASS.isdisjoint((node.get("class") or "").split())
    )


def _style(node: "Element") -> str:
    """An element's own style, its older attributes included, in small letters without spaces."""
    style = node.get("style") or ""
    if color := node.get("color"):
        style = f"color:{color};{style}"
    if background := node.get("bgcolor") or node.get("background"):
        style = f"background:{background};{style}"
    return "".join(style.lower().split())


def _stands_on_colour(node: "Element") -> bool:
    """Going by styles of its own and those around it, and names of classes."""
    return any(
        has_background(_style(up)) or _BACKGROUND_CLASS.search(up.get("class") or "")
        for up in (node, *node.iterancestors())
    )
