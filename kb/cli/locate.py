"""kb locate: where do these words stand?"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kb.cli import options
from kb.cli.build import open_indexed
from kb.cli.layout import headed, place, quoted, wrapped
from kb.errors import KbError
from kb.exporting import json

if TYPE_CHECKING:
    from kb.curating.locating import Place

AROUND = 120  # characters shown on each side


@click.command()
@click.argument("words", nargs=-1, required=True)
@options.limit(10, "places")
@options.as_json
@options.home
def command(words: tuple[str, ...], limit: int, as_json: bool, home: Path | None) -> None:
    """Find the places where WORDS stand: the very words first, then words near to them.

    Case, accents, white space, hyphens within words, and kinds of dashes and quotation marks make
    no difference. Exit code 1 where nothing is found.
    """
    from kb.curating.locating import locate

    base = open_indexed(home)
    found = locate(base, " ".join(words), limit)
    options.tell_stale(base.index())
    if found or as_json:
        options.emit(as_json, lambda: [as_values(one) for one in found], lambda: text(found))
    if not found:
        raise KbError(
            "no passage holds these words, or words near to them; try fewer of them, or search "
            "by meaning: kb search"
        )


def text(found: "list[Place]") -> str:
    lines: list[str] = []
    for number, one in enumerate(found, start=1):
        share = "the very words" if one.exact else f"{int(100 * one.share)}% alike"
        head = headed(one.source.citation, f"[{share}]", before=f"{number:>3}  ")
        lines += [*head, *_one(one), ""]
    return "\n".join(lines[:-1])


def _one(found: "Place") -> Iterator[str]:
    shown = f"{_end(found.before)}**{found.text.strip()}**{_beginning(found.after)}"
    digest = found.kind == "digest"
    yield from quoted(shown, found.kind)
    kind = "paraphrase in a digest, not the source's words" if digest else "from the original"
    where = place(found.passages[0].locator)
    yield from wrapped(" · ".join(filter(None, [kind, where])), indent="     ", dim=True)
    for passage in found.passages:
        yield click.style(f"     {passage.id}", dim=True)


def _end(text: str) -> str:
    """The last words of a text."""
    return text if len(text) <= AROUND else f"… {text[-AROUND:].partition(' ')[2]}"


def _beginning(text: str) -> str:
    """The first words of a text."""
    return text if len(text) <= AROUND else f"{text[:AROUND].rpartition(' ')[0]} …"


def as_values(found: "Place") -> dict[str, Any]:
    """As docs/json.md has it."""
    return {
        "passage_id": found.passages[0].id,
        "passages": [passage.id for passage in found.passages],
        "citekey": found.source.citekey,
        "citation": found.source.citation,
        "kind": found.kind,
        "locator": json.locator(found.passages[0].locator),
        "exact": found.exact,
        "share": round(found.share, 4),
        "before": found.before,
        "text": found.text,
        "after": found.after,
    }
