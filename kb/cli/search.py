"""kb search: passages nearest to a question, whatever they say about it."""

from pathlib import Path

import click

from kb.cli import options, render
from kb.cli.build import open_indexed
from kb.exporting import json


@click.command()
@click.argument("question")
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
    question: str,
    criterion: str | None,
    sources: tuple[str, ...],
    mode: str,
    limit: int,
    as_json: bool,
    home: Path | None,
) -> None:
    """Find the passages nearest to QUESTION, best first."""
    base = open_indexed(home)
    hits = base.search(question, criterion=criterion, sources=sources, mode=mode, limit=limit)
    options.tell_stale(base.index())
    options.emit(
        as_json,
        lambda: json.hits(hits),
        lambda: render.hits(hits, base.catalog.sources(), base.index()),
    )
