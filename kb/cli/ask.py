"""kb ask: evidence for and against a circumstance."""

from pathlib import Path

import click

from kb.cli import options, render
from kb.cli.build import open_indexed
from kb.exporting import json


@click.command()
@click.argument("question", nargs=-1)
@options.criterion
@click.option(
    "--claim",
    metavar="TEXT",
    help="Weigh this statement, or the circumstance with this id, whatever the question says.",
)
@options.source
@options.years
@options.kind
@options.limit(5, "items in each group")
@click.option(
    "--explain", is_flag=True, help="Show what the model says of each item, and by which sentence."
)
@options.as_json
@options.home
def command(
    question: tuple[str, ...],
    criterion: str | None,
    claim: str | None,
    sources: tuple[str, ...],
    years: tuple[int, int] | None,
    kind: str | None,
    limit: int,
    explain: bool,
    as_json: bool,
    home: Path | None,
) -> None:
    """What evidence supports, and what challenges, this?

    QUESTION is a question, a few words, or the id of a circumstance (see: kb criteria). Put it in
    quotation marks, so that the shell leaves ? and ' alone. With --claim it may be left out.
    """
    asked = " ".join(question) or claim or ""
    if not asked.strip():
        raise click.UsageError('the question is empty; ask something, e.g. kb ask "scale limits"')
    base = open_indexed(home)
    answer = base.ask(
        asked,
        criterion=criterion,
        claim=claim,
        sources=sources,
        years=years,
        kind=kind or "",
        limit=limit,
        explain=explain,
    )
    options.tell_stale(answer.index)
    options.emit(
        as_json,
        lambda: json.answer(answer),
        lambda: render.answer(answer, base.framework, explain=explain),
    )
