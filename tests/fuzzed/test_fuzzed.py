"""What fuzzing has found stays mended (scripts/fuzz; the finds lie beside this file)."""

from pathlib import Path

import pytest

from tests.fuzzed.targets import TARGETS

FINDS = sorted(path for path in Path(__file__).parent.glob("*/*") if path.parent.name in TARGETS)


@pytest.mark.parametrize("find", FINDS, ids=lambda find: f"{find.parent.name}-{find.name}")
def test_what_fuzzing_found_is_read_or_refused(find: Path, tmp_path: Path) -> None:
    TARGETS[find.parent.name].run(find.read_bytes(), tmp_path)


@pytest.mark.parametrize("name", TARGETS)
def test_what_fuzzing_begins_with_is_read(name: str, tmp_path: Path) -> None:
    seeds = list(TARGETS[name].seeds(tmp_path))
    assert seeds
    for seed in seeds:
        TARGETS[name].run(seed, tmp_path)


def test_every_find_belongs_to_a_target() -> None:
    folders = {path.name for path in Path(__file__).parent.iterdir() if path.is_dir()}
    assert folders - {"__pycache__"} <= TARGETS.keys()
    assert FINDS
