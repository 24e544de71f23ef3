"""kb check: whether all is in order, and what a person should look at."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from kb.cli import options
from kb.cli.build import run
from kb.cli.layout import plural, wrapped
from kb.errors import KbError
from kb.exporting import json, sarif

if TYPE_CHECKING:
    from kb.checking import Found


@click.command()
@click.option("--all", "every", is_flag=True, help="Also list what is only good to know.")
@click.option("--fix", is_flag=True, help="Mend what is derived; never what people wrote.")
@click.option("--sarif", "as_sarif", is_flag=True, help="Print SARIF, which editors read.")
@click.option("--only", multiple=True, metavar="CHECK", help="Only this one; may be repeated.")
@options.as_json
@options.home
def command(
    every: bool,
    fix: bool,
    as_sarif: bool,
    only: tuple[str, ...],
    as_json: bool,
    home: Path | None,
) -> None:
    """Look whether all is in order: files, references, index, models, folder and disk.

    Nothing is changed, unless --fix makes anew what is damaged in the index. The exit code is 1
    when anything is wrong, and 0 when there is only what a person should look at.
    """
    from kb import checking
    from kb.checking import mending
    from kb.knowledge_base import home_of

    folder = home_of(home)
    found = _checked(folder, only)
    if fix:
        _mend(folder, found)
        found = _checked(folder, only)
    if as_sarif:
        rules = {name: (one.heading, one.level) for name, one in checking.CHECKS.items()}
        click.echo(json.dumps(sarif.log(rules, found)))
    else:
        options.emit(
            as_json,
            lambda: {name: [json.problem(one) for one in of] for name, of in found.items()},
            lambda: _text(found, every),
        )
    if wrong := checking.wrong(found):
        what = f"{plural(wrong, 'thing')} must be mended; see the lines above"
        derived = not fix and mending.can_mend(found)
        raise KbError(f"{what}, and for what is derived: kb check --fix" if derived else what)


def _checked(folder: Path, only: tuple[str, ...]) -> "Found":
    from kb import checking

    found = checking.check(folder, only, lambda heading: options.progress(f"Checking: {heading}"))
    options.progress("")
    return found


def _mend(folder: Path, found: "Found") -> None:
    from kb.checking import mending

    base = options.open_home(folder)
    for path in mending.clear(base, found):
        options.notice(f"removed: {path.relative_to(folder).as_posix()}")
    if mending.needs_build(found):
        run(base)
        base.close()


def _text(found: "Found", every: bool) -> str:
    from kb.checking import CHECKS

    lines: list[str] = []
    for name, problems in found.items():
        if not problems:
            continue
        lines += ["", *wrapped(f"{CHECKS[name].heading}: {len(problems):,}", bold=True)]
        if CHECKS[name].level == "note" and not every:
            lines += wrapped("which ones: kb check --all", indent="  ")
            continue
        for problem in problems:
            lines += wrapped(str(problem), indent="  ", hang="  ")
    return "\n".join(lines[1:]) or "There is nothing to look at."
