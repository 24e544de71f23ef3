"""Knowledge bases to begin with: "blank", and "co-production" with all its evidence.

"co-production" is what stands at the top of the project itself; the wheel carries a copy under
kb/starter_files/, and in a checkout the files are taken from where people edit them.
"""

import shutil
import tempfile
from pathlib import Path

from kb.errors import StorageError, storage_error

NAMES = ("blank", "co-production")
FILES = ("criteria.yaml", "references.bib", "annotations.jsonl", "corpus", "kb.toml")
"""What makes up a knowledge base; kb.toml last, since its presence says it is one."""

GIT = ".gitattributes"
MERGED = "annotations.jsonl merge=union"
"""For git: when two people added lines, take the lines of both."""

_PACKAGED = Path(__file__).parent / "starter_files"
_CHECKOUT = Path(__file__).parent.parent


def place(name: str) -> Path:
    """Where the starter's files lie, to be read."""
    packaged = _PACKAGED / name
    return packaged if packaged.is_dir() else _CHECKOUT


def copy(name: str, folder: Path) -> None:
    """Put the starter's files into `folder`, made if missing. All or nothing: raises
    StorageError, and writes nothing, when one of the files is already there."""
    origin = place(name)
    names = [entry for entry in FILES if (origin / entry).exists()]
    in_the_way = [entry for entry in FILES if (folder / entry).exists()]
    if in_the_way:
        raise StorageError(
            f"{folder.resolve()}: already holds {', '.join(in_the_way)}; choose another folder: "
            "kb init my-evidence"
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".kb-init-") as made:
            for entry in names:
                _copy(origin / entry, Path(made) / entry)
            for entry in names:
                (Path(made) / entry).rename(folder / entry)
        if not (folder / GIT).exists():  # one of the user's own is left as it is
            (folder / GIT).write_text(f"{MERGED}\n", "utf-8")
    except OSError as error:
        raise storage_error(error, folder) or error from None


def _copy(origin: Path, target: Path) -> None:
    """With the permissions that are usual here, not those of an installed package."""
    if not origin.is_dir():
        shutil.copyfile(origin, target)
        return
    target.mkdir()
    for path in origin.iterdir():
        if not path.name.startswith("."):
            _copy(path, target / path.name)
