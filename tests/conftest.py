"""Knowledge bases to test on: a small one made by hand, and the one that ships."""

import ctypes
import json
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


CHARTED = {
    "trial2020": (
        "digest",
        "full text",
        "randomised controlled trial",
        ["In the trial text reminders raised attendance by twelve points.", COSTS],
    ),
    "review2015": (
        "digest",
        "abstract",
        "systematic review",
        ["Across nine trials reminders raised attendance a little."],
    ),
    "preprint2019": (
        "digest",
        "full text",
        "survey",
        ["Two thirds of patients asked said that letters changed nothing."],
    ),
    "article2020": (
        "digest",
        "full text",
        "survey",
        ["Of 800 patients asked two thirds said that the letters changed nothing."],
    ),
    "opinion1999": (
        "original",
        "full text",
        "",
        ["Nobody turns up because of a letter; people come when they are ill."],
    ),
}
"""Citekey → kind, what was read, design, and the passages of its document."""


@pytest.fixture(scope="session")
def charted_built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A knowledge base of six sources, built, without judgements: two are one work, of one there
    is no document, and one file cannot be read. Not to be changed."""
    folder = tmp_path_factory.mktemp("charted") / "base"
    (folder / "corpus").mkdir(parents=True)
    (folder / "kb.toml").write_text("")
    (folder / "criteria.yaml").write_text(CRITERIA)
    entries = [
        f"@misc{{{key}, author = {{{key[:-4].title()}, A.}}, title = {{About {key}}}, "
        f"year = {{{key[-4:]}}}, keywords = {{letters; {key[0]}-words}}}}\n"
        for key in (*CHARTED, "unread2021")
    ]
    (folder / "references.bib").write_text("".join(entries))
    for key, (kind, read, design, texts) in CHARTED.items():
        body = "\n\n".join(texts) + "\n"
        if kind == "original":
            (folder / "corpus" / f"{key}.txt").write_text(body)
            continue
        head = f"---\ncitekey: {key}\nkind: digest\nread: {read}\ndesign: {design}\n---\n\n"
        (folder / "corpus" / f"{key}.md").write_text(f"{head}# About\n\n## Results\n\n{body}")
    (folder / "corpus" / "unread2021.pdf").write_bytes(b"%PDF-1.7 and no more")
    list(open_(folder).build())
    return folder


@pytest.fixture
def charted(charted_built: Path, tmp_path: Path) -> Path:
    """A copy of it, to be judged."""
    return shutil.copytree(charted_built, tmp_path / "charted")


def judge(home: Path, *said: tuple[str, str, str], at: str = "2026-01-01", number: int = 0) -> None:
    """Add one reader's verdicts: citekey, circumstance, stance; on the source's first passage
    unless `number` says otherwise."""
    lines = []
    for citekey, circumstance, stance in said:
        text = CHARTED[citekey][3][number]
        lines.append(verdict(citekey, text, circumstance, stance, "ann") | {"at": at})
    with (home / "annotations.jsonl").open("a", encoding="utf-8") as file:
        file.writelines(json.dumps(line) + "\n" for line in lines)
