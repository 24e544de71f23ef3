"""kb check: all that a librarian should look at."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from kb.cli import options
from kb.cli.build import open_indexed
from kb.cli.layout import plural, wrapped
from kb.errors import KbError
from kb.exporting import json

if TYPE_CHECKING:
    from kb.records import Problem


@click.command()
@click.option("--all", "every", is_flag=True, help="Also list the entries without a document.")
@options.as_json
@options.home
def command(every: bool, as_json: bool, home: Path | None) -> None:
    """List what a person should look at: guesses, doubles, what could not be read.

    The exit code is 1 when a file cannot be used, and else 0.
    """
    from kb.curating import checking

    base = open_indexed(home)
    found = checking.check(base)
    options.tell_stale(base.index())
    options.emit(
        as_json,
        lambda: {group: [json.problem(one) for one in found[group]] for group in found},
        lambda: _text(found, checking.GROUPS, every),
    )
    if unusable := len(found["unusable"]):
        raise KbError(f"{plural(unusable, 'file')} of corpus/ cannot be used; see the lines above")


def _text(found: "dict[str, tuple[Problem, ...]]", headings: dict[str, str], every: bool) -> str:
    lines: list[str] = []
    for group, problems in found.items():
        if not problems:
            continue
        lines += ["", *wrapped(f"{headings[group]}: {len(problems):,}", bold=True)]
        if group == "without_file" and not every:
            lines += wrapped("which ones: kb check --all", indent="  ")
            continue
        for problem in problems:
            lines += wrapped(str(problem), indent="  ", hang="  ")
    return "\n".join(lines[1:]) or "There is nothing to look at."
