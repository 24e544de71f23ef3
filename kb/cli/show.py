"""kb show: one passage or one source, with all that is known of it."""

import textwrap
from collections.abc import Iterator
from pathlib import Path

import click

from kb.cli import listings, options
from kb.cli.build import open_indexed
from kb.cli.layout import place, width, wrapped
from kb.exporting import json
from kb.records import Passage

SHORT = 150  # characters of a passage beside the one that is shown


@click.command()
@click.argument("name", metavar="PASSAGE|CITEKEY", shell_complete=options.complete_citekey)
@click.option(
    "--image",
    type=click.Path(path_type=Path),
    metavar="OUT.PNG",
    help="Draw the PDF page on which the passage stands, the passage marked.",
)
@click.option("--why", is_flag=True, help="Say what the tagger's word on a passage rests on.")
@options.as_json
@options.home
def command(name: str, image: Path | None, why: bool, as_json: bool, home: Path | None) -> None:
    """Show a passage and what is around it, or a source with all its passages, and who says what
    of them."""
    from kb.curating import explaining, locating, picturing

    if why and "#" not in name:
        raise click.UsageError(f"--why is about one passage; list them with: kb show {name}")
    base = open_indexed(home)
    source, details = base.show(name)
    lines: list[str] = []
    if "#" in name:
        passage = details[0].passage
        lines += around(passage, *locating.neighbours(base, passage))
    reasons = explaining.reasons(base, name) if why else []
    if image:
        page = picturing.picture(base, name, image)
        options.notice(f"{image}: page {page} of {details[0].file.path}, the passage marked")
    options.emit(
        as_json,
        lambda: json.details(details, reasons),
        lambda: "\n".join([listings.details(source, details), *listings.why(reasons), *lines]),
    )


def around(passage: Passage, before: list[Passage], after: list[Passage]) -> Iterator[str]:
    """The passages beside one, shortened, and the one itself marked with ">"."""
    if not before and not after:
        return
    where = place(passage.locator)
    yield ""
    yield from wrapped(f"What is around it{f' ({where})' if where else ''}:")
    for one in [*before, passage, *after]:
        here = one is passage
        room = width() - 8 if here else SHORT
        short = textwrap.shorten(one.text, room, placeholder=" …")
        shown = short if one.kind == "digest" else f"“{short}”"
        yield from wrapped(shown, indent="  > " if here else "    ", dim=not here)
