"""A Markdown file in, a Document out.

Front matter between `---` lines may give `kind`, `read`, `design`, `setting`, `country`, `sample`
(all text) and `citekey`, which must then be the file's own name. A heading may end in `{page=12}`:
the page printed in the source on which that section's text stands.
"""

import re
from pathlib import Path
from typing import Any

import yaml

from kb.errors import ReadingError
from kb.reading.text import decoded, paragraphs
from kb.records import Document, Section, Study

KINDS = ("digest", "original")
READ = ("full text", "partial text", "abstract", "secondary")
_STUDY = ("design", "setting", "country", "sample")
_FRONT = re.compile(r"---[ \t]*\n(.*?\n)---[ \t]*(?:\n|\Z)", re.DOTALL)
_HEADING = re.compile(r"^#{1,6}[ \t]+(.+?)(?:[ \t]*\{page=([^}]*)\})?[ \t]*#*$", re.MULTILINE)


def read(path: Path, citekey: str) -> Document:
    """Text, headings, paragraphs and what the front matter says. Raises ReadingError."""
    text = decoded(path)
    match = _FRONT.match(text)
    front = _front_matter(match.group(1), citekey) if match else {}
    sections: list[Section] = []
    blocks: list[tuple[int, int]] = []
    start = match.end() if match else 0
    for heading in _HEADING.finditer(text, start):
        blocks += paragraphs(text, start, heading.start())
        sections.append(Section(heading.start(), heading.group(1).strip(), heading.group(2) or ""))
        start = heading.end()
    blocks += paragraphs(text, start, len(text))
    return Document(
        citekey=citekey,
        text=text,
        kind=front.get("kind", "original"),
        read=front.get("read", "full text"),
        study=Study(**{name: front.get(name, "") for name in _STUDY}),
        blocks=tuple(blocks),
        sections=tuple(sections),
    )


def _front_matter(block: str, citekey: str) -> dict[str, str]:
    try:
        front: Any = yaml.safe_load(block)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f"line {mark.line + 2}: " if mark else ""
        raise ReadingError(f"{line}the front matter is not valid YAML") from None
    if not isinstance(front, dict):
        raise ReadingError("the front matter must be lines of the form 'name: value'")
    values = {str(name): str(value) for name, value in front.items() if value is not None}
    if values.get("citekey", citekey) != citekey:
        raise ReadingError(f"the front matter says citekey '{values['citekey']}'; they must agree")
    for name, allowed in (("kind", KINDS), ("read", READ)):
        if name in values and values[name] not in allowed:
            raise ReadingError(f"'{name}' is '{values[name]}'; use one of: {', '.join(allowed)}")
    return values
