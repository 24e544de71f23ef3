"""kb remove: take sources out, so that they can be put back."""

import sys
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kb.cli import options
from kb.cli.build import tell
from kb.cli.layout import plural
from kb.errors import KbError

if TYPE_CHECKING:
    from kb.curating.removing import Belongings

citekeys = click.argument(
    "citekeys",
    metavar="CITEKEY...",
    nargs=-1,
    required=True,
    shell_complete=options.complete_citekey,
)
yes = click.option("--yes", is_flag=True, help="Do not ask first.")


@click.command()
@citekeys
@yes
@options.home
def command(citekeys: tuple[str, ...], yes: bool, home: Path | None) -> None:
    """Take sources out of the knowledge base, files and entries.

    They are kept in removed/, from where they can be put back.
    """
    from kb.curating import removing

    base = options.open_home(home)
    what = removing.belongings(base, citekeys)
    confirm(yes, f"Remove {found(what)}? All of it is kept in removed/.")
    done = count(1)
    moved = removing.remove(base, what, lambda outcome: tell(outcome, next(done)))
    options.progress("")
    for old, new in zip(what.files, moved, strict=True):
        say(f"{old} is now {new}")
    if what.entries:
        say(f"Moved from references.bib to removed/references.bib: {', '.join(what.entries)}")
    if what.quotes:
        lines = plural(what.quotes, "line")
        say(f"annotations.jsonl keeps {lines} on it, which count for nothing meanwhile")
    say(
        "To undo it: put files back into corpus/ and entries into references.bib, and run: kb build"
    )


def found(what: "Belongings") -> str:
    """In a few words, what there is of the sources."""
    files = [*what.files, *what.put_by]
    shown = ", ".join(files[:4]) if files else "no file"
    more = f" and {plural(len(files) - 4, 'more file')}" if len(files) > 4 else ""
    entries = f"{len(what.entries)} of references.bib" if what.entries else "no entry"
    return f"{', '.join(what.citekeys)} ({shown}{more}; {entries})"


def say(text: str) -> None:
    click.echo(options.printable(text), err=True)


def confirm(yes: bool, question: str) -> None:
    """Ask, unless it has been said. Raises KbError where there is nobody to ask."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise KbError(f"{question} There is no terminal to ask on; say it with --yes")
    click.confirm(options.printable(question), abort=True, err=True)
