"""A small knowledge base with what is difficult to export, and its annotated bibliography."""

import json
import shutil
from pathlib import Path

import pytest

from kb.exporting.annotated import Bibliography
from kb.knowledge_base import KnowledgeBase, open_
from tests.conftest import COSTS, CRITERIA, LETTERS, RAISED, REFERENCES, SMITH, verdict

NOTE = "# Mine\n\nAsk *Ann* for the <data>; =SUM(A1) is no formula."
OWN = "Read it twice & liked it"
FORMULA = "=HYPERLINK(\"http://x\") is how the report <script>alert('1')</script> began, *oddly*."
REPEATED = "A later trial found that reminders raised attendance again, by a tenth."
MORE = f"""\
@article{{smith2021again,
  author = {{Smith, Ann and Jones, Bob}},
  title = {{Reminders in general practice: again}},
  journal = {{Journal of Small Trials}},
  year = {{2021}},
  annote = {{{OWN.replace("&", chr(92) + "&")}}},
}}
@misc{{anon2018scripts,
  title = {{<b>Scripts</b> & formulas | "quoted"}},
  howpublished = {{A site}},
  url = {{https://example.org/a_b?c=d&e=f}},
  urldate = {{2025-03-14}},
  year = {{2018}},
}}
"""


@pytest.fixture(scope="session")
def difficult_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both sides, a source on both, readers who differ, one work in two sources, an original that
    would run as a script or formula, notes of both kinds, and a file that cannot be read. Not to
    be changed."""
    home = tmp_path_factory.mktemp("difficult") / "base"
    (home / "corpus").mkdir(parents=True)
    (home / "criteria.yaml").write_text(CRITERIA)
    (home / "corpus" / "smith2020reminders.md").write_text(SMITH)
    (home / "corpus" / "health2019letters.txt").write_text(LETTERS + "\n")
    (home / "kb.toml").write_text('[judging]\njudge = "none"\n')
    (home / "references.bib").write_text(REFERENCES + MORE)
    (home / "corpus" / "smith2021again.txt").write_text(f"{REPEATED}\n\n{COSTS}\n")
    (home / "corpus" / "anon2018scripts.txt").write_text(FORMULA + "\n")
    (home / "corpus" / "nothere2000.txt").write_text("No entry has this citekey.\n")
    (home / "notes").mkdir()
    (home / "notes" / "health2019letters.md").write_text(NOTE)
    rows = [
        verdict(citekey, text, "U1", stance, by)
        for by in ("ann", "bob")
        for citekey, text, stance in (
            ("smith2020reminders", RAISED, "supports"),
            ("health2019letters", LETTERS, "challenges"),
            ("smith2021again", REPEATED, "supports"),
            ("smith2021again", COSTS, "challenges"),
        )
    ]
    rows.append(verdict("anon2018scripts", FORMULA, "U1", "supports", "ann"))
    rows.append(verdict("anon2018scripts", FORMULA, "U1", "neutral", "bob"))
    family = {"type": "family", "sources": ["smith2020reminders", "smith2021again"],
              "together": True, "by": "ann", "at": "2026-01-01"}  # fmt: skip
    (home / "annotations.jsonl").write_text(
        "".join(json.dumps(row) + "\n" for row in [*rows, family])
    )
    list(open_(home).build())
    return home


@pytest.fixture
def difficult(difficult_home: Path, tmp_path: Path) -> Path:
    """A copy, to be changed."""
    return shutil.copytree(difficult_home, tmp_path / "base")


@pytest.fixture(scope="session")
def small(difficult_home: Path) -> KnowledgeBase:
    return open_(difficult_home)


@pytest.fixture(scope="session")
def made(small: KnowledgeBase) -> Bibliography:
    return small.bibliography()


@pytest.fixture(scope="session")
def whole(shipped: KnowledgeBase) -> Bibliography:
    """All of the knowledge base that ships, on people's word: the model takes minutes."""
    return shipped.bibliography(people_only=True)
