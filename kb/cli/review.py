"""kb review: one passage after the other, a key for each word."""

import codecs
import os
import sys
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kb.cli import options
from kb.cli.build import open_indexed
from kb.cli.layout import place, plural, quoted, wrapped
from kb.cli.options import printable

if TYPE_CHECKING:
    from kb.labelling.queueing import Item
    from kb.labelling.reviewing import Session

_YES_NO = {"y": "yes", "n": "no"}
_STANCES = {"s": "supports", "c": "challenges", "n": "neutral"}
_SKIP, _QUIT, _HELP = (" ", "."), ("q", "\x03", "\x04", "\x1b", ""), ("?", "h")
HELP = (
    "y, n: it is, or is not, about the criterion. "
    "s, c, n: it supports or challenges the circumstance, or has no bearing; S, C: arguably. "
    "space: skip, it comes later. u: undo the last. o: what others say. q: quit. ?: this help. "
    "Each key is saved at once."
)


@click.command()
@options.criterion
@options.claim
@click.option("--uncertain-first", is_flag=True, help="Begin where the model is least sure.")
@options.limit(100, "questions in a session")
@options.by
@options.home
def command(
    criterion: str | None,
    claim: str | None,
    uncertain_first: bool,
    limit: int,
    by: str | None,
    home: Path | None,
) -> None:
    """Label passages one after the other, a key for each, where a label is worth most.

    Where readers disagree, where a reader and the model do, what nobody has read near the top of
    answers, and where the model is not sure. What others say is shown after your own word, or with
    "o". Each key is on disk at once; the next session goes on where this one ends.
    """
    from kb.labelling import queueing, reviewing
    from kb.labelling.saying import Pen

    base = open_indexed(home)
    pen = Pen(base, options.who(by, base.home))
    items = queueing.queue(
        base,
        pen.by,
        criterion=criterion,
        claim=claim,
        uncertain_first=uncertain_first,
        limit=limit,
        later=reviewing.skips(base, pen.by),
        progress=options.progress,
    )
    session = reviewing.Session(base, pen, items)
    if items:
        lines(f"{pen.by}: {plural(len(items), 'question')}. Keys: ? for help, q to quit.")
        with keyboard() as pressed:
            run(session, pressed)
    lines(_ending(session))


def run(session: "Session", pressed: Iterator[str]) -> None:
    """Ask about each item until all have a word or the keys end."""
    shown: Item | None = None
    while item := session.current:
        if item is not shown:
            _ask(session, item)
            shown = item
        key = next(pressed, "")
        if key in _QUIT:
            return
        if key in _HELP:
            lines(HELP)
        elif key == "o":
            lines("; ".join(item.others) or "nobody has said anything")
        elif key == "u":
            back = session.undo()
            lines("taken back" if back else "there is nothing to take back")
            shown = None if back else shown
        elif key in _SKIP:
            session.skip()
            lines("skipped")
            shown = None
        elif word := _words(item).get(key.lower()):
            arguably = key.isupper() and word in ("supports", "challenges")
            session.say(word, sure="arguable" if arguably else "")
            others = f"   ({'; '.join(item.others)})" if item.others else ""
            lines(f"{'arguably ' if arguably else ''}{word}{others}")
        else:
            lines(f"{key!r} is no key here; ? for help")


def _words(item: "Item") -> dict[str, str]:
    from kb.labelling.saying import VERDICT

    return _STANCES if item.kind == VERDICT else _YES_NO


def _ask(session: "Session", item: "Item") -> None:
    passage = item.passage
    click.echo("")
    head = f"{session.place} of {session.total}  {passage.citekey}  {place(passage.locator)}"
    lines(f"{head} · {item.reason}", bold=True)
    for line in quoted(passage.text, passage.kind, indent="  "):
        click.echo(line)
    verdict = _words(item) is _STANCES
    question = "What does it do to" if verdict else "Is it about"
    lines(f"{question} {item.about}? {item.wording}")
    keys = "s supports  c challenges  n no bearing" if verdict else "y yes  n no"
    lines(f"[{keys}  space skip  u undo  o others  q quit]", dim=True)


def lines(text: str, *, indent: str = "", bold: bool = False, dim: bool = False) -> None:
    for line in wrapped(printable(text), indent=indent, bold=bold, dim=dim):
        click.echo(line)


def _ending(session: "Session") -> str:
    left = session.total - session.said
    if not session.total:
        return "There is nothing left to label here."
    said = f"{plural(session.said, 'word')} kept, {left} left"
    skipped = f", {session.skipped} of them skipped" if session.skipped else ""
    return f"{said}{skipped}. To go on: kb review. Searches by criterion follow after: kb build"


@contextmanager
def keyboard() -> Iterator[Iterator[str]]:
    """The keys pressed, of a terminal without Enter and without being shown. It stays so between
    two keys: what is typed meanwhile must not be lost."""
    if not sys.stdin.isatty():
        yield keys(_from_pipe)
        return
    try:
        import termios
    except ImportError:  # Windows, where the console keeps what is typed meanwhile
        yield keys(_from_console)
        return
    terminal = sys.stdin.fileno()
    before, mode = termios.tcgetattr(terminal), termios.tcgetattr(terminal)
    # Also without signals: Ctrl-C is a key like others, and breaks off no word half-way.
    mode[3] &= ~(termios.ICANON | termios.ECHO | termios.ISIG)
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    try:
        termios.tcsetattr(terminal, termios.TCSADRAIN, mode)
        yield keys(lambda: _from_terminal(terminal, decoder))
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)


def keys(read: Callable[[], str]) -> Iterator[str]:
    """Keys one by one, the last of them "". What is read at once may be several; what begins with
    Escape, or on Windows with one of two signs, and goes on is an arrow or the like, and one
    key."""
    waiting: deque[str] = deque()
    while True:
        if not waiting:
            got = read()
            special = got[:1] in ("\x1b", "\x00") or (len(got) == 2 and got[0] == "\xe0")
            waiting.extend([got] if special or not got else got)
        key = waiting.popleft()
        if key in ("\r", "\n"):
            continue
        yield key
        if not key:
            return


def _from_terminal(terminal: int, decoder: codecs.IncrementalDecoder) -> str:
    try:
        while got := os.read(terminal, 1024):
            if text := decoder.decode(got):
                return text
    except (KeyboardInterrupt, OSError):
        pass
    return ""


def _from_console() -> str:
    try:
        return click.getchar()
    except (KeyboardInterrupt, EOFError):
        return ""


def _from_pipe() -> str:
    return sys.stdin.read(1)
