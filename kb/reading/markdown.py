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
from kb.reading.unseen import markdown
from kb.records import Document, Section, Study

KINDS = ("digest", "original")
READ = ("full text", "partial text", "abstract", "secondary")
_STUDY = ("design", "setting", "country", "sample")
_KEYS = ("citekey", "kind", "read", *_STUDY)
_FRONT = re.compile(r"\s*---[ \t]*\n(.*?\n)---[ \t]*(?:\n|\Z)", re.DOTALL)
_FRONT_BEGINS = re.compile(r"\s*---[ \t]*\n[ \t]*[\w-]+[ \t]*:")
_HEADING = re.compile(r"^#{1,6}[ \t]+(\S.*)$", re.MULTILINE)
_PAGE = re.compile(r"\{page=([^{}]*)\}$")
_CLOSING = re.compile(r"\s#+$")


def read(path: Path, citekey: str) -> Document:
    """Text, headings, paragraphs and what the front matter says. Raises ReadingError."""
    text = decoded(path)
    match = _FRONT.match(text)
    if _FRONT_BEGINS.match(text) and not match:
        raise ReadingError("the front matter has no second line of ---")
    front = _front_matter(match.group(1), citekey) if match else {}
    head = match.end() if match else 0
    body, notices = markdown(text[head:])
    text = text[:head] + body
    sections: list[Section] = []
    blocks: list[tuple[int, int]] = []
    start = head
    for heading in _HEADING.finditer(text, start):
        blocks += paragraphs(text, start, heading.start())
        sections.append(_section(heading.start(), heading.group(1)))
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
        notices=notices,
    )


def _section(start: int, line: str) -> Section:
    heading = _CLOSING.sub("", line.rstrip()).rstrip()
    page = _PAGE.search(heading)
    return Section(
        start, heading[: page.start()].rstrip() if page else heading, page.group(1) if page else ""
    )


def _front_matter(block: str, citekey: str) -> dict[str, str]:
    try:
        # All values as they are written: a sample of "12:30" or a country "NO" is no number or no.
        front: Any = yaml.load(block, Loader=yaml.BaseLoader)  # noqa: S506, it makes only strings
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f"line {mark.line + 2}: " if mark else ""
        raise ReadingError(f"{line}the front matter is not valid YAML") from None
    if not isinstance(front, dict):
        raise ReadingError("the front matter must be lines of the form 'name: value'")
    for name, value in front.items():
        # A mistyped `kind` must not turn a paraphrase into a quotation.
        if name not in _KEYS:
            raise ReadingError(f"the front matter has '{name}'; it may have: {', '.join(_KEYS)}")
        if not isinstance(value, str):
            raise ReadingError(f"'{name}' in the front matter must be text on one line")
    values: dict[str, str] = {name: value for name, value in front.items() if value}
    if values.get("citekey", citekey) != citekey:
        raise ReadingError(f"the front matter says citekey '{values['citekey']}'; they must agree")
    for name, allowed in (("kind", KINDS), ("read", READ)):
        if name in values and values[name] not in allowed:
            raise ReadingError(f"'{name}' is '{values[name]}'; use one of: {', '.join(allowed)}")
    return values
