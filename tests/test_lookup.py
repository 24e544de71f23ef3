"""Names in kb.toml and the things they name."""

import os.path
from pathlib import Path

import pytest

from kb.embedding import EMBEDDERS
from kb.errors import UnknownName
from kb.lookup import resolve
from kb.reading import READERS
from kb.storing import VECTOR_STORES
from kb.tagging import TAGGERS

TABLE = {"join": "os.path:join", "gone": "kb.no_such_module:Thing"}
SHIPPED = {**EMBEDDERS, **READERS, **VECTOR_STORES, **TAGGERS}


def test_a_word_from_the_table_names_what_the_table_says() -> None:
    assert resolve("join", TABLE, "joiner") is os.path.join


def test_a_module_and_attribute_name_a_part_of_ones_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "my_parts_for_lookup.py").write_text("class MyStore:\n    kind = 'mine'\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert resolve("my_parts_for_lookup:MyStore", TABLE, "store").kind == "mine"


@pytest.mark.parametrize("name", SHIPPED)
def test_every_part_that_ships_can_be_loaded_by_its_name(name: str) -> None:
    assert callable(resolve(name, SHIPPED, "part"))


def test_an_unknown_word_lists_those_there_are() -> None:
    with pytest.raises(UnknownName) as caught:
        resolve("jion", TABLE, "joiner")
    assert str(caught.value) == (
        "no joiner is named 'jion'; there are: join, gone, or your own as 'package.module:Name'"
    )


@pytest.mark.parametrize(
    "name",
    ["no_such_package:Thing", "os.path:no_such_name", "os.path:", "gone"],
)
def test_what_cannot_be_loaded_is_one_line_that_names_it(name: str) -> None:
    with pytest.raises(UnknownName, match=f"^joiner '{name}' cannot be loaded") as caught:
        resolve(name, TABLE, "joiner")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", [":Thing", ".parts:Thing", "..parts:Thing"])
def test_a_name_without_a_whole_module_is_unknown_too(name: str) -> None:
    with pytest.raises(UnknownName):
        resolve(name, TABLE, "joiner")
