"""What is derived: the catalogue, the vectors, what was left behind. All of it can be mended."""

import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from kb.errors import KbError
from kb.handwritten import PART
from kb.knowledge_base import KnowledgeBase
from kb.reading import corpus
from kb.records import Problem
from kb.storing import integrity

FIX = "kb check --fix"
_CHILD = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from kb.checking.vectors import tell; tell(sys.argv[2])"
)
_STRAY = re.compile(r"[a-z]+-[0-9a-f]{8}|carry-.+|afresh\.sqlite3(-journal)?")
_MINUTE = 60  # whatever is younger may be at work


def unopened(base: KnowledgeBase) -> bool:
    """Whether there is no index that can be looked into."""
    try:
        _ = base.catalog
    except KbError:
        return True
    return False


def current(base: KnowledgeBase) -> Iterator[Problem]:
    """What the index does not reflect, to the byte: a file whose time was set back is seen too.
    Raises IndexUnusable where there is no index."""
    if owed := base.owed:
        what = f"is not yet erased to the last byte ({', '.join(owed)})"
        yield Problem(".kb: what was forgotten", what, f"kb build, or: {FIX}")
    stale = base.index().stale
    for name in stale:
        yield Problem(name, "is not yet in the index as it is now", f"kb build, or: {FIX}")
    for path, file in base.catalog.files().items():
        if path in stale or not file.sha256:
            continue
        if corpus.digest(base.home / path) != file.sha256:
            what = "was changed, though its size and time are as they were"
            yield Problem(path, what, f"kb build, or: {FIX}")


def catalogue(base: KnowledgeBase) -> Iterator[Problem]:
    """Also the file that keeps what models said."""
    path, opinions = base.catalog_path, base.opinions_path
    faults = integrity.damage(path)[:1]
    if not faults and not unopened(base):
        faults = [*integrity.contradictions(path), *_told_otherwise(base)]
    of_models = integrity.damage(opinions)[:1] or integrity.implausible(opinions)
    for where, what in [*((path, of) for of in faults), *((opinions, of) for of in of_models)]:
        yield Problem(f".kb/{where.name}", what, f"make it anew with: {FIX}")


def _told_otherwise(base: KnowledgeBase) -> Iterator[str]:
    """Sources of which it says something else than references.bib, as far as that has not changed
    since; what it says of files is read too, and must be readable."""
    from kb.reading import bibliography  # its parser costs a tenth of every start

    if base.index().stale:
        return
    written, kept = bibliography.load(base.home / "references.bib"), base.catalog.sources()
    for citekey in sorted(kept.keys() | written.keys()):
        if kept.get(citekey) != written.get(citekey):
            yield f"says something else of '{citekey}' than references.bib"


def vectors(base: KnowledgeBase) -> Iterator[Problem]:
    """Looked at by a process of its own: on some damaged files Chroma ends the one that opens
    them."""
    folder = base.vectors_folder
    where = f".kb/{folder.name}"
    if not folder.is_dir():
        if base.catalog.count()[0]:
            yield Problem(where, "is not there", f"make it anew with: {FIX}")
        return
    for path in sorted(folder.rglob("*.sqlite3")):
        if faults := integrity.damage(path):
            yield Problem(f"{where}/{path.name}", faults[0], f"make it anew with: {FIX}")
            return
    done = subprocess.run(  # noqa: S603, ourselves
        [sys.executable, "-P", "-c", _CHILD, json.dumps(sys.path), str(base.home)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if done.returncode:
        last = (done.stderr.strip().splitlines() or [""])[-1][:150]
        what = f"whoever opens it ends (exit code {done.returncode}; {last})"
        yield Problem(where, what, f"make it anew with: {FIX}")
        return
    for what in json.loads(done.stdout):
        yield Problem(where, what, f"make it anew with: {FIX}")


def leftovers(base: KnowledgeBase) -> Iterator[Problem]:
    """Parts of files that were never finished, and vectors of an index that is no more."""
    for path in strays(base):
        where = path.relative_to(base.home).as_posix()
        yield Problem(where, "is of no use any more", f"remove it, or have it removed: {FIX}")


def strays(base: KnowledgeBase) -> list[Path]:
    """These files and folders; none that is younger than a minute."""
    try:
        kept = base.vectors_folder
    except KbError:
        kept = None
    found = []
    if kept:
        within = sorted(base.index_folder.iterdir())
        found += [p for p in within if _STRAY.fullmatch(p.name) and p != kept]
    for folder in (base.home, base.home / "corpus", base.home / "removed", base.home / "notes"):
        found += sorted(folder.glob(f"{PART}*"))
    return [path for path in found if time.time() - path.stat().st_mtime > _MINUTE]
