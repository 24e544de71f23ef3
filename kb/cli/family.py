"""kb family: which sources are one work, and a person's word on it."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kb.cli import options
from kb.cli.build import open_indexed
from kb.cli.layout import wrapped

if TYPE_CHECKING:
    from kb.curating.relating import Family


@click.group(invoke_without_command=True)
@options.as_json
@options.home
@click.pass_context
def command(context: click.Context, as_json: bool, home: Path | None) -> None:
    """List sources that are one work or study, such as a preprint and its article.

    An answer counts them once. Nothing else happens to them.
    """
    if context.invoked_subcommand:
        return
    from kb.curating import relating

    base = open_indexed(home)
    found = relating.families(base)
    options.tell_stale(base.index())
    options.emit(as_json, lambda: [_json(family) for family in found], lambda: _text(found))


_citekey: dict[str, Any] = {"metavar": "CITEKEY", "shell_complete": options.complete_citekey}


@command.command()
@click.argument("first", **_citekey)
@click.argument("second", **_citekey)
@options.by
@options.home
@click.pass_context
def apart(
    context: click.Context, first: str, second: str, by: str | None, home: Path | None
) -> None:
    """Say that two sources are two works."""
    _decide(home or _parents(context), first, second, by, together=False)


@command.command()
@click.argument("first", **_citekey)
@click.argument("second", **_citekey)
@options.by
@options.home
@click.pass_context
def together(
    context: click.Context, first: str, second: str, by: str | None, home: Path | None
) -> None:
    """Say that two sources are one work or study."""
    _decide(home or _parents(context), first, second, by, together=True)


def _parents(context: click.Context) -> Path | None:
    """The folder that is named before the subcommand."""
    home: Path | None = context.parent.params.get("home") if context.parent else None
    return home


def _decide(home: Path | None, first: str, second: str, by: str | None, *, together: bool) -> None:
    from kb.curating import relating

    base = open_indexed(home)
    relating.decide(base, first, second, options.who(by, base.home), together=together)
    base.index()  # sees what was written just now
    if together and not any({first, second} <= set(family) for family in base.families):
        options.notice("written down; but others of their families are told apart: kb family")
        return
    click.echo(
        f"{first} and {second} count {'once' if together else 'as two'} from now on. "
        f"To undo it: kb family {'apart' if together else 'together'} {first} {second}",
        err=True,
    )


def _json(family: "Family") -> dict[str, list[str]]:
    citekeys = [source.citekey for source in family.sources]
    return {"sources": citekeys, "why": list(family.why)}


def _text(found: "list[Family]") -> str:
    lines: list[str] = []
    for family in found:
        for source in family.sources:
            lines += wrapped(f"{source.citekey}  {source.citation}  {source.title}", hang="  ")
        for why in family.why:
            lines += wrapped(why, indent="    ", dim=True)
        lines.append("")
    number = "1 family" if len(found) == 1 else f"{len(found):,} families"
    return "\n".join([*lines, number])
