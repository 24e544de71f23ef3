"""kb add: documents into the knowledge base."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from kb.cli import options
from kb.errors import KbError
from kb.exporting import json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kb.curating.drafting import Web
    from kb.knowledge_base import KnowledgeBase
    from kb.records import FileOutcome


@click.command()
@click.argument("paths", metavar="PATH|URL...", nargs=-1)
@click.option(
    "--key",
    default="",
    metavar="CITEKEY",
    shell_complete=options.complete_citekey,
    help="The entry it belongs to, or the citekey that its new entry shall have.",
)
@click.option(
    "--bib", default="", metavar="ENTRY|FILE", help="Its entry, or a file of entries with it."
)
@click.option("--doi", default="", metavar="DOI", help="Its DOI.")
@click.option("--online", is_flag=True, help="Fetch addresses; look references up online.")
@click.option("--ocr", is_flag=True, help="Have OCRmyPDF, if installed, read scanned pages.")
@options.as_json
@options.home
def command(
    paths: tuple[str, ...],
    key: str,
    bib: str,
    doi: str,
    online: bool,
    ocr: bool,
    as_json: bool,
    home: Path | None,
) -> None:
    """Add documents: PDF, Word, web pages, Markdown, text, or folders of them.

    Each gets an entry in references.bib, unless it has one, and can be searched at once. Nothing
    that is there is written over; the same command again changes nothing.
    """
    from kb.curating import adding

    base = options.open_home(home)
    web = open_web(base) if online else None
    wish = adding.Wish(key, doi, bib)
    outcomes = adding.add(base, paths, wish, web=web, ocr=ocr, progress=options.progress)
    options.progress("")
    tell(outcomes, as_json=as_json)
    if as_json:
        click.echo(json.dumps({"outcomes": [json.outcome(one) for one in outcomes]}))
    refuse_failed(outcomes)


def open_web(base: "KnowledgeBase") -> "Web":
    """The web, as `--online` lets it be asked."""
    from kb.curating.drafting import Web
    from kb.online.fetching import Policy, Session

    return Web(Session(Policy(contact=base.settings.online.contact)), base.index_folder / "online")


def tell(outcomes: "Sequence[FileOutcome]", *, as_json: bool) -> None:
    """A line for each document: on stdout what is in, unless that is for JSON, on stderr what is
    not."""
    for one in outcomes:
        if one.status == "failed":
            options.notice(f"not added: {one.reason}")
        elif not as_json:
            click.echo(options.printable(_line(one)))


def _line(one: "FileOutcome") -> str:
    pages = f"{one.pages:,} page{'s' * (one.pages != 1)}, " if one.pages else ""
    amount = f" ({pages}{one.passages:,} passage{'s' * (one.passages != 1)})"
    under = f" as {one.citekey}{amount if one.passages else ''}" if one.citekey else ""
    return f"{one.status}: {one.path}{under}{f'; {one.reason}' if one.reason else ''}"


def refuse_failed(outcomes: "Sequence[FileOutcome]") -> None:
    """Raises KbError where a document could not be added."""
    if failed := sum(one.status == "failed" for one in outcomes):
        raise KbError(f"{failed} of {len(outcomes)} could not be added; see the lines above")
