"""kb import-labels: a sheet of labels back into annotations.jsonl."""

from pathlib import Path

import click

from kb.cli import options
from kb.cli.build import open_indexed
from kb.cli.layout import plural
from kb.errors import KbError


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@options.by
@options.home
def command(file: Path, by: str | None, home: Path | None) -> None:
    """Take in labels from FILE, a sheet that kb export-labels wrote and people filled in.

    Only what is new or changed is added. A label without a date gets the time of now, one without a
    name is yours. Where a sheet says something else than the same person said here, that is listed;
    the later word counts. A wrong label stops it, with its row, before anything is added.
    """
    from kb.labelling import taking_in

    base = open_indexed(home)
    try:
        person = options.who(by, base.home)
    except KbError:
        person = None  # only rows without a name need one
    done = taking_in.bring_in(base, file, person)
    for line in (*done.conflicts, *(f"refused: {line}" for line in done.refused)):
        options.notice(f"{file.name}, {line}")
    click.echo(
        f"{file.name}: {plural(done.added, 'label')} added, {done.unchanged:,} unchanged, "
        f"{done.blank:,} without a label, {plural(len(done.conflicts), 'conflict')}. "
        "Searches by criterion follow after: kb build",
        err=True,
    )
    if done.refused:
        raise KbError(
            f"{file}: {plural(len(done.refused), 'row')} refused; see the lines above, the others "
            "are in"
        )
