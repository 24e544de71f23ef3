"""All that a person does with kb, from init to forget, each command a process of its own; used by
test_offline.py and scripts/bench-offline."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from kb.records import passage_id
from tests.conftest import COSTS, CRITERIA, RAISED, SMITH
from tests.curating.papers import page, pdf

KEY = "berg2021letters"
SECRET = "Quabbled letters flurbinated Zyxqortle"
PASSAGE = passage_id("smith2020reminders", RAISED)
UMASK = 0o027
IMPORTED = """\
@article{jones2018calls,
  author = {Jones, Bob},
  title = {Telephone calls before appointments},
  journal = {Journal of Small Trials},
  year = {2018},
}
"""
AWAY = ("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "TMPDIR")


@dataclass(frozen=True, slots=True)
class Places:
    """Where a workflow takes place: the knowledge base, what is brought to it, what it writes for
    others; `away` holds the folders of a user where nothing is to be written, by variable."""

    root: Path

    @property
    def base(self) -> Path:
        return self.root / "base"

    @property
    def desk(self) -> Path:
        return self.root / "desk"

    @property
    def out(self) -> Path:
        return self.root / "out"

    @property
    def away(self) -> dict[str, str]:
        return {name: str(self.root / "away" / name.lower()) for name in AWAY}

    def made(self) -> "Places":
        """The folders, and on the desk what is to be added and imported."""
        for folder in (self.desk, self.out, *map(Path, self.away.values())):
            folder.mkdir(parents=True)
        page(self.desk / "letters.html", f"Letters that work. {SECRET}", "Olga Berg", "2021")
        pdf(self.desk / "paper.pdf", "Calls in clinics", "Cat Lund")
        (self.desk / "smith2020reminders.md").write_text(SMITH)
        (self.desk / "more.bib").write_text(IMPORTED)
        return self


def commands(places: Places) -> list[list[str]]:
    """The words after `kb`, in order; they run on the desk."""
    out = places.out
    return [
        ["init", str(places.base)],
        ["add", "letters.html", "--key", KEY],
        ["add", "paper.pdf", "smith2020reminders.md"],
        ["import", "more.bib"],
        ["ask", "do reminders work?"],
        ["search", "pence"],
        ["tag", PASSAGE, "uptake"],
        ["judge", PASSAGE, "supports", "--claim", "U1"],
        ["review", "--limit", "3"],
        ["build", "--json"],
        ["export", "-o", str(out / "annotated.docx")],
        ["export", "--as", "ris"],
        ["map", "-o", str(out / "map.png")],
        ["gaps"],
        ["show", "smith2020reminders"],
        ["check"],
        ["forget", KEY, "--yes", "--annotations"],
    ]


def others(places: Places) -> list[list[str]]:
    """More commands, for the knowledge base that the workflow leaves."""
    labels = str(places.out / "labels.xlsx")
    return [
        ["criteria"],
        ["sources"],
        ["ask", "--claim", "Letters raise attendance.", "--json", "--explain"],
        ["contradictions"],
        ["locate", COSTS],
        ["verify"],
        ["show", PASSAGE, "--why"],
        ["learn"],
        ["agreement"],
        ["log", PASSAGE],
        ["export-labels", "-o", labels],
        ["import-labels", labels],
        ["export", "-o", str(places.out / "annotated.html")],
        ["map", "-o", str(places.out / "map.html")],
        ["evaluate", "mine"],
        ["remove", "smith2020reminders", "--yes"],
    ]


def run(
    places: Places, words: list[str], before: tuple[str, ...] = (), **env: str
) -> subprocess.CompletedProcess[bytes]:
    """One command, by a user whose own folders are empty and who lets nobody else read what they
    make; `before` are the words of a program to run it in."""
    home = {} if words[0] == "init" else {"KB_HOME": str(places.base)}
    nowhere = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), "http://127.0.0.1:9")
    inherited = {n: v for n, v in os.environ.items() if not n.startswith(("KB_", "XDG_", "MPL"))}
    done = subprocess.run(
        [*before, sys.executable, "-m", "kb", *words],
        cwd=places.desk,
        env=inherited | places.away | home | nowhere | {"KB_USER": "ann", "PYTHONUTF8": "1"} | env,
        input=b"yn q",  # the keys of a review
        capture_output=True,
        timeout=300,
        check=False,
        umask=UMASK,
    )
    if words[0] == "init":
        (places.base / "criteria.yaml").write_text(CRITERIA)
    return done
