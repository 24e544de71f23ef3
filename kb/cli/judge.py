"""kb judge: a person's verdict on what a passage does to a circumstance."""

from pathlib import Path

import click

from kb.cli import options
from kb.cli.build import open_indexed
from kb.cli.tag import say
from kb.errors import QuestionError


@click.command()
@click.argument("passage", metavar="PASSAGE", shell_complete=options.complete_citekey)
@click.argument("stance", type=click.Choice(["supports", "challenges", "neutral"]), required=False)
@click.option(
    "--claim",
    "--circumstance",
    "claim",
    metavar="ID",
    required=True,
    shell_complete=options.complete_circumstance,
    help="The circumstance it is judged on.",
)
@click.option("--why", metavar="TEXT", default="", help="Your reason, in a few words.")
@click.option("--sure", type=click.Choice(["clear", "arguable"]), help="How plain it is to you.")
@click.option("--undo", is_flag=True, help="Take back your last verdict, as if never given.")
@options.by
@options.home
def command(
    passage: str,
    stance: str | None,
    claim: str,
    why: str,
    sure: str | None,
    undo: bool,
    by: str | None,
    home: Path | None,
) -> None:
    """Say what PASSAGE does to a circumstance: supports, challenges, or neutral (no bearing).

    It counts at once, before the word of any model; of your own verdicts on one thing the last.
    """
    from kb.labelling.saying import VERDICT, Pen, circumstance_named, passage_named
    from kb.records import Stance

    if bool(stance) == undo:
        raise QuestionError("say one of: supports, challenges, neutral; or --undo, to take it back")
    base = open_indexed(home)
    on, about = circumstance_named(base, claim), passage_named(base, passage)
    pen = Pen(base, options.who(by, base.home))
    if undo:
        pen.take_back(VERDICT, about.id, on.id)
        say(f"{pen.by} has taken back their last verdict on {on.id} ({about.id}).")
        return
    opinion = base.opinions(on.statement, [about]).get(about.id)
    why = options.printable(why)
    pen.judge(about, on, Stance(stance or ""), opinion, why=why, sure=sure or "")
    bears = "has no bearing on" if stance == "neutral" else stance
    say(f"{pen.by}: {about.id} {bears} {on.id}: {on.statement}")
    model = f"model: {opinion.stance}, {opinion.probability:.0%}. " if opinion else ""
    say(f"{model}To undo it: kb judge {about.id} --claim {on.id} --undo")
