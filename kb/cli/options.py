"""Options that several commands share, and how a command gets its knowledge base."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kb.errors import KbError
from kb.exporting import json

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from kb.knowledge_base import KnowledgeBase
    from kb.records import Index

# Those of ASCII and Latin-1, overrides of direction, what takes no room and, as spaces, separators
# of lines.
_OUT = [*range(9), *range(11, 32), *range(127, 160), *range(0x202A, 0x202F), *range(0x2066, 0x206A)]
_OUT += [0x200B, *range(0x2060, 0x2065), 0xFEFF, *range(0xE0000, 0xE0080)]
_CONTROL = str.maketrans("\u2028\u2029", "  ", "".join(map(chr, _OUT)))
Command = Callable[..., Any]


def complete_criterion(
    context: click.Context, _: click.Parameter, incomplete: str
) -> "list[CompletionItem]":
    """Criterion ids of the knowledge base at hand; none when there is none."""
    from click.shell_completion import CompletionItem

    try:
        criteria = open_home(context.params.get("home")).framework.criteria
    except Exception:  # a completion must never print an error into the command line
        return []
    return [CompletionItem(c.id, help=c.name) for c in criteria if c.id.startswith(incomplete)]


def complete_citekey(
    context: click.Context, _: click.Parameter, incomplete: str
) -> "list[CompletionItem]":
    """Citekeys of the index at hand; none when there is none."""
    from click.shell_completion import CompletionItem

    try:
        sources = open_home(context.params.get("home")).catalog.sources()
    except Exception:  # as above
        return []
    return [CompletionItem(k, help=s.title) for k, s in sources.items() if k.startswith(incomplete)]


def complete_circumstance(
    context: click.Context, _: click.Parameter, incomplete: str
) -> "list[CompletionItem]":
    """Circumstance ids of the knowledge base at hand; none when there is none."""
    from click.shell_completion import CompletionItem

    try:
        found = open_home(context.params.get("home")).framework.circumstances
    except Exception:  # as above
        return []
    return [CompletionItem(c.id, help=c.statement) for c in found if c.id.startswith(incomplete)]


home = click.option(
    "--home",
    type=click.Path(path_type=Path),
    help="The knowledge base's folder. [default: KB_HOME, or the one around this folder]",
)
as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")
criterion = click.option(
    "--criterion", metavar="ID", shell_complete=complete_criterion, help="Only this criterion."
)
source = click.option(
    "--source",
    "sources",
    metavar="CITEKEY",
    multiple=True,
    shell_complete=complete_citekey,
    help="Only this source; may be given several times.",
)

kind = click.option(
    "--kind",
    type=click.Choice(["digest", "original"]),
    help="Only digests, which paraphrase a source, or only originals.",
)


def read_years(
    context: click.Context, _: click.Parameter, value: str | None
) -> tuple[int, int] | None:
    """The first and last year of "2015", "2010-2020", "2010-" or "-2020"."""
    if value is None:
        return None
    found = re.fullmatch(r"(\d{4})?(?:(-)(\d{4})?)?", value.strip().replace("–", "-"))
    if not found or not (found[1] or found[3]):
        raise click.BadParameter(f"'{value}' is not a year; give 2015, 2010-2020, 2010- or -2020")
    first = int(found[1] or 0)
    last = int(found[3] or 9999) if found[2] else first
    if first > last:
        raise click.BadParameter(f"{first} is later than {last}; give the earlier year first")
    return first, last


years = click.option(
    "--year",
    "years",
    metavar="YEARS",
    callback=read_years,
    help="Only sources of this year or these: 2015, 2010-2020, 2010-, -2020. One without a year "
    "is left out.",
)


claim = click.option(
    "--claim",
    "--circumstance",
    "claim",
    metavar="ID",
    shell_complete=complete_circumstance,
    help="Only this circumstance.",
)
by = click.option(
    "--by", metavar="NAME", help="Who says so. [default: KB_USER, or the name git knows you by]"
)


def who(by: str | None, folder: Path) -> str:
    """The person whose word it is: as named, or KB_USER, or git's user.name as set for `folder`.
    Raises KbError when there is none of them."""
    name = by if by is not None else os.environ.get("KB_USER") or _git_name(folder)
    name = " ".join(printable(name).split())
    if not name:
        raise KbError(
            "who says so? Name yourself with --by NAME, or for good: set KB_USER, or run "
            'git config --global user.name "NAME"'
        )
    return name


def _git_name(folder: Path) -> str:
    if not (git := shutil.which("git")):
        return ""
    try:
        asked = subprocess.run(  # noqa: S603 - git's own program, and words of ours
            [git, "config", "user.name"],
            cwd=folder,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=10,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return asked.stdout.strip() if asked.returncode == 0 else ""


def limit(default: int, what: str) -> Callable[[Command], Command]:
    return click.option(
        "--limit",
        type=click.IntRange(1, 10_000),
        default=default,
        show_default=True,
        help=f"At most this many {what}.",
    )


def open_home(path: Path | None) -> "KnowledgeBase":
    """The knowledge base that a command works on; one that writes waits for another."""
    from kb.knowledge_base import open_

    base = open_(path)
    base.waiting, base.patience = notice, _patience()
    return base


def _patience() -> float:
    """Seconds to wait for another program that is writing, as KB_WAIT says."""
    said = os.environ.get("KB_WAIT", "30")
    if not re.fullmatch(r"\d{1,6}(\.\d+)?", said):
        raise KbError(f"KB_WAIT is '{said}'; give seconds, such as 30")
    return float(said)


def open_or_default(path: Path | None) -> "KnowledgeBase":
    """As `open_home`; where there is no knowledge base, an empty one with the default settings,
    for what needs its models alone."""
    from kb.errors import NotAKnowledgeBase
    from kb.knowledge_base import KnowledgeBase

    try:
        return open_home(path)
    except NotAKnowledgeBase:
        if path:
            raise
        return KnowledgeBase.empty(Path.cwd())


def keep_out_of_corpus(output: Path, home: Path) -> None:
    """Refuse to write among the documents, where a build would take it for one."""
    from kb.errors import StorageError

    if output.resolve().is_relative_to((home / "corpus").resolve()):
        raise StorageError(f"{output}: corpus/ holds the documents; write it to another folder")


def progress(text: str) -> None:
    """A line on stderr that the next one replaces; nothing where stderr is no terminal."""
    if sys.stderr.isatty():
        click.echo(f"\r\033[K{printable(text)[:78]}", nl=False, err=True)


def emit(as_json: bool, value: Callable[[], Any], text: Callable[[], str]) -> None:
    """The answer of a reading command on stdout, as JSON or as text."""
    click.echo(json.dumps(value()) if as_json else text())


def tell_stale(index: "Index") -> None:
    """Say on stderr which files the index does not reflect."""
    for name in index.stale:
        notice(f"not yet in the index: {name}; bring it up to date with: kb build")


def printable(text: str) -> str:
    """The text without control characters and those of no width: no document or file name may move
    the cursor, imitate our colours, hide words or show its letters in another order."""
    return text.translate(_CONTROL)


def notice(text: str) -> None:
    """A line on stderr, yellow on a terminal; one line, whatever a file's name holds."""
    line = printable(text).replace("\n", " ")
    click.secho(line, fg="yellow" if sys.stderr.isatty() else None, err=True)
