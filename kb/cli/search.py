"""kb search: passages nearest to a question, whatever they say about it."""

from pathlib import Path

import click

from kb.cli import options, render


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
    base = options.open_indexed(home)
    hits = base.search(question, criterion=criterion, sources=sources, mode=mode, limit=limit)
    for name in base.index().stale:
        options.notice(f"changed since the index was made: {name}; bring it up to date: kb build")
    if as_json:
        from kb.exporting import json

        click.echo(json.dumps(json.hits(hits)))
    else:
        click.echo(render.hits(hits, base.catalog.sources(), base.index()))
