"""annotations.jsonl: words on one criterion, words taken back, and all that was ever said."""

import itertools
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from kb.errors import AnnotationError
from kb.handwritten import backup
from kb.records import Stance, passage_id
from kb.starters import MERGED
from kb.storing.annotations import Annotations, history, load
from kb.storing.lines import append, mend

QUOTE = "text 1"
P = passage_id("p", QUOTE)
CRITERIA = ("scale", "cost", "time")


def line(kind: str, hour: int, by: str = "ann", **said: Any) -> dict[str, Any]:
    quote = {} if kind == "withdrawal" else {"quote": QUOTE}
    at = f"2026-01-01T{hour:02}:00"
    return {"type": kind, "passage": P, **quote, "by": by, "at": at, **said}


def tag(hour: int, criterion: str, seen: bool = True, **more: Any) -> dict[str, Any]:
    return line("tag", hour, criterion=criterion, seen=seen, **more)


def tags(hour: int, *criteria: str, **more: Any) -> dict[str, Any]:
    return line("tags", hour, criteria=list(criteria), **more)


def verdict(hour: int, stance: str, **more: Any) -> dict[str, Any]:
    return line("verdict", hour, circumstance="S1", claim="Small.", stance=stance, **more)


def back(hour: int, of: int, **what: Any) -> dict[str, Any]:
    return line("withdrawal", hour, takes_back=f"2026-01-01T{of:02}:00", **what)


def written(folder: Path, *rows: dict[str, Any]) -> Path:
    path = folder / "annotations.jsonl"
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    return path


def said(path: Path) -> dict[str, bool]:
    return load(path).said(CRITERIA).get(P, {}).get("ann", {})


def in_every_order(folder: Path, *rows: dict[str, Any]) -> Annotations:
    """What counts, which must not depend on the order of lines."""
    found = [load(written(folder, *order)) for order in itertools.permutations(rows)]
    assert all(one == found[0] for one in found)
    return found[0]


def test_a_word_on_one_criterion_says_nothing_of_the_others(tmp_path: Path) -> None:
    path = written(tmp_path, tag(1, "scale"), tag(2, "cost", seen=False))
    assert said(path) == {"scale": True, "cost": False}
    assert load(path).readings == {}


@pytest.mark.parametrize("corrected", CRITERIA)
def test_a_correction_leaves_the_rest_of_the_reading(tmp_path: Path, corrected: str) -> None:
    found = load(written(tmp_path, tags(1, *CRITERIA), tag(2, corrected, seen=False)))
    assert set(found.readings[P, "ann"]) == set(CRITERIA) - {corrected}


@pytest.mark.parametrize("hour", [2, 3])
def test_a_word_given_with_a_whole_reading_or_after_it_counts(tmp_path: Path, hour: int) -> None:
    path = written(tmp_path, tags(2, "scale"), tag(hour, "cost"))
    assert said(path) == {"scale": True, "cost": True, "time": False}
    assert [one.status for one in history(path)] == ["counts", "counts"]


def test_only_a_whole_reading_that_counts_overtakes_a_word(tmp_path: Path) -> None:
    rows = [tag(1, "scale"), tags(3, "cost"), back(4, 3), verdict(5, "supports")]
    path = written(tmp_path, *rows)
    assert [one.status for one in history(path)] == ["counts", "taken back", "", "counts"]
    path = written(tmp_path, tag(1, "scale"), tags(3, "cost"), tags(2, "time", by="bob"))
    assert [one.status for one in history(path)] == ["superseded", "counts", "counts"]


def test_it_corrects_a_whole_reading_that_is_not_later(tmp_path: Path) -> None:
    found = in_every_order(
        tmp_path, tags(2, "scale"), tag(1, "time"), tag(3, "cost"), tag(4, "scale", seen=False)
    )
    assert found.readings == {(P, "ann"): ("cost",)}
    assert found.said(CRITERIA)[P]["ann"] == {"scale": False, "cost": True, "time": False}


