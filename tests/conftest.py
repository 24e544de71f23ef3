"""Knowledge bases to test on: a small one made by hand, and the one that ships."""

import ctypes
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kb import starters
from kb.knowledge_base import KnowledgeBase, open_
from kb.records import passage_id

Kb = Callable[..., subprocess.CompletedProcess[str]]

CRITERIA = """\
title: Do reminders help?
criteria:
  - id: uptake
    name: Uptake
    definition: People take up what is offered to them.
    indicators: [how many people take part, reasons for not taking part]
  - id: cost
    name: Cost
    definition: What it costs to run.
    indicators: [money spent, staff hours]
circumstances:
  - id: U1
    criterion: uptake
    statement: Reminders increase uptake.
    aliases: [do reminders work, text messages]
  - id: C1
    criterion: cost
    statement: Reminders save money.
    aliases: [are reminders cheap]
"""

REFERENCES = """\
@article{smith2020reminders,
  author = {Smith, Ann and Jones, Bob},
  title = {Reminders in general practice},
  journal = {Journal of Small Trials},
  year = {2020},
}
@techreport{health2019letters,
  author = {{Department of Health}},
  title = {Letters to patients},
  institution = {Department of Health},
  year = {2019},
}
"""

RAISED = "In a trial with 400 patients, text message reminders raised attendance from 60% to 72%."
LETTERS = "Letters alone did not change attendance at all, the department found."
COSTS = "Each reminder cost four pence and saved two minutes of staff time."

SMITH = f"""\
---
citekey: smith2020reminders
kind: digest
read: abstract
design: randomised trial
---

# Reminders in general practice

## Results {{page=12}}

{RAISED}

## Costs

{COSTS}
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A knowledge base of two sources and three passages, without annotations or an index."""
    folder = tmp_path / "base"
    (folder / "corpus").mkdir(parents=True)
    (folder / "kb.toml").write_text("")
    (folder / "criteria.yaml").write_text(CRITERIA)
    (folder / "references.bib").write_text(REFERENCES)
    (folder / "corpus" / "smith2020reminders.md").write_text(SMITH)
    (folder / "corpus" / "health2019letters.txt").write_text(LETTERS + "\n")
    return folder


@pytest.fixture
def base(home: Path) -> KnowledgeBase:
    """The small knowledge base, built."""
    opened = open_(home)
    list(opened.build())
    return opened


@pytest.fixture(scope="session")
def shipped_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The knowledge base on co-production as `kb init` makes it, built; not to be changed."""
    folder = tmp_path_factory.mktemp("shipped") / "co-production"
    starters.copy("co-production", folder)
    list(open_(folder).build())
    return folder


@pytest.fixture(scope="session")
def shipped(shipped_home: Path) -> KnowledgeBase:
    return open_(shipped_home)


@pytest.fixture
def shipped_copy(shipped_home: Path, tmp_path: Path) -> Path:
    """A copy of the built knowledge base, to be spoilt."""
    return shutil.copytree(shipped_home, tmp_path / "copy")


@pytest.fixture
def kb(tmp_path: Path) -> Kb:
    """Runs the real command in a process of its own, in an empty folder unless `cwd` is given."""
    empty = tmp_path / "elsewhere"
    empty.mkdir()

    def run(*words: str, cwd: Path = empty, **more: Any) -> subprocess.CompletedProcess[str]:
        env = {name: value for name, value in os.environ.items() if name != "KB_HOME"}
        env |= {"COLUMNS": "80", "PYTHONUTF8": "1"} | more.pop("env", {})
        return subprocess.run(
            [sys.executable, "-m", "kb", *words],
            cwd=cwd,
            env=env,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=120,
            check=False,
            **more,
        )

    return run


STATEMENTS = {"U1": "Reminders increase uptake.", "C1": "Reminders save money."}


def verdict(citekey: str, text: str, circumstance: str, stance: str, by: str) -> dict[str, str]:
    """A line of annotations.jsonl."""
    return {
        "type": "verdict",
        "passage": passage_id(citekey, text),
        "quote": text,
        "circumstance": circumstance,
        "claim": STATEMENTS[circumstance],
        "stance": stance,
        "by": by,
        "at": "2026-01-01",
    }


def without_override() -> None:
    """Give up root's right to write and read where permissions forbid it (prctl PR_CAPBSET_DROP,
    CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH), so that the test means the same for every user."""
    if os.geteuid() == 0:
        for capability in (1, 2):
            ctypes.CDLL(None).prctl(24, capability, 0, 0, 0)
