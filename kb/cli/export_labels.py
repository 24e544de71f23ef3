"""kb export-labels: people's labels as a sheet for Excel or LibreOffice."""

import sys
from pathlib import Path

import click

from kb import handwritten
from kb.cli import options
from kb.cli.build import open_indexed
from kb.cli.layout import plural
from kb.errors import QuestionError, storage_error


@click.command()
@click.option(
    "--as", "kind", type=click.Choice(["csv", "xlsx"]), help="The format. [default: FILE's, or csv]"
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Where to write it. [default: standard output, for csv]",
)
@click.option(
    "--to-label",
    type=click.IntRange(1, 10_000),
    metavar="N",
    help="Instead of what people said, N questions with an empty label, worth most first.",
)
@options.criterion
@options.claim
@options.by
@options.home
def command(
    kind: str | None,
    output: Path | None,
    to_label: int | None,
    criterion: str | None,
    claim: str | None,
    by: str | None,
    home: Path | None,
) -> None:
    """Write people's labels as a sheet, one row for a passage, a criterion or circumstance, and a
    person. kb import-labels takes it back.

    With --to-label nothing that others said is in it, so that a colleague judges for themselves;
    --by says for whom.
    """
    from kb.labelling import exchanging, queueing

    kind = kind or ("xlsx" if output and output.suffix.lower() == ".xlsx" else "csv")
    if kind == "xlsx" and output is None:
        raise QuestionError("a workbook needs a file: -o labels.xlsx")
    if output and output.suffix.lower() != f".{kind}":
        raise QuestionError(f"{output}: must end with .{kind}, or kb import-labels will misread it")
    base = open_indexed(home)
    if to_label:
        person = options.who(by, base.home)
        items = queueing.queue(
            base,
            person,
            criterion=criterion,
            claim=claim,
            limit=to_label,
            progress=options.progress,
        )
        records = exchanging.to_label(base, items)
    else:
        records = exchanging.exported(base, criterion=criterion, claim=claim, by=by)
    content = exchanging.written(records, kind)
    if output is None:
        sys.stdout.buffer.write(content)
        return
    try:
        handwritten.write(output, content, output)
    except OSError as error:
        raise storage_error(error, output) or error from None
    click.echo(f"{output}: {plural(len(records), 'row')}", err=True)
