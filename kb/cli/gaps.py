"""kb gaps: what is missing from the evidence, in words."""

from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kb.cli import options
from kb.cli.build import open_indexed
from kb.cli.layout import missing, wrapped
from kb.exporting.labels import plural

if TYPE_CHECKING:
    from kb.maps import Gap
    from kb.records import Index


@click.command()
@click.option(
    "--min",
    "least",
    type=click.IntRange(1, 1_000),
    default=3,
    show_default=True,
    help="Fewer independent sources than this are few.",
)
@click.option(
    "--years",
    type=click.IntRange(1, 200),
    default=10,
    show_default=True,
    help="Evidence of which nothing is this recent is old.",
)
@options.criterion
@options.as_json
@options.home
def command(
    least: int, years: int, criterion: str | None, as_json: bool, home: Path | None
) -> None:
    """Say where evidence is missing or thin, the most serious first, and what to do about it.

    Circumstances that nobody has judged anything on; with few independent sources; with one side
    only; with opinion and no study; of which only abstracts were read; with nothing recent.
    """
    from kb.exporting import map_json

    base = open_indexed(home)
    found = base.gaps(least=least, years=years, criterion=criterion)
    index = base.index()
    options.tell_stale(index)
    options.emit(as_json, lambda: map_json.gaps(found), lambda: _text(found, index, least, years))


def _text(found: "list[Gap]", index: "Index", least: int, years: int) -> str:
    lines: list[str] = []
    for circumstance, of_one in groupby(found, key=lambda gap: gap.circumstance):
        gaps = list(of_one)
        head = f"{circumstance.id}: {circumstance.statement} ({plural(gaps[0].sources, 'source')})"
        lines += ["", *wrapped(head, bold=True)]
        for gap in gaps:
            lines += wrapped(f"{gap.kind.upper()}: {gap.what}", indent="  ", hang="  ")
            lines += wrapped(f"→ {gap.next_step}", indent="    ", hang="  ", dim=True)
    if not found:
        lines = ["", "No gaps by these measures."]
    measure = (
        f"Few is fewer than {least} sources (--min), old is nothing of the last {years} years "
        "(--years). Sources are counted on people's word, one work once. A gap is in what this "
        "knowledge base holds: there may be evidence elsewhere."
    )
    return "\n".join([*lines[1:], "", *wrapped(measure), *missing(index)])