def test_what_is_taken_back_was_never_said_and_what_was_said_before_counts_again(
    tmp_path: Path,
) -> None:
    found = in_every_order(
        tmp_path, verdict(1, "supports"), verdict(2, "challenges"), back(3, 2, circumstance="S1")
    )
    assert [v.stance for v in found.verdicts[P, "S1"]] == [Stance.SUPPORTS]
    found = in_every_order(tmp_path, tag(1, "scale"), back(2, 1, criterion="scale"))
    assert found == Annotations()
    found = in_every_order(tmp_path, tags(1, "cost"), tags(2, "scale"), back(3, 2))
    assert found.readings == {(P, "ann"): ("cost",)}


def test_only_the_persons_own_word_of_that_time_on_that_thing_is_taken_back(tmp_path: Path) -> None:
    kept = [tag(1, "scale"), tag(1, "cost"), tag(1, "scale", by="bob"), verdict(1, "supports")]
    others = [back(2, 2, criterion="scale"), back(2, 1, criterion="time"), back(2, 1)]
    assert load(written(tmp_path, *kept, *others)) == load(written(tmp_path, *kept))


def test_a_criterion_that_came_later_was_not_denied(tmp_path: Path) -> None:
    path = written(tmp_path, tags(1, "scale", wordings={"scale": "1", "cost": "2"}))
    assert said(path) == {"scale": True, "cost": False}
    assert said(written(tmp_path, tags(1, "scale"))) == {
        "scale": True,
        "cost": False,
        "time": False,
    }


