"""What models said is kept, and no trouble with the file is anybody's trouble."""

import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.storing.opinions import Opinions, Row
from tests.conftest import without_override

CLAIM = "Small is best."
ROW: Row = (0.7, 0.2, 0.1, 3, 9)
OTHER: Row = (0.1, 0.1, 0.8, 0, 5)

# Keeps and asks in a folder given to it; prints what it got.
CHILD = """
import sys
from pathlib import Path
from kb.storing.opinions import Opinions

kept = Opinions(Path(sys.argv[1]))
kept.put("model", "Small is best.", [("b#1", (0.1, 0.1, 0.8, 0, 5))])
print(sorted(kept.get("model", "Small is best.", ["a#1", "b#1"]).items()))
"""


@pytest.fixture
def kept(tmp_path: Path) -> Opinions:
    """What a model said of one passage."""
    opinions = Opinions(tmp_path / "opinions.sqlite3")
    opinions.put("model", CLAIM, [("a#1", ROW)])
    return opinions


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Another connection is writing."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield
        other.execute("ROLLBACK")


def test_what_was_said_is_got_back_to_the_last_bit(kept: Opinions) -> None:
    thirds: Row = (1 / 3, 0.1 + 0.2, 1e-300, 0, 2**40)
    kept.put("model", CLAIM, [("b#1", thirds)])
    assert kept.get("model", CLAIM, ["a#1", "b#1"]) == {"a#1": ROW, "b#1": thirds}


def test_it_is_there_for_whoever_opens_the_file_next(tmp_path: Path, kept: Opinions) -> None:
    kept.put("model", CLAIM, [("b#1", OTHER)])
    again = Opinions(tmp_path / "opinions.sqlite3")
    assert again.get("model", CLAIM, {"a#1", "b#1"}) == {"a#1": ROW, "b#1": OTHER}


@pytest.mark.parametrize(
    ("by", "claim", "ids"),
    [
        ("other", CLAIM, ["a#1"]),
        ("model", "Small is worst.", ["a#1"]),
        ("model", CLAIM.lower(), ["a#1"]),
        ("model", CLAIM, ["b#1"]),
        ("model", CLAIM, ["A#1"]),
        ("model", CLAIM, ["%"]),
        ("model", CLAIM, []),
        ("", "", [""]),
    ],
)
def test_another_model_claim_or_passage_gives_nothing(
    kept: Opinions, by: str, claim: str, ids: list[str]
) -> None:
    assert kept.get(by, claim, ids) == {}


def test_models_claims_and_passages_do_not_mix(kept: Opinions) -> None:
    kept.put("other", CLAIM, [("a#1", OTHER)])
    kept.put("model", "Small is worst.", [("a#1", OTHER)])
    assert kept.get("model", CLAIM, ["a#1"]) == {"a#1": ROW}
    assert kept.get("other", CLAIM, ["a#1"]) == {"a#1": OTHER}
    assert kept.get("model", "Small is worst.", ["a#1"]) == {"a#1": OTHER}


def test_what_is_said_again_replaces_what_was_said(kept: Opinions) -> None:
    kept.put("model", CLAIM, [("a#1", OTHER)])
    assert kept.get("model", CLAIM, ["a#1"]) == {"a#1": OTHER}


@pytest.mark.parametrize("count", [499, 500, 501, 1203])
def test_any_number_of_passages_is_kept_and_asked_for(kept: Opinions, count: int) -> None:
    rows: list[tuple[str, Row]] = [(f"p#{n}", (0.5, 0.25, 0.25, n, n + 1)) for n in range(count)]
    kept.put("model", CLAIM, rows)
    asked = [f"p#{n}" for n in range(count + 100)]
    assert kept.get("model", CLAIM, asked) == dict(rows)


def test_without_a_file_nothing_is_known_and_none_is_made(tmp_path: Path) -> None:
    path = tmp_path / "opinions.sqlite3"
    opinions = Opinions(path)
    assert opinions.get("model", CLAIM, ["a#1"]) == {}
    opinions.put("model", CLAIM, [])
    assert not path.exists()


def test_without_an_index_nothing_is_kept_and_no_folder_is_made(tmp_path: Path) -> None:
    opinions = Opinions(tmp_path / ".kb" / "opinions.sqlite3")
    opinions.put("model", CLAIM, [("a#1", ROW)])
    assert opinions.get("model", CLAIM, ["a#1"]) == {}
    assert not (tmp_path / ".kb").exists()


def test_what_people_ask_is_not_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "opinions.sqlite3"
    Opinions(path).put("model", "A secret question of mine.", [("a#1", ROW)])
    content = path.read_bytes()
    assert b"a#1" in content
    assert b"secret" not in content


