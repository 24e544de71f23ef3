"""A Word file opened with care: a zip whose parts are related to each other, each of them XML.

A file may be broken, or made to fill the memory: entries are counted, sizes are looked at before
anything is unpacked, and XML that declares entities is refused.
"""

import posixpath
import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

from kb.errors import ReadingError
from kb.reading.signatures import ENOUGH, OLE, SAVE_AS, refuse_misnamed

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

MOST_ENTRIES = 10_000
LARGEST = 64_000_000
"""Bytes of one part; the text of a book of a million words has 30 million."""
HIGHEST_RATIO = 200
"""Bytes unpacked for each packed one. Word's XML has 10 to 40; parts under 1 MB may have more."""
_SMALL = 1_000_000

_WANTED = ("officeDocument", "styles", "footnotes", "endnotes", "core-properties")
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_PROLOG = 4096  # bytes of XML in which a document type is looked for before it is parsed
_DIRECTORY = 20_000_000  # bytes of an OLE file in which its table of contents is looked for


def opened(path: Path) -> "dict[str, Element]":
    """The parts that are read, as XML, by the last word of their relationship: "officeDocument",
    "styles", "footnotes", "endnotes" and "core-properties", which but for the first may be
    missing. Raises ReadingError."""
    _refuse_other_formats(path)
    try:
        with zipfile.ZipFile(path) as package:
            if (count := len(package.infolist())) > MOST_ENTRIES:
                raise ReadingError(
                    f"a zip of {count:,} entries, more than any Word file; {SAVE_AS}"
                )
            names = _related(package, "")
            names |= _related(package, names.get("officeDocument", ""))
            parts = {kind: _part(package, names[kind]) for kind in _WANTED if kind in names}
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError):
        raise ReadingError(f"a broken Word file; {SAVE_AS}") from None
    except RuntimeError:  # zipfile's word for an entry with a password
        raise ReadingError("protected by a password; save it without one") from None
    except OSError as error:
        raise ReadingError(f"cannot be read ({error.strerror or 'broken'})") from None
    found = {kind: part for kind, part in parts.items() if part is not None}
    if "officeDocument" not in found or local(found["officeDocument"]) != "document":
        raise ReadingError(f"not a Word file in spite of its name; {SAVE_AS}")
    return found


def local(node: "Element") -> str:
    """The name of an element without its namespace, of which the strict form has others."""
    return str(node.tag).rpartition("}")[2]


def value(node: "Element | None", name: str = "val") -> str:
    """The attribute of that local name, "" where there is none."""
    attributes = () if node is None else node.items()
    return next((str(v) for key, v in attributes if str(key).rpartition("}")[2] == name), "")


def child(node: "Element | None", name: str) -> "Element | None":
    """The first element of that local name right below a node, None where there is none."""
    below = () if node is None else node
    return next((part for part in below if local(part) == name), None)


def _refuse_other_formats(path: Path) -> None:
    try:
        with path.open("rb") as file:
            begins = file.read(ENOUGH)
            protected = begins.startswith(OLE) and _ENCRYPTED in begins + file.read(_DIRECTORY)
    except OSError as error:
        raise ReadingError(f"cannot be read ({error.strerror})") from None
    if protected:
        raise ReadingError("protected by a password; open it in Word and save it without one")
    if not begins:
        raise ReadingError("an empty file; get it again")
    refuse_misnamed(begins, "zip")


def _related(package: zipfile.ZipFile, source: str) -> dict[str, str]:
    """What a part is related to: the name of each by the last word of its relationship's type."""
    folder, name = posixpath.split(source)
    part = _part(package, posixpath.join(folder, "_rels", f"{name}.rels"))
    targets: dict[str, str] = {}
    for relation in () if part is None else part:
        if value(relation, "TargetMode") != "External":
            target = posixpath.join("/", folder, value(relation, "Target"))
            kind = value(relation, "Type").rpartition("/")[2]
            targets.setdefault(kind, posixpath.normpath(target).lstrip("/"))
    return targets


def _part(package: zipfile.ZipFile, name: str) -> "Element | None":
    """A part as XML, None where the file has none of that name."""
    from lxml import etree

    if name not in package.namelist():
        return None
    entry = package.getinfo(name)
    if entry.file_size > LARGEST or (
        entry.file_size > _SMALL and entry.file_size > HIGHEST_RATIO * entry.compress_size
    ):
        raise ReadingError(
            f"{name} unpacks from {entry.compress_size:,} to {entry.file_size:,} bytes, "
            f"more than the text of a Word file; {SAVE_AS}"
        )
    # With huge_tree off, libxml2 refuses elements nested deeper than 256 levels.
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    content = package.read(entry)
    declares = f"{name} declares a document type, as Word never does; {SAVE_AS}"
    if b"<!DOCTYPE" in content[:_PROLOG]:
        raise ReadingError(declares)
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise ReadingError(f"{name} is not valid XML (line {error.lineno}); {SAVE_AS}") from None
    if root.getroottree().docinfo.doctype:  # further down, or in another encoding
        raise ReadingError(declares)
    return root
