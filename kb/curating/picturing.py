"""A passage → a picture of its page, the passage marked.

PDFium may crash on a hostile file, or take all memory for it, so that a page is drawn in a child
process with the limits that reading has. The child imports no more than the reader of PDFs.
"""

import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from kb.errors import KbError, ReadingError, UnknownName, storage_error
from kb.reading import corpus
from kb.reading.child import limit
from kb.records import PassageDetails

if TYPE_CHECKING:
    from kb.knowledge_base import KnowledgeBase

PNG = b"\x89PNG\r\n\x1a\n"
_CHILD = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from kb.curating.picturing import draw; draw(*json.loads(sys.argv[2]))"
)


def picture(base: "KnowledgeBase", name: str, out: Path) -> int:
    """Write a PNG of the page on which the passage `name` begins; returns that page, from 1. What
    lies at `out` is replaced if it is a PNG. Raises UnknownName, and KbError for a passage of a
    file that is no PDF, has changed since it was indexed, or cannot be drawn."""
    if "#" not in name:
        raise UnknownName(
            f"'{name}' is not one passage; its passages are listed by: kb show {name}"
        )
    _, (detail,) = base.show(name)
    path, file = base.home / detail.file.path, detail.file
    if path.suffix.lower() != ".pdf":
        raise KbError(f"{file.path}: not a PDF, so there is no page to draw; leave out --image")
    if corpus.digest(path) != file.sha256:
        raise KbError(f"{file.path}: changed or gone since it was indexed; run: kb build")
    _refuse_to_replace(out)
    try:
        with TemporaryDirectory(prefix=".kb-", dir=out.parent) as folder:
            drawn = Path(folder) / "page.png"
            page = _drawn_apart(base, detail, drawn.absolute())
            drawn.replace(out)
    except OSError as error:
        raise storage_error(error, out) or error from None
    return page


def _refuse_to_replace(out: Path) -> None:
    """A slip of the pen must not cost a document."""
    if not out.parent.is_dir():
        raise KbError(f"{out.parent}: no such folder; make it, or name another")
    if not out.exists():
        return
    if out.is_file():
        with out.open("rb") as file:
            if file.read(len(PNG)) == PNG:
                return
    raise KbError(f"{out}: something other than a PNG is there already; give another name")


def _drawn_apart(base: "KnowledgeBase", detail: PassageDetails, out: Path) -> int:
    """Have a child draw; returns the page."""
    path, limits = detail.file.path, base.settings.reading
    passage = detail.passage
    folders = json.dumps([folder or str(Path.cwd()) for folder in sys.path])
    file = str((base.home / path).absolute())
    asked = [limits.memory_mb, limits.seconds, file, passage.start, passage.end, str(out)]
    try:
        done = subprocess.run(  # noqa: S603, our own program
            [sys.executable, "-I", "-c", _CHILD, folders, json.dumps(asked)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=limits.seconds,
            check=False,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        page, problem = json.loads(done.stdout.rpartition(b"\n")[2])
    except subprocess.TimeoutExpired:
        page, problem = 0, f"drawing its page took longer than {limits.seconds:,} s"
    except ValueError:  # it has ended without an answer
        page, problem = 0, f"drawing its page crashed (exit code {done.returncode})"
    if problem:
        raise KbError(f"{path}: {problem}; look for the passage in a program for PDFs")
    return int(page)


def draw(memory_mb: int, seconds: int, path: str, start: int, end: int, out: str) -> None:
    """In the child: draw, and print [page, what went wrong]."""
    limit(memory_mb, seconds + 1)  # for a child whose parent has gone: else that ends it sooner
    answer: tuple[int, str]
    try:
        from kb.reading import pdf

        answer = pdf.render(Path(path), start, end, Path(out)), ""
    except ReadingError as error:
        answer = 0, str(error)
    except MemoryError:
        answer = 0, f"drawing its page needed more than {memory_mb:,} MB of memory"
    except Exception as error:  # whatever PDFium or Pillow makes of a broken file
        answer = 0, f"its page cannot be drawn ({type(error).__name__}: {str(error)[:200]})"
    sys.stdout.write("\n" + json.dumps(answer))
    sys.stdout.flush()
