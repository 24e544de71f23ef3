"""kb map: where evidence is thick, thin, contested or missing."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from kb.cli import options
from kb.cli.build import open_indexed
from kb.cli.layout import WARN, missing, wrapped
from kb.exporting.labels import plural

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kb.maps import EvidenceMap

_ENDINGS = ".html, .png, .svg, .csv or .json"


@click.command()
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help=f"Write the map to this file, of the kind its name ends with: {_ENDINGS}.",
)
@click.option(
    "--by",
    default="",
    metavar="HOW",
    help="Split sources by design, year, setting, keywords, or one keyword of references.bib.",
)
@click.option(
    "--since",
    default="",
    metavar="DATE|FILE",
    help="Also say what changed: by what was judged since a date, or against a map kept as .csv "
    "or .json.",
)
@options.criterion
@options.as_json
@options.home
def command(
    output: Path | None,
    by: str,
    since: str,
    criterion: str | None,
    as_json: bool,
    home: Path | None,
) -> None:
    """Draw how many sources support, challenge or do both, for every circumstance.

    Sources are counted on people's word, one work once. Where there are none, the map says whether
    people looked and found none, nobody has looked, or only abstracts were to be had.
    """
    from kb.exporting import map_json, maps

    kind = maps.kind_of(output) if output else ""
    base = open_indexed(home)
    if output:
        options.keep_out_of_corpus(output, base.home)
    drawn = base.map(by=by, criterion=criterion, since=since)
    options.tell_stale(drawn.index)
    if output:
        maps.write(drawn, output)
        click.echo(f"Wrote {output} ({kind[1:].upper()}).", err=True)
    if as_json or not output:
        options.emit(as_json, lambda: map_json.evidence_map(drawn), lambda: text(drawn))
    elif since:
        click.echo("\n".join(_changes(drawn)))


def text(given: "EvidenceMap") -> str:
    """The map in words."""
    from kb.exporting import map_text

    lines = wrapped(given.title, bold=True)
    for kind, line in map_text.lines(given):
        match kind:
            case "criterion":
                lines += ["", *wrapped(line, bold=True, colour="cyan")]
            case "circumstance":
                lines += wrapped(line, indent="  ", hang="    ")
            case _:
                lines += wrapped(line, indent="      ", hang="  ", dim=True)
    if given.since:
        lines += ["", *_changes(given)]
    lines += ["", *wrapped(map_text.HOW_TO_READ[0]), *missing(given.index)]
    if given.unread:
        lines += wrapped(
            f"Of {plural(len(given.unread), 'source')} nothing could be read: kb check --all",
            colour=WARN,
        )
    return "\n".join([*lines, *wrapped("To see it, with the passages: kb map -o map.html")])


def _changes(given: "EvidenceMap") -> "Iterator[str]":
    yield from wrapped(f"What changed since {given.since}", bold=True)
    if given.uncompared:
        names = ", ".join(given.uncompared)
        yield from wrapped(f"Not on the earlier map, and not compared: {names}", indent="  ")
    if not given.changes:
        yield from wrapped("Nothing: every bubble counts the same sources.", indent="  ")
    for change in given.changes:
        group = f", {change.group}" if given.by else ""
        news = [f"+ {name}" for name in change.gained] + [f"- {name}" for name in change.lost]
        yield from wrapped(
            f"{change.circumstance}{group}, {change.finding}: {change.was} → {change.now} "
            f"({', '.join(news)})",
            indent="  ",
            hang="    ",
        )