def test_all_that_was_ever_said_oldest_first(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        verdict(4, "supports", why="clear to me", model="m", scores={"supports": 0.5}),
        back(3, 2, circumstance="S1"),
        verdict(2, "challenges"),
        tag(1, "scale"),
        tags(5),
        {
            "type": "family",
            "sources": ["a", "b"],
            "together": True,
            "by": "ann",
            "at": "2026-01-01",
        },
    )
    found = history(path)
    assert [(one.kind, one.said, one.status) for one in found] == [
        ("tag", "yes", "superseded"),
        ("verdict", "challenges", "taken back"),
        ("withdrawal", "", ""),
        ("verdict", "supports", "counts"),
        ("tags", "", "counts"),
    ]
    assert (found[3].why, found[3].model, found[3].scores) == (
        "clear to me",
        "m",
        {"supports": 0.5},
    )


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        (tag(1, "scale") | {"seen": "yes"}, "'seen' must be a bool"),
        (tag(1, "scale", scores={"scale": "0.5"}), "'scores' must hold names and numbers"),
        (tag(1, "scale", scores=[1]), "'scores' must hold names and numbers"),
        (tag(1, "scale", wordings={"scale": 1}), "'wordings' must hold names and texts"),
        (tag(1, "scale", takes_back="2026-01-01"), "unknown 'takes_back'"),
        (back(2, 1, criterion="c", circumstance="S1"), "name a 'criterion', a 'circumstance' or"),
        (back(2, 1) | {"takes_back": "noon"}, "'takes_back' is 'noon'; write a date"),
        (back(2, 1, quote=QUOTE), "unknown 'quote'"),
    ],
)
def test_a_broken_line_names_what_is_wrong(
    tmp_path: Path, row: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(AnnotationError) as caught:
        load(written(tmp_path, row))
    assert complaint in str(caught.value)


@pytest.mark.parametrize("kept", [1, 2, 20, 90, 120, -3, -2])
def test_a_last_line_cut_off_by_a_power_failure_costs_nothing_else(
    tmp_path: Path, kept: int
) -> None:
    path = written(tmp_path, tag(1, "scale"), tag(2, "cost", why="für später"))
    whole = path.read_bytes()
    first = whole.index(b"\n") + 1
    path.write_bytes(cut := whole[:first] + whole[first:][:kept])
    assert said(path) == {"scale": True}
    assert (load(path).torn, len(history(path))) == (2, 1)
    append(path, tag(3, "cost"))
    assert said(path) == {"scale": True, "cost": True}
    assert load(path).torn == 0
    assert path.read_bytes().startswith(whole[:first] + b'{"')
    assert backup(path).read_bytes() == cut


@pytest.mark.parametrize("tail", [b"\0\0\0", b'{"why": "f\xc3'])
def test_what_the_disk_had_not_yet_taken_is_taken_out(tmp_path: Path, tail: bytes) -> None:
    path = written(tmp_path, tag(1, "scale"))
    before = path.read_bytes()
    path.write_bytes(before + tail)
    assert mend(path)
    assert path.read_bytes() == before
    assert not mend(path)


def test_what_a_person_broke_is_not_taken_for_cut_off(tmp_path: Path) -> None:
    path = written(tmp_path, tag(1, "scale"), tag(2, "cost"))
    for broken in (path.read_bytes()[:-20] + b"\n", b"my own words"):
        path.write_bytes(broken)
        with pytest.raises(AnnotationError, match="not JSON"):
            load(path)
        assert not mend(path)
        assert path.read_bytes() == broken


FULL = """
import resource, sys
from pathlib import Path
from kb.errors import StorageError
from kb.storing.lines import append, mend
path, limit, rows = Path(sys.argv[1]), int(sys.argv[2]), eval(sys.argv[3])
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
try:
    append(path, *rows)
except StorageError as error:
    print(error)
"""


# In 150 bytes there is room for one word, not for two.
@pytest.mark.parametrize(("count", "room"), [(1, 0), (1, 50), (2, 0), (2, 50), (2, 150)])
def test_on_a_full_disk_a_word_is_added_whole_or_not_at_all(
    tmp_path: Path, count: int, room: int
) -> None:
    path = written(tmp_path, tag(1, "scale"))
    before = path.read_bytes()
    rows = [tag(day, "cost") for day in (2, 3)][:count]
    limit = str(len(before) + room)
    told = subprocess.run(
        [sys.executable, "-c", FULL, str(path), limit, repr(rows)],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert "the disk is full" in told
    assert path.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir() if one.name != ".kb"] == [path.name]


def test_lines_are_added_all_or_none(tmp_path: Path) -> None:
    path = tmp_path / "annotations.jsonl"
    with pytest.raises(AnnotationError):
        append(path, tag(1, "scale"), tag(2, "cost", scores=[]))
    assert not path.exists()
    append(path, tag(1, "scale"), tag(2, "cost"))
    append(path)
    assert said(path) == {"scale": True, "cost": True}


def test_two_peoples_files_merge_in_git_to_the_same_either_way(tmp_path: Path) -> None:
    repo = tmp_path / "repo"
    repo.mkdir()

    def git(*words: str) -> None:
        who = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
        subprocess.run(["git", *who, *words], cwd=repo, check=True, capture_output=True, timeout=60)

    path = repo / "annotations.jsonl"
    git("init", "-b", "main")
    (repo / ".gitattributes").write_text(f"{MERGED}\n")
    append(path, verdict(1, "supports"), tag(1, "scale", by="bob"))
    git("add", "-A")
    git("commit", "-m", "first")
    git("checkout", "-b", "ann")
    append(path, verdict(2, "challenges"), back(3, 2, circumstance="S1"), tag(4, "cost"))
    git("commit", "-am", "ann")
    git("checkout", "-b", "bob", "main")
    append(path, tag(2, "scale", seen=False, by="bob"), verdict(2, "neutral", by="bob"))
    git("commit", "-am", "bob")
    git("merge", "ann", "-m", "one way")
    one_way = load(path)
    git("checkout", "ann")
    git("merge", "bob~1", "-m", "the other way")
    assert load(path) == one_way
    assert one_way.said(CRITERIA)[P] == {"ann": {"cost": True}, "bob": {"scale": False}}
    assert [v.stance for v in one_way.verdicts[P, "S1"]] == [Stance.SUPPORTS, Stance.NEUTRAL]
    assert len(history(path)) == 7
