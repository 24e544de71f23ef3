"""The text of a BibTeX or biblatex file in, References out; broken entries are Problems.

Lenient where `kb.reading.bibliography` is strict, since other programs wrote it: macros of @string
and values joined by # are put together, crossref is followed, names parted by semicolons are told
apart, and of a field given twice the first counts. Nothing of @preamble is kept.
"""

import logging
import re
from collections.abc import Iterator
from dataclasses import replace

from bibtexparser.entrypoint import parse_string
from bibtexparser.middlewares.names import (
    parse_single_name_into_parts,
    split_multiple_persons_names,
)
from bibtexparser.model import Block, Entry, ParsingFailedBlock

from kb.records import Problem
from kb.referencing import Import, Person, Reference, attachments
from kb.referencing.latex import plain, plain_address

# What it would log is in the problems.
logging.getLogger("bibtexparser").setLevel(logging.CRITICAL)

ADDRESSES = ("doi", "url")
# Without a comma between two fields the parser takes both for one value.
_SWALLOWED = re.compile(r"[}\"]\s*\n\s*[\w-]+\s*=\s*[{\"]")
_ELSEWHERE = ("author", "editor", "file", "crossref")
_SEMICOLON = re.compile(r"\{[^{}]*\}|\\.|(\s*;\s*)")
_WORD = re.compile(r"[^\s#{\"]+")
_INITIALS = re.compile(r"[A-Z]{1,4}")


def read(text: str, where: str) -> Import:
    """Every entry that can be read, and a problem for each that cannot. `where` is the file."""
    library = parse_string(text, parse_stack=[])
    macros = {macro.key.lower(): macro.value for macro in library.strings}
    references, problems, parents = [], [], {}
    for block in library.blocks:
        entry = _entry(block)
        if entry is None:
            problems += [_broken(where, block)] if isinstance(block, ParsingFailedBlock) else []
            continue
        raws = raw_fields(entry)
        values = {name: value_of(raw, macros) for name, raw in raws.items()}
        if swallowed := next((name for name in raws if _SWALLOWED.search(raws[name])), ""):
            problems.append(_problem(where, entry, f"lacks a comma after '{swallowed}'"))
            continue
        references.append(_reference(entry, values))
        if "crossref" in values:
            parents[len(references) - 1] = values["crossref"]
    by_key = {reference.citekey.lower(): reference for reference in references}
    for child, parent in parents.items():
        if found := by_key.get(parent.strip().lower()):
            references[child] = _with_parent(references[child], found)
    return Import(tuple(references), tuple(problems))


def raw_fields(entry: Entry) -> dict[str, str]:
    """Names in lower case and values as they are written, enclosing and all; the first of each."""
    fields: dict[str, str] = {}
    for field in entry.fields:
        fields.setdefault(field.key.lower(), str(field.value))
    return fields


def value_of(raw: str, macros: dict[str, str]) -> str:
    """The LaTeX of a value without what encloses it, joined where # joins."""
    return "".join(_pieces(raw, macros, 0))


def text_of(name: str, latex: str) -> str:
    """The plain text of a field's LaTeX."""
    return plain_address(latex) if name in ADDRESSES else plain(latex)


def people(latex: str) -> tuple[Person, ...]:
    """The names of an author or editor field, split before LaTeX is decoded so that a corporate
    name in braces stays whole."""
    latex = _SEMICOLON.sub(lambda match: " and " if match[1] else match[0], latex)
    names = (one for name in split_multiple_persons_names(latex) for one in _paired(name))
    return tuple(person for name in names if (person := _person(name)).family)


def _entry(block: Block) -> Entry | None:
    """Also one whose key or field stands twice, which the parser sets apart."""
    if isinstance(block, ParsingFailedBlock):
        block = block.ignore_error_block or block
    return block if isinstance(block, Entry) else None


