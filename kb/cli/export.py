"""kb export: an annotated bibliography for others."""

import sys
from pathlib import Path

import click

from kb.cli import options
from kb.cli.build import open_indexed
from kb.exporting import FORMATS, TEXTS, format_of, writer

_STANCES = ("supporting", "challenging", "mixed", "context")
_STYLES = "harvard, apa, vancouver, chicago or mhra"


@click.command()
@click.option(
    "--criterion",
    "criteria",
    metavar="ID",
    multiple=True,
    shell_complete=options.complete_criterion,
    help="Only this criterion; may be given several times.",
)
@click.option(
    "--circumstance",
    "circumstances",
    metavar="ID",
    multiple=True,
    help="Only this circumstance (see: kb criteria); may be given several times.",
)
@click.option(
    "--stance",
    "stances",
    type=click.Choice(_STANCES),
    multiple=True,
    help="Only sources of this group; may be given several times.",
)
@click.option(
    "--as",
    "format_",
    type=click.Choice(list(FORMATS)),
    help="The format. [default: by the ending of -o, else markdown]",
)
@click.option(
    "--style",
    default="harvard",
    show_default=True,
    metavar="STYLE",
    help=f"The citation style: {_STYLES}, or the path of a .csl file.",
)
@click.option("--people-only", is_flag=True, help="Leave out what only the model has judged.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Where to write it. [default: standard output]",
)
@options.home
def command(
    criteria: tuple[str, ...],
    circumstances: tuple[str, ...],
    stances: tuple[str, ...],
    format_: str | None,
    style: str,
    people_only: bool,
    output: Path | None,
    home: Path | None,
) -> None:
    """Write an annotated bibliography: what each source found, and on which side it stands.

    Sources are grouped by criterion, circumstance and what they say to it, each with its reference,
    how it was made, its strongest passages and who judged them. For colleagues, a board or a
    journal: kb export --criterion scale -o scale.docx
    """
    from kb.curating import delivering
    from kb.exporting import citing, pdf

    format_ = format_ or (format_of(output) if output else "markdown")
    write = writer(format_)
    citing.check(style)
    if format_ == "pdf":
        pdf.converter()
    if output:
        delivering.check_place(output)
    elif format_ not in TEXTS and sys.stdout.isatty():
        raise click.UsageError(f"{format_} is not for the screen; name a file with -o")
    base = open_indexed(home)
    made = base.bibliography(
        criteria=criteria,
        circumstances=circumstances,
        stances=stances or _STANCES,
        people_only=people_only,
        progress=lambda name: options.progress(f"Weighing {name}"),
    )
    options.progress(f"Writing {format_}")
    content = write(made, style)
    options.progress("")
    options.tell_stale(made.index)
    if output:
        delivering.deliver(output, content)
        options.notice(f"{output}: {len(made.references)} sources in {len(made.entries)} entries")
    else:
        click.echo(content, nl=False)
