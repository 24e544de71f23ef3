"""What is kept is carried over, and nothing else is."""

from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from kb.erasing import carry_over, clear
from kb.lookup import resolve
from kb.records import IndexedFile, Locator, Passage, passage_id
from kb.storing import VECTOR_STORES
from kb.storing.catalog import Catalog
from kb.storing.lock import writing


@pytest.mark.parametrize("kind", VECTOR_STORES)
def test_vectors_are_the_same_in_the_new_store_whatever_has_been_removed(
    kind: str, tmp_path: Path
) -> None:
    store = resolve(VECTOR_STORES[kind], {}, "vector store")
    ids = [passage_id("a", str(number)) for number in range(40)]
    rows = np.random.default_rng(1).normal(size=(40, 384)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    place = Locator()
    with (
        closing(Catalog.open_to_write(tmp_path / "catalog.sqlite3")) as catalog,
        closing(store(tmp_path / "old", "name", 384)) as old,
    ):
        with catalog.transaction():
            catalog.put_file(
                IndexedFile("corpus/a.md", "a", "", 1, 1),
                [Passage(name, "a", str(n), n, n, place, 1) for n, name in enumerate(ids[:30])],
            )
        old.put(ids, rows)
        carry_over(catalog, old, kind, tmp_path / "new", "name")
    # Before this process opens it, whose memory holds what was removed.
    folder = [path.read_bytes() for path in (tmp_path / "new").rglob("*") if path.is_file()]
    assert not any(rows[35].tobytes() in content for content in folder)
    assert not any(ids[35].encode() in content for content in folder)
    with closing(store(tmp_path / "new", "name", 384)) as new:
        assert new.ids() == set(ids[:30])
        # Chroma scales to length one again, which may change the last bit of a number.
        assert np.allclose(new.get(ids[:30]), rows[:30], rtol=0, atol=1e-7)


def test_what_is_not_kept_is_cleared_away(tmp_path: Path) -> None:
    folder = tmp_path / ".kb"
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "file").write_text("somebody's")
    with writing(folder):
        (folder / "online").mkdir()
        (folder / "online/answer.json").write_text("x")
        (folder / "link").symlink_to(elsewhere)
        (folder / "page.png").write_text("x")
        (folder / "kept").mkdir()
        clear(folder, {folder / "kept"})
        names = {path.name for path in folder.iterdir()}
    assert names - {"write.lock"} == {"kept", "writer", ".gitignore"}
    assert (elsewhere / "file").exists()
