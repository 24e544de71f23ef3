"""kb search: passages nearest to a question, whatever they say about it."""

from pathlib import Path

import click

from kb.cli import listings, options
from kb.cli.build import open_indexed
from kb.exporting import json
from kb.records import Stance


@click.command()
@click.argument("question", nargs=-1, required=True)
@options.criterion
@options.source
@options.years
@options.kind
@click.option(
    "--stance",
    type=click.Choice([stance.value for stance in Stance]),
    help="Only what people judged so, on any circumstance.",
)
@click.option(
    "--mode",
    type=click.Choice(["both", "meaning", "words"]),
    default="both",
    show_default=True,
    help="Search by meaning, by words, or both fused.",
)
@options.limit(10, "passages")
@click.option(
    "--per-source",
    type=click.IntRange(0),
    default=3,
    show_default=True,
    help="As many passages of one source come before the others of it, which follow when all "
    "sources have had theirs; 0 for no such rule, 1 for one passage a source.",
)
@click.option("--explain", is_flag=True, help="Show what each score is made of.")
@options.as_json
@options.home
def command(
    question: tuple[str, ...],
    criterion: str | None,
    sources: tuple[str, ...],
    years: tuple[int, int] | None,
    kind: str | None,
    stance: str | None,
    mode: str,
    limit: int,
    per_source: int,
    explain: bool,
    as_json: bool,
    home: Path | None,
) -> None:
    """Find the passages nearest to QUESTION, best first.

    What stands in quotation marks within it must be in the passage, word after word:
    kb search '"power sharing" in hospitals'.
    """
    base = open_indexed(home)
    asked = " ".join(question)
    hits = base.search(
        asked,
        criterion=criterion,
        sources=sources,
        years=years,
        kind=kind or "",
        stance=Stance(stance) if stance else None,
        mode=mode,
        limit=limit,
        per_source=per_source,
    )
    index = base.index()
    options.tell_stale(index)
    cited = base.catalog.sources({hit.passage.citekey for hit in hits})
    held = base.catalog.words_held(asked, [hit.passage.id for hit in hits]) if explain else None
    options.emit(as_json, lambda: json.hits(hits), lambda: listings.hits(hits, cited, index, held))
