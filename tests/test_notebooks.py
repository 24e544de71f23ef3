"""The notebooks run, each in a process of its own, and docs/notebooks shows them as they are."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
LARGEST = 60_000
"""Bytes of a page or picture in docs/notebooks."""


def cells(path: Path, kind: str) -> list[str]:
    told = json.loads(path.read_text("utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in told if cell["cell_type"] == kind]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_a_notebook_runs_from_a_clean_process(
    path: Path, shipped_home: Path, tmp_path: Path
) -> None:
    script = ROOT / "scripts" / "render-notebooks"
    words = [sys.executable, str(script), "--home", str(shipped_home), "--to", str(tmp_path)]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [*words, str(path)], env=env, capture_output=True, text=True, timeout=200, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    page = (tmp_path / f"{path.stem}.md").read_text("utf-8")
    for code in cells(path, "code"):
        assert code in page
    # Something is shown, and nothing that is empty or not a number.
    assert len(re.findall(r"^(?:\| |!\[|```text)", page, re.MULTILINE)) >= 3
    assert not re.search(r"\bNaN\b|\bnan\b", page)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_a_notebook_is_kept_without_outputs_and_imports_kb_alone(path: Path) -> None:
    for cell in json.loads(path.read_text("utf-8"))["cells"]:
        if cell["cell_type"] == "code":
            assert cell["outputs"] == []
            assert cell["execution_count"] is None
    code = "\n".join(cells(path, "code"))
    imported = re.findall(r"^(?:import|from) ([\w.]+)", code, re.MULTILINE)
    known = {"datetime", "json", "kb", "pandas", "pathlib", "shutil", "tempfile"}
    assert set(imported) <= known, "of this package a notebook imports nothing but kb"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_the_page_in_docs_is_of_this_notebook(path: Path) -> None:
    page = (ROOT / "docs" / "notebooks" / f"{path.stem}.md").read_text("utf-8")
    for text in cells(path, "markdown") + cells(path, "code"):
        assert text in page, "write it anew with scripts/render-notebooks"
    for picture in re.findall(r"!\[[^]]*\]\(([^)]+)\)", page):
        assert 0 < (path.parent.parent / "docs" / "notebooks" / picture).stat().st_size < LARGEST
