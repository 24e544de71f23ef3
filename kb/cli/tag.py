"""kb tag: a person's word on what a passage is about."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from kb.cli import options
from kb.cli.build import open_indexed
from kb.cli.layout import wrapped
from kb.errors import QuestionError

if TYPE_CHECKING:
    from kb.labelling.saying import Pen
    from kb.records import Passage


@click.command()
@click.argument("passage", metavar="PASSAGE", shell_complete=options.complete_citekey)
@click.argument(
    "criteria", metavar="[CRITERION]...", nargs=-1, shell_complete=options.complete_criterion
)
@click.option("--remove", is_flag=True, help="Say that the passage is not about them.")
@click.option("--only", is_flag=True, help="Say that it is about these and no other criterion.")
@click.option("--undo", is_flag=True, help="Take back your last word on it, as if never said.")
@click.option("--why", metavar="TEXT", default="", help="Your reason, in a few words.")
@options.by
@options.home
def command(
    passage: str,
    criteria: tuple[str, ...],
    remove: bool,
    only: bool,
    undo: bool,
    why: str,
    by: str | None,
    home: Path | None,
) -> None:
    """Say that PASSAGE is about a CRITERION, or with --remove that it is not.

    Your word is on the criteria you name. On all others nothing is said: there the word of others
    and of the model stays. With --only you say that you have read the passage for every criterion
    and see these alone, or none if you name none.

    PASSAGE is named as kb show prints it; its beginning is enough.
    """
    from kb.labelling.saying import Pen, passage_named

    if remove + only + undo > 1:
        raise QuestionError("--remove, --only and --undo are three things; say one of them")
    if not criteria and not only and not undo:
        raise QuestionError("name at least one criterion; list them with: kb criteria")
    base = open_indexed(home)
    named = [base.framework.criterion(name).id for name in dict.fromkeys(criteria)]
    about = passage_named(base, passage)
    pen = Pen(base, options.who(by, base.home))
    if undo:
        say(_undone(pen, about, named))
    elif only:
        pen.read(about, named, options.printable(why))
        say(f"{pen.by}: {about.id} is about {', '.join(named) or 'no criterion'}, and no other.")
        say(f"To undo it: kb tag {about.id} --undo")
    else:
        with pen.at_once():
            for name in named:
                pen.tag(about, name, seen=not remove, why=options.printable(why))
        not_ = "not " if remove else ""
        say(f"{pen.by}: {about.id} is {not_}about {', '.join(named)}.")
        say(f"To undo it: kb tag {about.id} {' '.join(named)} --undo")
    say("Searches by criterion follow after: kb build")


def _undone(pen: "Pen", passage: "Passage", criteria: list[str]) -> str:
    """Take back the last word on each criterion, or the last of all on the passage."""
    from kb.labelling.saying import TAG, TAGS

    if criteria:
        with pen.at_once():
            for name in criteria:
                pen.take_back(TAG, passage.id, name)
        return f"{pen.by} has taken back their last word on {', '.join(criteria)} ({passage.id})."
    names = pen.names(passage.id)
    words = [
        said[-1]
        for (kind, name, _), said in pen.standing.items()
        if kind in (TAG, TAGS) and name in names and said
    ]
    last = max(words, key=lambda one: one.at, default=None)
    pen.take_back(last.kind if last else TAGS, passage.id, last.about if last else "")
    what = f"word on {last.about}" if last and last.about else "reading"
    return f"{pen.by} has taken back their last {what} ({passage.id})."


def say(text: str) -> None:
    """What was done, on stderr."""
    for line in wrapped(text, hang="  "):
        click.echo(line, err=True)
