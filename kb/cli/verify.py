"""kb verify: does every passage still stand where the index says?"""

from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kb.cli import options
from kb.cli.layout import plural, wrapped
from kb.errors import KbError

if TYPE_CHECKING:
    from kb.curating.verifying import Verification


@click.command()
@options.as_json
@options.home
def command(as_json: bool, home: Path | None) -> None:
    """Read every document again and prove that its passages stand where the index says.

    Lists what does not: files that are gone, changed or unreadable, and passages whose words are
    not in their place. Changes nothing.
    """
    from kb.curating.verifying import verify

    base = options.open_home(home)
    done = count(1)

    def progress(path: str, of: int) -> None:
        options.progress(f"Reading again: {next(done):,} of {of:,} files, {path}")

    found = verify(base, progress)
    options.progress("")
    options.emit(as_json, lambda: as_values(found), lambda: text(found))
    known = {drift.path for drift in found.drifted}
    for name in base.index().stale:
        if name not in known:
            options.notice(f"not yet in the index: {name}; bring it up to date with: kb build")
    if found.remedy:
        raise KbError(f"not all stands as it was indexed, see above; mend it with: {found.remedy}")


def text(found: "Verification") -> str:
    lines = [line for drift in found.drifted for line in wrapped(str(drift), hang="  ")]
    read = f"{plural(found.files, 'file')} read again"
    if not found.drifted:
        what = f"all {plural(found.passages, 'passage')} stand where the index says."
    else:
        what = f"{found.standing:,} of {plural(found.passages, 'passage')} stand."
    return "\n".join([*lines, *wrapped(f"{read}: {what}")])


def as_values(found: "Verification") -> dict[str, Any]:
    """As docs/json.md has it."""
    return {
        "files": found.files,
        "passages": found.passages,
        "standing": found.standing,
        "drifted": [
            {"path": drift.path, "passage": drift.passage or None, "reason": drift.reason}
            for drift in found.drifted
        ],
    }
