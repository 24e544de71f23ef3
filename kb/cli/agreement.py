"""kb agreement: how far people agree, with each other and with the models."""

from collections.abc import Iterator
from pathlib import Path

import click

from kb.cli import options
from kb.cli.build import open_indexed
from kb.cli.layout import plural, wrapped
from kb.exporting import json
from kb.reports import Agreement, AgreementReport, Measure

SHOWN = 10


@click.command()
@click.option(
    "--by",
    "people",
    metavar="NAME",
    multiple=True,
    help="Compare these two; given twice, one may be: model. [default: all]",
)
@click.option("--limit", type=click.IntRange(0), default=SHOWN, help="Disagreements listed.")
@click.option("--as-csv", is_flag=True, help="Print all disagreements as CSV, to settle them.")
@options.as_json
@options.home
def command(
    people: tuple[str, ...], limit: int, as_csv: bool, as_json: bool, home: Path | None
) -> None:
    """Measure how far people agree with each other and with the models.

    For each criterion and circumstance that both said something on: the share on which they agree,
    Cohen's kappa and Gwet's AC1, each with its 95 % interval; then where they disagree.
    """
    from kb.labelling import comparing

    base = open_indexed(home)
    found = comparing.compare(base, people, options.progress)
    if as_csv:
        with base.reading():
            names = {one.passage_id for report in found for one in report.disagreements}
            texts = {name: p.text for name, p in base.catalog.passages(names).items()}
        click.echo(disagreements(found, texts), nl=False)
        return
    options.emit(
        as_json,
        lambda: [json.agreement_report(report) for report in found],
        lambda: "\n".join(text(found, limit)),
    )


def text(found: list[AgreementReport], limit: int) -> Iterator[str]:
    if not found:
        yield "No two people have said something on the same passages yet."
    for report in found:
        first, second = (name.partition("@")[0] for name in (report.first, report.second))
        yield from wrapped(f"{first} and {second}", bold=True)
        for title, measured in (
            ("criterion", report.criteria),
            ("circumstance", report.circumstances),
        ):
            if measured:
                yield ""
                yield f"{title:<15}{'n':>6}  {'agreement':<18}{'kappa':<18}AC1"
            for about, of in measured.items():
                yield from _row(about, of)
        yield ""
        total = len(report.disagreements)
        yield from wrapped(f"They disagree on {plural(total, 'thing')}.")
        for one in report.disagreements[:limit]:
            yield from wrapped(
                f"{one.about}: {one.first}, {one.second}  {one.passage_id}", indent="  ", hang="  "
            )
        if total > limit:
            yield f"  {total - limit:,} more: --limit {total}, or --as-csv"
        yield ""


def _row(about: str, of: Agreement) -> Iterator[str]:
    cells = "".join(f"{_shown(measure):<18}" for measure in (of.raw, of.kappa, of.ac1))
    yield f"{about:<15}{of.n:>6,}  {cells}".rstrip()


def _shown(of: Measure | None) -> str:
    if of is None:
        return "-"
    low, high = of.interval
    return f"{of.value:.2f} ({low:.2f}-{high:.2f})"


def disagreements(found: list[AgreementReport], texts: dict[str, str]) -> str:
    """All of them with the passages' text, as CSV with a head."""
    from kb.labelling.sheets import as_csv

    columns = ("passage", "about", "first", "says", "second", "says too", "text")
    records = [
        {
            "passage": one.passage_id,
            "about": one.about,
            "first": report.first,
            "says": one.first,
            "second": report.second,
            "says too": one.second,
            "text": texts.get(one.passage_id, ""),
        }
        for report in found
        for one in report.disagreements
    ]
    return as_csv(records, columns).decode("utf-8-sig").replace("\r\n", "\n")
