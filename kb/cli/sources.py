"""kb sources: what can be cited, and what was read of it."""

from pathlib import Path

import click

from kb.cli import listings, options
from kb.cli.build import open_indexed
from kb.exporting import json


@click.command()
@options.criterion
@options.as_json
@options.home
def command(criterion: str | None, as_json: bool, home: Path | None) -> None:
    """List the sources, or those that speak to one criterion."""
    base = open_indexed(home)
    summaries = base.sources(criterion)
    options.emit(as_json, lambda: json.sources(summaries), lambda: listings.sources(summaries))
