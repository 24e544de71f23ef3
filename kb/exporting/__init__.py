"""From records to what other programs read: an annotated bibliography in each format that people
use, and the JSON that every reading command prints.

    Bibliography ─citing─▶ references as a style prints them
                 ─outline─▶ Blocks ─▶ markdown, html, docx ─▶ pdf
                 ─rows─▶ csv, xlsx
                 ─▶ json; bibtex, biblatex, ris, csl-json (annotation and keywords in each entry)

A format is a function from a Bibliography and a citation style to bytes. To add one, write it and
add a line to FORMATS.
"""

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from kb.errors import ExportError

if TYPE_CHECKING:
    from kb.exporting.annotated import Bibliography

Format = Callable[["Bibliography", str], bytes]

FORMATS = {
    "markdown": (".md", "documents:markdown"),
    "docx": (".docx", "documents:docx"),
    "html": (".html", "documents:html"),
    "pdf": (".pdf", "documents:pdf"),
    "bibtex": (".bib", "entries:bibtex"),
    "biblatex": ("", "entries:biblatex"),
    "ris": (".ris", "entries:ris"),
    "csl-json": ("", "entries:csl_json"),
    "csv": (".csv", "rows:csv"),
    "xlsx": (".xlsx", "rows:xlsx"),
    "json": (".json", "data:json"),
}
"""By name: the ending that asks for it, and the function in this folder that writes it."""
TEXTS = frozenset(FORMATS) - {"docx", "pdf", "xlsx"}
"""Formats that are UTF-8 text."""
_ALSO = {".markdown": "markdown", ".htm": "html"}


def format_of(path: Path) -> str:
    """The format that a file's ending asks for. Raises ExportError for others."""
    endings = {ending: name for name, (ending, _) in FORMATS.items() if ending} | _ALSO
    found = endings.get(path.suffix.lower())
    if found is None:
        raise ExportError(
            f"{path}: '{path.suffix}' is no format of an export; say which with --as: "
            f"{', '.join(FORMATS)}"
        )
    return found


def writer(name: str) -> Format:
    """The function that writes a format. Raises ExportError for an unknown name."""
    if name not in FORMATS:
        raise ExportError(f"no format '{name}'; there are: {', '.join(FORMATS)}")
    module, _, function = FORMATS[name][1].partition(":")
    found: Format = getattr(importlib.import_module(f"kb.exporting.{module}"), function)
    return found
