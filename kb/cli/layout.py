"""How text is laid out for people: wrapped, dim or coloured, and words that all commands share."""

import shutil
import textwrap
from collections.abc import Iterator

import click

from kb.cli.options import printable
from kb.exporting.labels import flagged, kind_of, place, plural
from kb.records import Index

__all__ = [
    "WARN",
    "headed",
    "kind_of",
    "missing",
    "place",
    "plural",
    "quoted",
    "span",
    "width",
    "wrapped",
]

WARN = "yellow"


def width() -> int:
    """Columns to write in: at most 80, as longer lines read badly, at least 40."""
    return max(40, min(80, shutil.get_terminal_size((80, 24)).columns))


def span(first: int, last: int) -> str:
    """Years as people write them; 0 and 9999 are no bounds."""
    if first == last:
        return str(first)
    if not first or last == 9999:
        return f"up to {last}" if not first else f"from {first}"
    return f"{first} to {last}"


def wrapped(
    text: str,
    *,
    indent: str = "",
    hang: str = "",
    bold: bool = False,
    dim: bool = False,
    colour: str | None = None,
    columns: int | None = None,
) -> list[str]:
    """Lines of at most `columns` (else `width()`); control characters of the text are dropped, so
    that a document cannot move the cursor or imitate our colours."""
    lines = textwrap.wrap(
        printable(text),
        columns or width(),
        initial_indent=indent,
        subsequent_indent=indent + hang,
        break_on_hyphens=False,
    )
    # None, not False: click would write "not dim" after "bold", and terminals take both back.
    return [click.style(line, bold=bold or None, dim=dim or None, fg=colour) for line in lines]


def headed(name: str, more: str = "", *, before: str = "") -> list[str]:
    """The first line of an item, its name in bold."""
    line = f"{before}{click.style(printable(name), bold=True)}"
    return [f"{line}  {printable(more)}" if more else line]


def quoted(text: str, kind: str, *, indent: str = "     ") -> Iterator[str]:
    """What a document says, further in than any line of ours, so that none of its lines passes for
    one; between quotation marks if it is the source's own words. A line of ours says what is odd
    about it."""
    shown = text if kind == "digest" else f"“{text}”"
    yield from wrapped(shown, indent=f"{indent}  ")
    if odd := flagged(text):
        yield from wrapped(f"{odd}; not given to the model that judges", indent=indent, colour=WARN)


def missing(index: Index) -> Iterator[str]:
    if index.unusable:
        yield from wrapped(
            f"NOT SEARCHED, {plural(len(index.unusable), 'file')} that cannot be used:",
            colour=WARN,
        )
        for problem in index.unusable:
            yield from wrapped(str(problem), indent="  ", colour=WARN)
