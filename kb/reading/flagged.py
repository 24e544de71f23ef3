"""A Document in, notices out: which of its sentences are no evidence but orders to whoever judges
it, or look like what `kb` prints."""

from collections.abc import Iterator

from kb.orders import SAYS, flags
from kb.reading.passages import locator
from kb.records import Document, Locator

_SHOWN = 80  # characters of a sentence


def notices(document: Document) -> tuple[str, ...]:
    """One line for each kind of such sentences: the first with its place, and how many more."""
    found: dict[str, list[tuple[int, str]]] = {kind: [] for kind in SAYS}
    for start, text in _texts(document):
        for flag in flags(text):
            found[flag.kind].append((start, " ".join(text[flag.start : flag.end].split())))
    return tuple(_told(document, kind, places) for kind, places in found.items() if places)


def _told(document: Document, kind: str, places: list[tuple[int, str]]) -> str:
    start, words = places[0]
    where = _place(locator(document, start))
    shown = words if len(words) <= _SHOWN else f"{words[: _SHOWN - 1]}…"
    more = f" and {len(places) - 1:,} more" if len(places) > 1 else ""
    at = f" ({where})" if where else ""
    return f"{SAYS[kind]}, not given to the model that judges{at}: “{shown}”{more}"


def _place(where: Locator) -> str:
    page = f"page {where.page_label or where.page}" if where.page_label or where.page else ""
    return ", ".join(filter(None, [where.section, page]))


def _texts(document: Document) -> Iterator[tuple[int, str]]:
    """What is shown of a document: its passages and headings, each with its offset."""
    for start, end in document.blocks:
        yield start, document.text[start:end]
    for section in document.sections:
        yield section.start, section.heading
