"""kb build: bring the index up to date with the files."""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kb.cli import options
from kb.errors import KbError
from kb.exporting import json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kb.knowledge_base import KnowledgeBase
    from kb.records import FileOutcome


SHOWN = 20  # problems with annotations; a renamed id can make hundreds


@click.command()
@options.home
@click.option("--afresh", is_flag=True, help="Remove the index first, and make it from nothing.")
@click.option("--allow-drop", is_flag=True, help="Forget files that are gone, however many.")
@options.as_json
def command(home: Path | None, afresh: bool, allow_drop: bool, as_json: bool) -> None:
    """Read new and changed files of corpus/ into the index.

    Unchanged files are skipped. A file that references.bib has no entry for gets one, made from
    what the file says of itself; kb check lists such entries. It may be stopped and run again at
    any time.
    """
    from kb.curating.adopting import adopt

    base = options.open_home(home)
    for line in base.mend():
        options.notice(line)
    adopted = adopt(base, options.progress)
    options.progress("")
    for one in adopted:
        if one.status == "added":
            options.notice(f"{one.path}: had no entry, has one now: {one.citekey}; {one.reason}")
    outcomes = run(base, afresh=afresh, may_drop=allow_drop, adopted=adopted)
    if as_json:
        click.echo(json.dumps({"outcomes": [json.outcome(one) for one in outcomes]}))
    if failed := sum(one.status == "failed" for one in outcomes):
        raise KbError(f"{failed} of the files in corpus/ cannot be used; see the lines above")


def run(
    base: "KnowledgeBase",
    *,
    afresh: bool = False,
    may_drop: bool = False,
    adopted: "Sequence[FileOutcome]" = (),
) -> "list[FileOutcome]":
    """Build, telling of it on stderr; returns what became of each document. Of those that were
    `adopted` just before, those that failed are told as that found them."""
    had_learnt = afresh and base.has_learnt
    then = {_place(one): one for one in adopted if one.status in ("added", "failed")}
    outcomes = []
    for done, built in enumerate(base.build(afresh=afresh, may_drop=may_drop), start=1):
        before = then.get(built.path)
        outcomes.append(_both(before, built) if before else built)
        tell(outcomes[-1], done)
    options.progress("")
    counts = Counter(outcome.status for outcome in outcomes)
    passages, documents = base.catalog.count()
    news = ", ".join(f"{n} {status}" for status, n in sorted(counts.items()) if n)
    click.echo(
        f"Index ready: {passages:,} passages in {documents:,} documents"
        f" ({news or 'corpus/ is empty'}).",
        err=True,
    )
    if had_learnt:
        options.notice("what the tagger had learnt went with the index; bring it back: kb learn")
    problems = base.problems()
    for problem in problems[:SHOWN]:
        options.notice(str(problem))
    if len(problems) > SHOWN:
        options.notice(f"annotations.jsonl: {len(problems) - SHOWN} more such lines")
    return outcomes


def _both(adopted: "FileOutcome", built: "FileOutcome") -> "FileOutcome":
    from kb.curating.intake import as_built  # what it brings, most builds do without

    return as_built(adopted, built)


def _place(one: "FileOutcome") -> str:
    """Where an adopted file lies now: one that could not be read is where it was."""
    added = one.status == "added"
    return f"corpus/{one.citekey}{Path(one.path).suffix.lower()}" if added else one.path


def tell(outcome: "FileOutcome", done: int) -> None:
    """On stderr: what is wrong with a document, what its reader noticed, and how far we are."""
    new = outcome.status in ("added", "updated")
    if outcome.problem or (new and outcome.notice):
        options.progress("")
    if outcome.problem:
        options.notice(f"not used: {outcome.problem}")
    elif new and outcome.notice:
        options.notice(f"{outcome.path}: {outcome.notice}")
    if new:
        options.progress(f"Reading and embedding: {done} files done, {outcome.path}")


def open_indexed(path: Path | None) -> "KnowledgeBase":
    """The knowledge base that a reading command works on, with an index: the first question makes
    one."""
    base = options.open_home(path)
    if not base.has_index:
        click.echo("There is no index yet: making one, this happens once.", err=True)
        run(base)
    return base
