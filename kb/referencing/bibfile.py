"""References in, references.bib changed: all else in the file stays as it was, byte by byte.

The file is people's own. It is written beside itself and put in its place in one step; what it
held before is in `references.bib.bak`. What the parser would not read back as it was meant is not
written.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path

from bibtexparser.entrypoint import parse_string
from bibtexparser.library import Library
from bibtexparser.model import Block, DuplicateBlockKeyBlock, Entry, ImplicitComment

from kb import handwritten
from kb.errors import BibliographyError, storage_error
from kb.referencing import Reference
from kb.referencing.bibtex import ADDRESSES, people, raw_fields, text_of, value_of
from kb.referencing.latex import one_line, written, written_address, written_name

_ORDER = (
    "author editor title journal booktitle year date volume number pages edition publisher "
    "institution school address doi url keywords note"
).split()
_CITEKEY = re.compile(r"[A-Za-z0-9][\w.:+-]*")
# To the end of the line, and an empty line below; nothing where something stands there.
_GAP = re.compile(r"[ \t]*(?:\r?\n(?:[ \t]*\r?\n)?|\Z)")
_NO_ENTRY = ("string", "preamble", "comment")


def put(path: Path, references: Iterable[Reference]) -> None:
    """Add each reference at the end, or put it in the place of the entry that has its citekey.

    Of such an entry, fields that the reference does not name stay, those that say the same keep
    their LaTeX, and one that is given as "" goes. A file that is not there is made. Raises
    BibliographyError where the file is broken or would be, StorageError where it cannot be
    written; it is then as it was."""
    before = _content(path)
    text = _decoded(path, before)
    wanted = {_checked(path, reference): reference for reference in references}
    library = _parsed(path, text)
    after = _changed(text, library, wanted)
    _proved(path, library, _parsed(path, after), wanted)
    if after != text:
        handwritten.replace(path, before, after.encode())


def entry_text(reference: Reference) -> str:
    """The entry as BibTeX, ending with a line break. Raises BibliographyError where its citekey
    cannot be one, or it has no title."""
    _checked(Path("references"), reference)
    return _block(reference, _latex(reference), "\n") + "\n"


def take_out(path: Path, citekeys: Collection[str], into: Path | None = None) -> str:
    """Take the entries out, also those that stand there twice, and first add them at the end of
    the file `into`, which is made if it is not there, unless they stand there word for word.
    Returns them as they were written, "" if there are none of these. What was in the file before is
    in its backup only if they went into another file.

    The rest of their lines and one empty line below them go too, if nothing stands there. Raises
    as `put` does; the file is then as it was."""
    before = _content(path)
    text = _decoded(path, before)
    library = _parsed(path, text, citekeys)
    left, taken, place = [], [], 0
    for entry, start, end in _entries(library, text):
        if entry.key in citekeys:
            taken.append(text[start:end])
            alone = not text[:start].rpartition("\n")[2].strip("\ufeff \t")
            gap = _GAP.match(text, end) if alone else None
            left.append(text[place:start])
            place = gap.end() if gap else end
    if not taken:
        return ""
    after = "".join([*left, text[place:]])
    if _told(_parsed(path, after)) != _told(library, leaving_out=citekeys):
        raise BibliographyError(
            f"{path}: '{next(iter(citekeys))}' cannot be taken out so that all else stays as it "
            "is; nothing was written. Take it out by hand"
        )
    newline = "\r\n" if "\r\n" in text else "\n"
    entries = newline.join(f"{entry}{newline}" for entry in taken)
    if into:
        _added(into, taken, newline)
    handwritten.replace(path, before, after.encode(), keep=into is not None)
    return entries


def _added(path: Path, entries: list[str], newline: str) -> None:
    """One that stands there was put there by a run that was stopped, or was taken back."""
    there = _content(path)
    new = [entry for entry in dict.fromkeys(entries) if entry.encode() not in there]
    if not new:
        return
    gap = "" if not there else newline if there.endswith(b"\n") else newline * 2
    added = gap + newline.join(f"{entry}{newline}" for entry in new)
    try:
        handwritten.write(path, there + added.encode(), path)
    except OSError as error:
        raise storage_error(error, path) or error from None


def _told(library: Library, leaving_out: Collection[str] = ()) -> tuple[list[str], list[str]]:
    """All blocks but these entries, and the words that stand between blocks: those before and
    after an entry that is gone are read as one."""
    blocks, between = [], []
    for block in library.blocks:
        raw, entry = block.raw or "", _entry(block)
        if isinstance(block, ImplicitComment):
            between += raw.split()
        elif entry is None or entry.key not in leaving_out:
            blocks.append(raw)
    return blocks, between


def _decoded(path: Path, content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise BibliographyError(
            f"{path}: not UTF-8 text (byte {error.start}); save it as UTF-8"
        ) from None


def _checked(path: Path, reference: Reference) -> str:
    key = reference.citekey
    if not _CITEKEY.fullmatch(key):
        raise BibliographyError(f"{path}: '{key}' cannot be a citekey; choose another")
    if not one_line(reference.title):
        raise BibliographyError(f"{path}: '{key}' has no title; give it one")
    return key


def _parsed(path: Path, text: str, twice: Collection[str] = ()) -> Library:
    """`twice` are citekeys that may stand there more than once."""
    library = parse_string(text.removeprefix("\ufeff"), parse_stack=[])
    for block in library.failed_blocks:
        if isinstance(block, DuplicateBlockKeyBlock) and block.key in twice:
            continue
        raise BibliographyError(
            f"{path}:{(block.start_line or 0) + 1}: an entry here cannot be read, so nothing was "
            "written; mend it and try again"
        )
    return library


def _changed(text: str, library: Library, wanted: Mapping[str, Reference]) -> str:
    newline = "\r\n" if "\r\n" in text else "\n"
    macros = _macros(library)
    pieces, place = [], 0
    for entry, start, end in _entries(library, text):
        if reference := wanted.get(entry.key):
            fields = _merged(_latex(reference), entry, macros)
            same = fields == raw_fields(entry) and _kind(reference) == entry.entry_type.lower()
            block = text[start:end] if same else _block(reference, fields, newline)
            pieces += [text[place:start], block]
            place = end
    pieces.append(text[place:])
    known = {entry.key for entry in library.entries}
    added = [
        _block(reference, _latex(reference), newline) + newline
        for key, reference in wanted.items()
        if key not in known
    ]
    body = "".join(pieces)
    if not added:
        return body
    ended = body.removeprefix("\ufeff").replace("\r", "")
    gap = "" if not ended or ended.endswith("\n\n") else "\n" if ended.endswith("\n") else "\n\n"
    return body + gap.replace("\n", newline) + newline.join(added)


def _entries(library: Library, text: str) -> Iterator[tuple[Entry, int, int]]:
    """Each entry and where it stands: the parser keeps the text of every block as it was."""
    place = 0
    for block in library.blocks:
        raw = block.raw or ""
        start = text.index(raw, place)
        place = start + len(raw)
        if entry := _entry(block):
            yield entry, start, place


def _entry(block: Block) -> Entry | None:
    """Also one whose citekey stands twice, which the parser sets apart."""
    if isinstance(block, DuplicateBlockKeyBlock):
        block = block.ignore_error_block or block
    return block if isinstance(block, Entry) else None


def _macros(library: Library) -> dict[str, str]:
    return {macro.key.lower(): macro.value for macro in library.strings}


def plain_fields(reference: Reference) -> dict[str, str]:
    """The fields as they will be read back, names of people aside."""
    fields = {}
    for name, value in reference.fields.items():
        key = re.sub(r"[^a-z0-9_.:+-]+", "-", name.lower()).strip("-")
        if key[:1].isalpha() and key not in ("author", "editor"):
            fields[key] = written_address(value) if key in ADDRESSES else one_line(value)
    return fields


def _latex(reference: Reference) -> dict[str, str]:
    """Fields and people in LaTeX, each in its braces, in the order of the shipped references.bib;
    "" for a field that is to go."""
    fields = {name: _value(name, text) for name, text in plain_fields(reference).items()}
    for role, people_ in (("author", reference.authors), ("editor", reference.editors)):
        if people_:
            fields[role] = f"{{{' and '.join(map(written_name, people_))}}}"
    order = {name: place for place, name in enumerate(_ORDER)}
    return dict(sorted(fields.items(), key=lambda field: order.get(field[0], len(order))))


def _value(name: str, text: str) -> str:
    if not text:
        return ""
    latex = text if name in ADDRESSES else written(text)
    if name == "pages":
        latex = re.sub(r"(?<![–-])–(?![–-])", "--", latex)
    # A second pair of braces keeps the capitals of a title, whatever the style.
    return f"{{{{{latex}}}}}" if name == "title" else f"{{{latex}}}"


def _merged(new: dict[str, str], entry: Entry, macros: dict[str, str]) -> dict[str, str]:
    """The entry's own fields, with those of `new` that say something else."""
    merged = raw_fields(entry)
    for name, latex in new.items():
        if name not in merged or _says(name, merged[name], macros) != _says(name, latex, macros):
            merged[name] = latex
    return merged


