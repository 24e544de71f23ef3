r"""A `file` field of BibTeX in, the files it names out.

    Full Text:files/12/Smith.pdf:application/pdf;Page:files/13/x.html:text/html
    Full Text:C\:\\Users\\ann\\Zotero\\storage\\ABCD2345\\x.pdf:application/pdf
    /home/ann/Zotero/storage/ABCD2345/x.pdf;C:\Users\ann\y.pdf
    :home/ann/x.pdf:PDF;:C$\backslash$:/Users/ann/x.pdf:pdf

as Zotero, Better BibTeX and (the last two) JabRef and Mendeley write it. A backslash stands before
colons, semicolons and backslashes, or does not. Paths may be of another computer and any system.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath, PureWindowsPath
from urllib.parse import unquote, urlsplit

_KIND = re.compile(r":(?:(?:application|audio|image|message|text|video)/[\w.+-]*|[A-Za-z]{2,5})?$")
_DRIVE = re.compile(r"[A-Za-z]:[\\/]")
_ADDRESS = re.compile(r"file:/", re.IGNORECASE)


def listed(field: str) -> list[str]:
    """The paths in a `file` field, without titles, kinds and escapes."""
    field = field.replace("$\\backslash$", "\\").replace("{\\_}", "_")
    items = re.split(r"(?<!\\);", field)
    return [path for item in items if (path := _path(item.strip()))]


def find(written: str, folder: Path, others: Iterable[Path] = ()) -> Path | None:
    """The file that a path means on this computer, None if there is none.

    Looked for where the path says, then from `folder` (that of the import) and `others` (Zotero's,
    say) by ever fewer of its last parts, down to a folder and a name: what lay in
    `C:\\Users\\ann\\Zotero\\storage\\ABCD2345` lies in `storage/ABCD2345` here. Nothing is looked
    for on another computer."""
    for path in _places(_local(written), folder, others):
        for form in ("NFC", "NFD"):
            spelled = Path(unicodedata.normalize(form, str(path)))
            if _is_file(spelled):
                return spelled.resolve()
    return None


def _path(item: str) -> str:
    if address := _ADDRESS.search(item):
        return _KIND.sub("", item[address.start() :])
    if _DRIVE.match(item) or item.startswith("/"):
        return _unescaped(_KIND.sub("", item))
    parts = re.split(r"(?<!\\):", item)
    if len(parts) >= 3:
        parts = parts[1:-1]  # title and kind; a drive's colon may be in between
    elif len(parts) == 2:
        parts = parts[:1] if _KIND.search(item) else parts[1:]
    return _unescaped(":".join(parts))


def _unescaped(path: str) -> str:
    """A path of Windows that nobody escaped keeps its backslashes."""
    if re.search(r"\\[^\\:;{}_%&#$~]", path.replace("\\\\", "")):
        return path.replace("\\:", ":")
    return re.sub(r"\\([\\:;{}_%&#$~])", r"\1", path)


def _local(written: str) -> str:
    """The path of a file:// address; "" for what lies on another computer or the web."""
    if _ADDRESS.match(written):
        try:
            parts = urlsplit(written)
        except ValueError:
            return ""
        if parts.netloc not in ("", "localhost"):
            return ""
        path = unquote(parts.path)
        written = path[1:] if _DRIVE.match(path[1:]) else path
    elsewhere = written.startswith(("\\\\", "//")) or re.match(r"[a-z-]{2,}://", written, re.I)
    return "" if elsewhere else written


def _places(written: str, folder: Path, others: Iterable[Path]) -> Iterator[Path]:
    if not written:
        return
    windows = _DRIVE.match(written) or ("\\" in written and "/" not in written)
    pure = PureWindowsPath(written) if windows else PurePosixPath(written)
    yield folder / written
    parts = [part for part in pure.parts if part != pure.anchor]
    if not pure.anchor:
        yield folder.joinpath(*parts)
        yield Path("/", *parts)  # Mendeley leaves out the first slash
    for length in range(len(parts), 1, -1):
        for start in (folder, folder.parent, *others):
            yield start.joinpath(*parts[-length:])


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False
