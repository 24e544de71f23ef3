"""kb import: references that another program has exported, and their files."""

from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kb.cli import options
from kb.cli.add import tell
from kb.errors import KbError
from kb.exporting import json

if TYPE_CHECKING:
    from kb.curating.importing import Imported


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--files",
    "folders",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    multiple=True,
    help="Look for attachments here too, as in Zotero's folder; may be given several times.",
)
@options.as_json
@options.home
def command(file: Path, folders: tuple[Path, ...], as_json: bool, home: Path | None) -> None:
    """Import references and their attachments: .bib, .ris, .json (CSL) or .nbib.

    What is in references.bib already stays as it is. Zotero: export as Better BibTeX or BibTeX,
    with files.
    """
    from kb.curating import importing

    base = options.open_home(home)
    done = importing.import_(base, file, folders, options.progress)
    options.progress("")
    _tell(done, as_json=as_json)
    if as_json:
        entries = [asdict(one) for one in done.entries]
        outcomes = [json.outcome(one) for one in done.outcomes]
        click.echo(json.dumps({"entries": entries, "outcomes": outcomes}))
    statuses = [one.status for one in done.entries] + [one.status for one in done.outcomes]
    if failed := statuses.count("failed"):
        raise KbError(f"{failed} of {len(statuses)} could not be imported; see the lines above")


def _tell(done: "Imported", *, as_json: bool) -> None:
    for notice in done.notices:
        options.notice(notice)
    for one in done.entries:
        if one.status == "failed":
            options.notice(f"not imported: {one.reason}")
        elif not as_json:
            because = f"; {one.reason}" if one.reason else ""
            click.echo(options.printable(f"{one.status}: {one.citekey}{because}"))
    tell(done.outcomes, as_json=as_json)
    counts = Counter(one.status for one in done.entries)
    news = ", ".join(f"{n} {status}" for status, n in sorted(counts.items()))
    files = sum(one.status in ("added", "updated") for one in done.outcomes)
    click.echo(f"References: {news or 'none'}; files added: {files}.", err=True)
