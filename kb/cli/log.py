"""kb log: who said what when of a passage or a source."""

import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kb.cli import options
from kb.cli.build import open_indexed
from kb.cli.layout import plural, wrapped
from kb.exporting import json

if TYPE_CHECKING:
    from kb.labelling.auditing import Entry
    from kb.records import Label

SHORT = 500  # characters of a reason; --json has all of it


@click.command()
@click.argument("name", metavar="PASSAGE|CITEKEY", shell_complete=options.complete_citekey)
@options.as_json
@options.home
def command(name: str, as_json: bool, home: Path | None) -> None:
    """List all that people ever said of a passage, or of a source's passages, oldest first.

    Also what was replaced by a later word or taken back, and what was said under an earlier wording
    of a criterion or circumstance.
    """
    from kb.labelling import auditing

    base = open_indexed(home)
    found = auditing.history(base, name)
    options.emit(
        as_json, lambda: [_json(entry) for entry in found], lambda: "\n".join(_text(found))
    )


def _json(entry: "Entry") -> dict[str, Any]:
    return json.label(entry.label) | {"earlier_wording": list(entry.earlier)}


def _text(found: "list[Entry]") -> Iterator[str]:
    passage = ""
    for entry in found:
        one = entry.label
        if one.passage_id != passage:
            passage = one.passage_id
            yield click.style(passage, bold=True)
        said = " · ".join([f"{one.by}: {_said(one, entry)}", *_besides(entry)])
        dim = one.status in ("superseded", "taken back")
        yield from wrapped(f"{one.at:%Y-%m-%d %H:%M}  {said}", indent="  ", hang="    ", dim=dim)
    yield plural(len(found), "line") if found else "Nobody has said anything of it."


def _said(one: "Label", entry: "Entry") -> str:
    match one.kind:
        case "tags":
            return f"about {', '.join(one.criteria) or 'no criterion'}, and no other"
        case "tag":
            return f"{'about' if one.said == 'yes' else 'not about'} {one.about}"
        case "verdict":
            sure = f", {one.sure}" if one.sure else ""
            return f"{one.said} {one.about}{sure}"
        case _:
            back = entry.taken_back
            what = f"“{_said(back, entry)}”" if back else f"what they said on {one.about or 'it'}"
            when = f" of {one.takes_back:%Y-%m-%d %H:%M}" if one.takes_back else ""
            return f"takes back {what}{when}"


def _besides(entry: "Entry") -> Iterator[str]:
    one = entry.label
    if one.why:
        yield f"why: {textwrap.shorten(one.why, SHORT, placeholder=' …')}"
    if one.model:
        scores = ", ".join(f"{name} {score:.2f}" for name, score in one.scores.items())
        yield f"{one.model.partition('@')[0]} then: {scores or 'no tag'}"
    if one.status in ("superseded", "taken back"):
        yield {"superseded": "replaced later", "taken back": "taken back later"}[one.status]
    if entry.earlier:
        yield f"made under an earlier wording of {', '.join(entry.earlier)}"