def _broken(where: str, block: ParsingFailedBlock) -> Problem:
    opening = (block.raw or "").strip().splitlines()
    shown = f"'{opening[0][:60]}'" if opening else "an entry"
    return Problem(
        f"{where}:{(block.start_line or 0) + 1}",
        f"{shown} cannot be read: a brace, comma or '=' is missing",
        "mend it and import the file again",
    )


def _problem(where: str, entry: Entry, what: str) -> Problem:
    line = (entry.start_line or 0) + 1
    return Problem(f"{where}:{line}", f"'{entry.key}' {what}", "mend it and import the file again")


def _pieces(raw: str, macros: dict[str, str], depth: int) -> Iterator[str]:
    """Braced, quoted, number or macro; a macro may itself be made of macros."""
    place = 0
    while place < len(raw):
        if raw[place] in '{"':
            end = _closing(raw, place)
            yield raw[place + 1 : end]
            place = end + 1
        elif word := _WORD.match(raw, place):
            macro = macros.get(word[0].lower())
            known = macro is not None and depth < 9
            yield from _pieces(macro or "", macros, depth + 1) if known else [word[0]]
            place = word.end()
        else:
            place += 1


def _closing(raw: str, start: int) -> int:
    """Where the value that opens at `start` ends: a quotation mark within braces ends nothing."""
    depth, quoted = 0, raw[start] == '"'
    for place in range(start + quoted, len(raw)):
        if raw[place] in "{}" and raw[place - 1 : place] != "\\":
            depth += 1 if raw[place] == "{" else -1
        if depth == 0 and raw[place] == ('"' if quoted else "}"):
            return place
    return len(raw)


def _reference(entry: Entry, values: dict[str, str]) -> Reference:
    fields = {
        name: text
        for name, value in values.items()
        if name not in _ELSEWHERE and (text := text_of(name, value))
    }
    year = re.match(r"\d{4}", fields.get("date", ""))
    if year and "year" not in fields:
        fields["year"] = year[0]
    return Reference(
        entry_type=entry.entry_type.lower(),
        fields=fields,
        authors=people(values.get("author", "")),
        editors=people(values.get("editor", "")),
        citekey=entry.key,
        files=tuple(attachments.listed(values.get("file", ""))),
        line=(entry.start_line or 0) + 1,
    )


def _with_parent(child: Reference, parent: Reference) -> Reference:
    """What a paper does not say and its proceedings do."""
    inherited = {name: text for name, text in parent.fields.items() if name not in ("title", "doi")}
    booktitle = {"booktitle": parent.title} if parent.title else {}
    return replace(
        child,
        fields=booktitle | inherited | child.fields,
        editors=child.editors or parent.editors,
    )


def _paired(name: str) -> list[str]:
    """Cochrane parts names by commas alone: `Huey, SL, Mehta, NH, and Lee, S`."""
    parts = [part.strip() for part in name.split(",") if part.strip()]
    if len(parts) < 4 or not all(_INITIALS.fullmatch(part) for part in parts[1::2]):
        return [name]
    return [", ".join(parts[place : place + 2]) for place in range(0, len(parts), 2)]


def _person(name: str) -> Person:
    if re.match(r"(?:family|given|prefix|suffix)(?:-i)?\s*=", name):
        return _spelled_out(name)
    parts = parse_single_name_into_parts(name, strict=False)
    family = " ".join(parts.last)
    alone = not (parts.first or parts.von or parts.jr)
    return Person(
        family=plain(family),
        given=plain(" ".join(parts.first)),
        particle=plain(" ".join(parts.von)),
        suffix=plain(" ".join(parts.jr)),
        corporate=alone and family.startswith("{") and family.endswith("}"),
    )


def _spelled_out(name: str) -> Person:
    """biblatex's extended form: `family=Berg, given=Jan, prefix=van den`."""
    said = dict(re.findall(r"([\w-]+)\s*=\s*\"?([^,\"]*)\"?", name))
    family, given, prefix, suffix = (
        plain(said.get(key, "")) for key in ("family", "given", "prefix", "suffix")
    )
    return Person(family, given, prefix, suffix)
