"""kb build: bring the index up to date with the files."""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kb.cli import options
from kb.errors import KbError

if TYPE_CHECKING:
    from kb.knowledge_base import KnowledgeBase


SHOWN = 20  # problems with annotations; a renamed id can make hundreds


@click.command()
@options.home
@click.option("--afresh", is_flag=True, help="Remove the index first, and make it from nothing.")
@click.option("--allow-drop", is_flag=True, help="Forget files that are gone, however many.")
def command(home: Path | None, afresh: bool, allow_drop: bool) -> None:
    """Read new and changed files of corpus/ into the index.

    Unchanged files are skipped. It may be stopped and run again at any time.
    """
    unusable = run(options.open_home(home), afresh=afresh, may_drop=allow_drop)
    if unusable:
        raise KbError(f"{unusable} of the files in corpus/ cannot be used; see the lines above")


def run(base: "KnowledgeBase", *, afresh: bool = False, may_drop: bool = False) -> int:
    """Build, telling of it on stderr; returns how many files cannot be used."""
    counts: Counter[str] = Counter()
    for done, outcome in enumerate(base.build(afresh=afresh, may_drop=may_drop), start=1):
        counts[outcome.status] += 1
        if outcome.problem:
            options.progress("")
            options.notice(f"not used: {outcome.problem}")
        if outcome.status == "indexed":
            options.progress(f"Reading and embedding: {done} files done, {outcome.path}")
    options.progress("")
    passages, documents = base.catalog.count()
    news = ", ".join(f"{n} {status}" for status, n in sorted(counts.items()) if n)
    click.echo(
        f"Index ready: {passages:,} passages in {documents:,} documents"
        f" ({news or 'corpus/ is empty'}).",
        err=True,
    )
    problems = base.problems()
    for problem in problems[:SHOWN]:
        options.notice(str(problem))
    if len(problems) > SHOWN:
        options.notice(f"annotations.jsonl: {len(problems) - SHOWN} more such lines")
    return counts["unusable"]


def open_indexed(path: Path | None) -> "KnowledgeBase":
    """The knowledge base that a reading command works on, with an index: the first question makes
    one."""
    base = options.open_home(path)
    if not base.has_index:
        click.echo("There is no index yet: making one, this happens once.", err=True)
        run(base)
    return base
