"""The passages written to train the tagger are well formed, and apart from the corpus."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from kb import framework

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "data" / "tags"
CRITERIA = {criterion.id for criterion in framework.load(ROOT / "criteria.yaml").criteria}
WRITTEN = ("near", "literature")


def rows(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (FOLDER / f"{name}.jsonl").read_text("utf-8").splitlines()]


def runs(text: str, length: int = 7) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", text.lower())
    return {tuple(words[at : at + length]) for at in range(len(words) - length + 1)}


@pytest.mark.parametrize("name", [*WRITTEN, "digest", "second_reading"])
def test_every_line_names_known_criteria_and_has_a_name_of_its_own(name: str) -> None:
    found = rows(name)
    keys = {"id", "passage", "criteria"} if name in WRITTEN else {"id", "criteria"}
    for row in found:
        assert set(row) == keys
        assert set(row["criteria"]) <= CRITERIA
    assert len({row["id"] for row in found}) == len(found)


def test_no_passage_is_written_twice_or_stands_in_the_corpus() -> None:
    corpus = "\n".join(path.read_text("utf-8") for path in (ROOT / "corpus").glob("*.md"))
    taken = runs(corpus)
    texts = [row["passage"] for name in WRITTEN for row in rows(name)]
    assert len(set(texts)) == len(texts)
    assert [text for text in texts if runs(text) & taken] == []


def test_the_frozen_sources_are_in_the_corpus() -> None:
    frozen = (FOLDER / "frozen.txt").read_text("utf-8").split()
    assert len(frozen) == len(set(frozen)) == 22
    assert all((ROOT / "corpus" / f"{key}.md").is_file() for key in frozen)
