"""New files and folders have the permissions that the user's umask leaves."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kb import handwritten, starters

pytestmark = pytest.mark.skipif(os.name == "nt", reason="permissions of POSIX")


@contextmanager
def umask(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("mask", [0o002, 0o027, 0o077], ids=oct)
def test_a_new_file_has_the_permissions_that_the_umask_leaves(tmp_path: Path, mask: int) -> None:
    path = tmp_path / "references.bib"
    with umask(mask):
        handwritten.write(path, b"@misc{a}", path)
    assert mode(path) == 0o666 & ~mask
    assert [one.name for one in tmp_path.iterdir()] == ["references.bib"]


@pytest.mark.parametrize("there", [0o600, 0o664, 0o444], ids=oct)
def test_a_file_that_is_replaced_keeps_its_own(tmp_path: Path, there: int) -> None:
    path = tmp_path / "references.bib"
    path.write_bytes(b"before")
    path.chmod(there)
    with umask(0o027):
        handwritten.write(path, b"after", path)
    assert mode(path) == there
    assert path.read_bytes() == b"after"


@pytest.mark.parametrize("mask", [0o027, 0o077], ids=oct)
def test_a_starter_has_the_umask_s_not_those_of_the_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mask: int
) -> None:
    package = tmp_path / "package"
    (package / "corpus").mkdir(parents=True)
    (package / "corpus" / "a.md").write_text("words")
    (package / "kb.toml").write_text("")
    for path in (package / "corpus" / "a.md", package / "kb.toml"):
        path.chmod(0o644)
    (package / "corpus").chmod(0o755)
    monkeypatch.setattr(starters, "place", lambda _: package)
    with umask(mask):
        starters.copy("any", tmp_path / "made")
    made = {p.relative_to(tmp_path / "made").as_posix(): p for p in (tmp_path / "made").rglob("*")}
    assert made.keys() == {"kb.toml", "corpus", "corpus/a.md", ".gitattributes"}
    assert {mode(path) for path in made.values() if path.is_file()} == {0o666 & ~mask}
    assert mode(made["corpus"]) == 0o777 & ~mask