@pytest.mark.parametrize("content", [b"garbage " * 1000, b"SQLite format 3\0", b"\0" * 5000, b"x"])
def test_a_broken_file_is_as_good_as_none(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "opinions.sqlite3"
    path.write_bytes(content)
    opinions = Opinions(path)
    assert opinions.get("model", CLAIM, ["a#1"]) == {}
    opinions.put("model", CLAIM, [("a#1", ROW)])
    assert opinions.get("model", CLAIM, ["a#1"]) in ({}, {"a#1": ROW})


def test_a_file_damaged_in_its_middle_is_no_error(tmp_path: Path, kept: Opinions) -> None:
    path = tmp_path / "opinions.sqlite3"
    kept.put("model", CLAIM, [(f"p#{n}", ROW) for n in range(500)])
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xa5" * (len(content) - 4096)
    path.write_bytes(content)
    assert kept.get("model", CLAIM, [f"p#{n}" for n in range(500)]) == {}
    kept.put("model", CLAIM, [("a#1", ROW)])
    assert path.is_file()


def test_an_empty_file_is_filled(tmp_path: Path) -> None:
    path = tmp_path / "opinions.sqlite3"
    path.touch()
    opinions = Opinions(path)
    assert opinions.get("model", CLAIM, ["a#1"]) == {}
    opinions.put("model", CLAIM, [("a#1", ROW)])
    assert opinions.get("model", CLAIM, ["a#1"]) == {"a#1": ROW}


def test_a_table_of_another_shape_is_no_error(tmp_path: Path) -> None:
    path = tmp_path / "opinions.sqlite3"
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("CREATE TABLE opinions (claim, said)")
    opinions = Opinions(path)
    opinions.put("model", CLAIM, [("a#1", ROW)])
    assert opinions.get("model", CLAIM, ["a#1"]) == {}


def test_a_folder_in_the_files_place_is_no_error(tmp_path: Path) -> None:
    opinions = Opinions(tmp_path)
    opinions.put("model", CLAIM, [("a#1", ROW)])
    assert opinions.get("model", CLAIM, ["a#1"]) == {}


@pytest.mark.parametrize("there", [False, True])
def test_in_a_read_only_folder_what_is_there_is_read_and_nothing_is_kept(
    tmp_path: Path, there: bool
) -> None:
    folder = tmp_path / ".kb"
    folder.mkdir()
    path = folder / "opinions.sqlite3"
    if there:
        Opinions(path).put("model", CLAIM, [("a#1", ROW)])
        path.chmod(0o444)
    folder.chmod(0o555)
    try:
        done = subprocess.run(
            [sys.executable, "-c", CHILD, str(path)],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            preexec_fn=without_override,
        )
        left = [path.name for path in folder.iterdir()]
    finally:
        folder.chmod(0o755)
    assert (done.stdout.strip(), done.stderr) == (str([("a#1", ROW)] if there else []), "")
    assert left == (["opinions.sqlite3"] if there else [])


def test_while_another_writes_nothing_is_known_or_kept_and_nobody_waits_long(
    tmp_path: Path, kept: Opinions
) -> None:
    with locked(tmp_path / "opinions.sqlite3"):
        began = time.monotonic()
        assert kept.get("model", CLAIM, ["a#1"]) == {}
        kept.put("model", CLAIM, [("b#1", OTHER)])
        assert time.monotonic() - began < 5
    assert kept.get("model", CLAIM, ["a#1", "b#1"]) == {"a#1": ROW}


def test_no_number_is_not_kept(kept: Opinions) -> None:
    kept.put("model", CLAIM, [("b#1", (float("nan"), 0.5, 0.5, 0, 1)), ("c#1", ROW)])
    assert kept.get("model", CLAIM, ["a#1", "b#1", "c#1"]) == {"a#1": ROW}, "all or nothing"


@given(
    st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=20), st.floats(0, 1)),
    st.text(st.characters(codec="utf-8")),
)
@settings(max_examples=25, deadline=None)
def test_any_names_and_claims_can_be_kept(
    tmp_path_factory: pytest.TempPathFactory, scores: dict[str, float], claim: str
) -> None:
    opinions = Opinions(tmp_path_factory.mktemp("kept") / "opinions.sqlite3")
    rows: list[tuple[str, Row]] = [(n, (x, 1 - x, 0.0, 0, 1)) for n, x in scores.items()]
    opinions.put("model", claim, rows)
    assert opinions.get("model", claim, scores) == dict(rows)


def test_what_was_said_of_a_source_is_forgotten_to_the_last_byte(tmp_path: Path) -> None:
    path = tmp_path / "opinions.sqlite3"
    kept = Opinions(path)
    kept.put("model", CLAIM, [(f"smith#{n:012x}", ROW) for n in range(2000)])
    kept.put("model", CLAIM, [("smithson#1", OTHER), ("other#1", ROW)])
    kept.forget(["smith", "nobody", "%"])
    assert kept.get("model", CLAIM, ["smithson#1", "other#1"]) == {
        "smithson#1": OTHER,
        "other#1": ROW,
    }
    assert b"smith#" not in path.read_bytes()
    assert kept.get("model", CLAIM, ["smith#000000000001"]) == {}


def test_what_cannot_be_taken_out_goes_with_the_file(tmp_path: Path, kept: Opinions) -> None:
    path = tmp_path / "opinions.sqlite3"
    path.write_bytes(b"a#1 is not in a database")
    kept.forget(["a"])
    assert not path.exists()
    kept.forget(["a"])
    assert kept.get("model", CLAIM, ["a#1"]) == {}


def test_what_a_model_has_judged_on_a_claim_is_listed(tmp_path: Path, kept: Opinions) -> None:
    kept.put("model", CLAIM, [("b#1", ROW)])
    kept.put("other", CLAIM, [("c#1", ROW)])
    kept.put("model", "Another claim.", [("d#1", ROW)])
    assert kept.said("model", CLAIM) == {"a#1", "b#1"}
    assert kept.said("model", "No claim.") == set()
    assert Opinions(tmp_path / "none.sqlite3").said("model", CLAIM) == set()
    broken = tmp_path / "broken.sqlite3"
    broken.write_bytes(b"no database")
    assert Opinions(broken).said("model", CLAIM) == set()