def _says(name: str, raw: str, macros: dict[str, str]) -> object:
    latex = value_of(raw, macros)
    return people(latex) if name in ("author", "editor") else text_of(name, latex)


def _block(reference: Reference, fields: Mapping[str, str], newline: str) -> str:
    lines = [f"  {name} = {value}," for name, value in fields.items() if value]
    return newline.join([f"@{_kind(reference)}{{{reference.citekey},", *lines, "}"])


def _kind(reference: Reference) -> str:
    """Never a block that is no entry: @preamble would be run by LaTeX."""
    kind = reference.entry_type.lower()
    return kind if re.fullmatch("[a-z]+", kind) and kind not in _NO_ENTRY else "misc"


def _proved(path: Path, before: Library, after: Library, wanted: Mapping[str, Reference]) -> None:
    """Raises BibliographyError unless the new text holds what was wanted, and all that was not
    asked to change as it was."""
    macros = _macros(after)
    found = {entry.key: entry for entry in after.entries}
    untouched = [block.raw for block in before.blocks if getattr(block, "key", "") not in wanted]
    left = [block.raw for block in after.blocks if getattr(block, "key", "") not in wanted]
    wrong = next((key for key in wanted if not _holds(found.get(key), wanted[key], macros)), "")
    if wrong or untouched != left:
        raise BibliographyError(
            f"{path}: '{wrong or next(iter(wanted))}' cannot be written so that it is read back as "
            "it is; nothing was written. Add it by hand"
        )


def _holds(entry: Entry | None, reference: Reference, macros: dict[str, str]) -> bool:
    if entry is None:
        return False
    values = {name: value_of(raw, macros) for name, raw in raw_fields(entry).items()}
    fields = plain_fields(reference)
    people_ = {"author": reference.authors, "editor": reference.editors}
    return all(text_of(name, values.get(name, "")) == fields[name] for name in fields) and all(
        [one_line(person.name) for person in named] == [p.name for p in people(values[role])]
        for role, named in people_.items()
        if named
    )


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise BibliographyError(
            f"{path}: cannot be read ({error.strerror}); check the file"
        ) from None
