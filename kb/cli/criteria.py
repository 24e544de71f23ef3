"""kb criteria: the framework, with the circumstances that can be asked about."""

from pathlib import Path

import click

from kb.cli import listings, options
from kb.exporting import json


@click.command()
@options.as_json
@options.home
def command(as_json: bool, home: Path | None) -> None:
    """List the criteria and, under each, the circumstances one can ask about."""
    framework = options.open_home(home).framework
    options.emit(as_json, lambda: json.framework(framework), lambda: listings.framework(framework))
