"""kb evaluate: how good the models are, measured on labelled rows."""

from collections.abc import Iterator
from pathlib import Path

import click

from kb.cli import options
from kb.cli.layout import plural, wrapped
from kb.exporting import json
from kb.reports import Measure, StanceReport


@click.group()
def command() -> None:
    """Measure how good the models are, on rows that people have labelled."""


@command.command("stance")
@click.argument("file", type=click.Path(path_type=Path))
@options.as_json
@options.home
def evaluate_stance(file: Path, as_json: bool, home: Path | None) -> None:
    """Measure the stance model on FILE, one row {"claim", "evidence", "label"} a line.

    Labels: supports, challenges (or refutes), neutral; without any neutral, two ways.
    """
    from kb.evaluating import stance

    rows = stance.read(file)
    base = options.open_or_default(home)

    def progress(done: int) -> None:
        options.progress(f"{done:,} of {len(rows):,} rows judged" if done < len(rows) else "")

    measured = base.evaluate_stance(rows, progress)
    options.emit(as_json, lambda: json.stance_report(measured), lambda: "\n".join(text(measured)))


def text(given: StanceReport) -> Iterator[str]:
    yield f"{plural(given.n, 'row')}, {given.ways}-way, judged by {given.judge}"
    yield ""
    yield f"macro-F1   {_shown(given.macro_f1)}"
    yield f"accuracy   {_shown(given.accuracy)}"
    yield f"calibration error  {given.ece:.3f}"
    yield ""
    yield f"{'':<11}{'rows':>6}  {'precision':<21}{'recall':<21}F1"
    for label, measures in given.labels.items():
        cells = (_shown(m) for m in (measures.precision, measures.recall, measures.f1))
        yield f"{label:<11}{measures.n:>6}  " + "  ".join(cells)
    yield ""
    yield (
        f"Shown as a side from {given.threshold:.2f} up: {plural(given.shown, 'row')}, "
        f"right {_shown(given.precision_at_threshold)}"
    )
    yield f"Share of the rows with a side that are shown on one: {given.coverage:.3f}"
    yield ""
    yield "Rows: label; columns: found"
    labels = list(given.labels)
    yield f"{'':<12}" + "".join(f"{label:>12}" for label in labels)
    for row, label in enumerate(labels):
        counts = given.confusion[row]
        yield f"{label:<12}" + "".join(f"{count:>12,}" for count in counts)
    if given.worst:
        yield ""
        yield "Surest errors"
    for item in given.worst:
        yield ""
        yield from wrapped(
            f"{item.row.label}, found {item.found} ({item.opinion.of(item.found):.0%})", indent="  "
        )
        yield from wrapped(f"claim: {item.row.claim}", indent="    ", hang="  ")
        yield from wrapped(f"evidence: {item.row.evidence[:400]}", indent="    ", hang="  ")


def _shown(of: Measure) -> str:
    low, high = of.interval
    return f"{of.value:.3f} ({low:.3f}-{high:.3f})"
