"""The package as a whole: its public names, its version, its documents."""

import ast
import json
import re
import tomllib
from pathlib import Path

import kb
from kb.cli import COMMANDS
from kb.config import Settings

ROOT = Path(__file__).parent.parent


def test_the_public_names() -> None:
    assert kb.__all__ == [
        "Answer", "Claim", "Evidence", "EvidenceMap", "Hit", "KbError", "KnowledgeBase", "Passage",
        "Source", "Stance", "__version__", "open", "to_frame", "write_map",
    ]  # fmt: skip
    assert all(getattr(kb, name) is not None for name in kb.__all__)


def test_the_changelog_knows_the_version() -> None:
    released = re.findall(r"^## \[(\d+\.\d+\.\d+)\]", (ROOT / "CHANGELOG.md").read_text(), re.M)
    assert released[0] == kb.__version__


def test_every_command_and_setting_is_in_the_guide() -> None:
    guide = (ROOT / "docs" / "guide.md").read_text("utf-8")
    for command in COMMANDS:
        assert f"kb {command}" in guide, command
    settings = Settings()
    for table in Settings.__slots__:
        values = getattr(settings, table)
        for key in values.__slots__:
            default = json.dumps(getattr(values, key)).replace("false", "False")
            assert f"| `{table}.{key}` | `{default}` |" in guide, f"{table}.{key}"


def test_every_dependency_is_explained() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    wanted = [*project["dependencies"], *extras["models"], *extras["test"]]
    explained = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    rows = [line.split("|")[1] for line in explained.splitlines() if line.startswith("| ")]
    named = {name.strip() for row in rows for name in row.split(",")}
    assert {requirement.split(">=")[0] for requirement in wanted} <= named


def test_files_and_functions_stay_small() -> None:
    for path in (ROOT / "kb").rglob("*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                length = (node.end_lineno or 0) - node.lineno + 1
                assert length <= 50, f"{path.name}: {node.name} has {length} lines"
        assert ast.get_docstring(tree), f"{path} has no docstring"
