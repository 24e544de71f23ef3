"""The small knowledge base with labels of two people in it."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from kb.knowledge_base import KnowledgeBase, open_
from kb.records import Label, Passage
from kb.storing import annotations
from tests.conftest import COSTS, CRITERIA, LETTERS, RAISED, REFERENCES, SMITH


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small knowledge base, built; not to be changed."""
    folder = tmp_path_factory.mktemp("labels") / "base"
    (folder / "corpus").mkdir(parents=True)
    (folder / "kb.toml").write_text("")
    (folder / "criteria.yaml").write_text(CRITERIA)
    (folder / "references.bib").write_text(REFERENCES)
    (folder / "corpus" / "smith2020reminders.md").write_text(SMITH)
    (folder / "corpus" / "health2019letters.txt").write_text(LETTERS + "\n")
    list(open_(folder).build())
    return folder


@pytest.fixture
def home(built: Path, tmp_path: Path) -> Path:
    return shutil.copytree(built, tmp_path / "base")


@pytest.fixture
def base(home: Path) -> KnowledgeBase:
    return open_(home)


@pytest.fixture
def passages(base: KnowledgeBase) -> tuple[Passage, Passage, Passage]:
    """The passage on attendance, the one on costs, and the one on letters."""
    found = {p.text: p for p in base.catalog.passages(base.catalog.ids()).values()}
    return found[RAISED], found[COSTS], found[LETTERS]


def rows(home: Path) -> list[dict[str, Any]]:
    """The lines of annotations.jsonl."""
    return [json.loads(line) for line in (home / "annotations.jsonl").read_text().splitlines()]


def history(home: Path) -> list[Label]:
    return annotations.history(home / "annotations.jsonl")
