"""kb init: start a knowledge base."""

import os
from pathlib import Path

import click

from kb import starters


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), default=Path())
@click.option(
    "--starter",
    type=click.Choice(starters.NAMES),
    default="blank",
    show_default=True,
    help="What to begin with: an example to replace, or the knowledge base on co-production.",
)
def command(folder: Path, starter: str) -> None:
    """Make a knowledge base in FOLDER (this folder if none is given).

    Files that are already there are left as they are; if one would be in the way, nothing is
    written at all.
    """
    starters.copy(starter, folder)
    go = "" if folder.resolve() == Path.cwd() else f"cd {os.fspath(folder)} && "
    question = "what evidence supports scale limits?" if starter != "blank" else "your question"
    click.echo(
        f'Made a knowledge base in {folder.resolve()}. Next: {go}kb ask "{question}"', err=True
    )
