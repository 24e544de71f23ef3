"""kb forget: delete sources so that nothing of them is left."""

from itertools import count
from pathlib import Path

import click

from kb.cli import options
from kb.cli.build import tell
from kb.cli.layout import plural
from kb.cli.remove import citekeys, confirm, found, say, yes


@click.command()
@citekeys
@yes
@click.option(
    "--annotations", "also_annotations", is_flag=True, help="Also the judgements that quote them."
)
@options.home
def command(
    citekeys: tuple[str, ...], yes: bool, also_annotations: bool, home: Path | None
) -> None:
    """Delete sources for good: files, entries, and all that the index has of them.

    Also what an earlier kb remove kept in removed/. This cannot be undone.
    """
    from kb.curating import removing

    base = options.open_home(home)
    what = removing.belongings(base, citekeys)
    lines = plural(what.quotes, "line")
    quoted = what.quotes and also_annotations
    besides = f" and {lines} of annotations.jsonl" if quoted else ""
    confirm(yes, f"Delete {found(what)}{besides} for good?")
    had_learnt = base.has_learnt
    done = count(1)
    removing.forget(
        base,
        what,
        lambda outcome: tell(outcome, next(done)),
        also_annotations=also_annotations,
    )
    options.progress("")
    say(f"Nothing of {', '.join(what.citekeys)} is left in the files or in the index.")
    if had_learnt:
        say(
            "What the tagger had learnt went too, since their words may have taught it. To learn "
            "from all others: kb learn"
        )
    if quoted:
        say(f"Removed {lines} from annotations.jsonl.")
    elif what.quotes:
        say(
            f"annotations.jsonl still quotes it in {lines}. To remove them too: "
            f"kb forget {' '.join(what.citekeys)} --annotations"
        )
