"""kb contradictions: sources on opposite sides of a claim, side by side."""

from collections.abc import Iterable, Iterator
from itertools import groupby, zip_longest
from pathlib import Path

import click

from kb.cli import options
from kb.cli.build import open_indexed
from kb.cli.layout import WARN, kind_of, place, width, wrapped
from kb.exporting import json
from kb.exporting.labels import flagged, judged
from kb.records import Contradiction, Evidence

_GAP = "   "
_NONE = "No two sources stand on opposite sides, as far as people or the model have judged."


@click.command()
@options.criterion
@click.option(
    "--claim", metavar="TEXT", help="Only this statement, or the circumstance with this id."
)
@options.limit(3, "pairs for each circumstance")
@options.as_json
@options.home
def command(
    criterion: str | None, claim: str | None, limit: int, as_json: bool, home: Path | None
) -> None:
    """Show pairs of sources that say opposite things of the same claim.

    Of all such pairs, those are shown in which the two passages are nearest to each other in
    meaning. Their designs, settings and years stand beside them: they often explain the difference.
    """
    base = open_indexed(home)

    def progress(asked: str) -> None:
        options.progress(f"Weighing {asked}")

    found = base.contradictions(criterion=criterion, claim=claim, limit=limit, progress=progress)
    options.progress("")
    options.tell_stale(base.index())
    options.emit(as_json, lambda: json.contradictions(found), lambda: text(found))


def text(found: Iterable[Contradiction]) -> str:
    lines = []
    for claim, pairs in groupby(found, key=lambda pair: pair.claim):
        lines += ["", *wrapped(f"{claim.id} {claim.text}".strip(), bold=True)]
        for pair in pairs:
            lines += ["", *_beside(pair)]
    if not lines:
        return "\n".join(wrapped(_NONE))
    note = (
        "Two sources that differ need not contradict each other: look at who was studied, where, "
        "when and how. “model” marks what no person has judged."
    )
    return "\n".join([*lines, "", *wrapped(note, colour=WARN)]).lstrip("\n")


def _beside(pair: Contradiction) -> Iterator[str]:
    column = (width() - len(_GAP)) // 2
    left, right = (
        _column(title, item, column)
        for title, item in (("SUPPORTS", pair.supporting), ("CHALLENGES", pair.challenging))
    )
    for one, other in zip_longest(left, right, fillvalue=""):
        yield f"{one:<{column}}{_GAP}{other}".rstrip()


def _column(title: str, item: Evidence, columns: int) -> list[str]:
    shown = item.text if item.kind == "digest" else f"“{item.text}”"
    study = item.study
    parts = [
        f"{title} [{judged(item.judgement)}]",
        item.source.citation,
        *filter(None, [shown, flagged(item.text)]),
        f"Year: {item.source.year or 'not known'}",
        f"Design: {study.design or 'not known'}",
        f"Setting: {', '.join(filter(None, [study.setting, study.country])) or 'not known'}",
        " · ".join(filter(None, [kind_of(item.kind, item.read), place(item.passage.locator)])),
        item.passage.id,
    ]
    lines = [line for part in parts for line in wrapped(part, columns=columns)]
    return [click.unstyle(line) for line in lines]  # so that they can be padded
