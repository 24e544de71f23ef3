"""kb search: passages nearest to a question, whatever they say about it."""

from pathlib import Path

import click

from kb.cli import listings, options
from kb.cli.build import open_indexed
from kb.exporting import json


@click.command()
@click.argument("question", nargs=-1, required=True)
@options.criterion
@options.source
@click.option(
    "--mode",
    type=click.Choice(["both", "meaning", "words"]),
    default="both",
    show_default=True,
    help="Search by meaning, by words, or both fused.",
)
@options.limit(10, "passages")
@options.as_json
@options.home
def command(
    question: tuple[str, ...],
    criterion: str | None,
    sources: tuple[str, ...],
    mode: str,
    limit: int,
    as_json: bool,
    home: Path | None,
) -> None:
    """Find the passages nearest to QUESTION, best first."""
    base = open_indexed(home)
    asked = " ".join(question)
    hits = base.search(asked, criterion=criterion, sources=sources, mode=mode, limit=limit)
    index = base.index()
    options.tell_stale(index)
    cited = base.catalog.sources({hit.passage.citekey for hit in hits})
    options.emit(as_json, lambda: json.hits(hits), lambda: listings.hits(hits, cited, index))
