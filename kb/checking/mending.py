"""What was found wrong with derived data → that data removed, so that a build makes it anew.

Nothing that a person wrote is touched: of what people's files lack, only people can know it.
"""

import shutil
from pathlib import Path

from kb.checking import Found, index
from kb.errors import storage_error
from kb.knowledge_base import KnowledgeBase

_BUILD = ("index", "catalogue", "vectors")


def needs_build(found: Found) -> bool:
    """Whether a build is what is wanting."""
    return any(found.get(name) for name in _BUILD)


def can_mend(found: Found) -> bool:
    """Whether anything of it is derived."""
    return needs_build(found) or bool(found.get("leftovers"))


def clear(base: KnowledgeBase, found: Found) -> list[Path]:
    """Remove what is damaged and what was left behind, while nobody else writes; returns what was
    removed. Raises StorageError."""
    base.close()
    with base.writing():
        removed = []
        for path in _useless(base, found):
            base.close()
            try:
                shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
            except OSError as error:
                raise storage_error(error, path) or error from None
            removed.append(path)
    return removed


def _useless(base: KnowledgeBase, found: Found) -> list[Path]:
    paths = []
    if found.get("vectors"):
        paths.append(base.vectors_folder)
    if found.get("leftovers"):
        paths += index.strays(base)
    for path in (base.catalog_path, base.opinions_path):
        if any(problem.where == f".kb/{path.name}" for problem in found.get("catalogue", ())):
            paths += [path, path.with_name(f"{path.name}-journal")]
    return [path for path in paths if path.exists()]
