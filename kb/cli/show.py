"""kb show: one passage or one source, with all that is known of it."""

from pathlib import Path

import click

from kb.cli import listings, options
from kb.cli.build import open_indexed
from kb.exporting import json


@click.command()
@click.argument("name", metavar="PASSAGE|CITEKEY", shell_complete=options.complete_citekey)
@options.as_json
@options.home
def command(name: str, as_json: bool, home: Path | None) -> None:
    """Show a passage, or a source with all its passages, and who says what of them."""
    base = open_indexed(home)
    source, details = base.show(name)
    options.emit(as_json, lambda: json.details(details), lambda: listings.details(source, details))
