"""What people wrote for an earlier version is read by this one, an earlier index is made anew, and
what only a later version knows is said in one line.

tests/fixtures/versions/ has a folder for each release: people's files with all that could be
written then and, as `index`, what that release made of them. `next` is that of the release to come:
add to it what can be written now; at the release, give it the new number and copy it.
"""

import json
import re
import shutil
import sqlite3
import tomllib
from pathlib import Path

import pytest
import yaml

from kb import framework
from kb.config import Settings
from kb.errors import AnnotationError, ConfigError, FrameworkError, IndexUnusable
from kb.knowledge_base import open_
from kb.storing import lines
from kb.storing.catalog import Catalog
from kb.storing.schema import SCHEMA
from kb.version import __version__
from tests.conftest import Kb

ROOT = Path(__file__).parent.parent
KEPT = Path(__file__).parent / "fixtures" / "versions"
VERSIONS = sorted(path.name for path in KEPT.iterdir())
NEXT = KEPT / "next"


@pytest.fixture(params=VERSIONS)
def earlier(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A knowledge base as a version left it."""
    home = shutil.copytree(KEPT / request.param, tmp_path / "base")
    if (home / "index").exists():
        (home / "index").rename(home / ".kb")
    return home


def test_every_release_is_kept() -> None:
    log = (ROOT / "CHANGELOG.md").read_text("utf-8")
    released = set(re.findall(r"^## \[(\d+\.\d+\.\d+)\]", log, re.MULTILINE))
    assert {*released, __version__, "next"} == set(VERSIONS)
    assert all((KEPT / name / "index").is_dir() for name in released)


def test_the_next_release_keeps_all_that_can_be_written() -> None:
    written = (NEXT / "annotations.jsonl").read_text("utf-8")
    rows = [json.loads(line) for line in written.splitlines()]
    assert {row["type"] for row in rows} == set(lines._REQUIRED)
    assert {*lines._OPTIONAL, *lines._MAPPINGS} <= {key for row in rows for key in row}
    tables = tomllib.loads((NEXT / "kb.toml").read_text("utf-8"))
    assert {name: set(keys) for name, keys in tables.items()} == {
        name: set(getattr(Settings(), name).__slots__) for name in Settings.__slots__
    }
    said = yaml.safe_load((NEXT / "criteria.yaml").read_text("utf-8"))
    assert said.keys() == framework._TOP_KEYS.keys()
    assert said["criteria"][0].keys() == framework._CRITERION_KEYS.keys()
    assert said["circumstances"][0].keys() == framework._CIRCUMSTANCE_KEYS.keys()


def test_what_people_wrote_is_read_whole_and_answers(earlier: Path) -> None:
    base = open_(earlier)
    assert [one.status for one in base.build()] == ["added", "added"]
    answer = base.ask("do reminders work")
    assert [item.citation for item in answer.supporting] == ["Smíth and Jones (2020)"]
    assert answer.supporting[0].judgement.judge == "two readers"
    assert [v.by for v in answer.supporting[0].judgement.verdicts] == ["ann", "bob"]
    assert [item.citation for item in answer.challenging] == ["Department of Health (2019)"]
    assert base.problems() == []
    assert base.framework.criterion("uptake").name == "Uptake"


@pytest.mark.parametrize("version", [name for name in VERSIONS if name != "next"])
def test_an_earlier_index_is_refused_and_made_anew(version: str, tmp_path: Path, kb: Kb) -> None:
    home = shutil.copytree(KEPT / version, tmp_path / "base")
    (home / "index").rename(home / ".kb")
    with pytest.raises(IndexUnusable, match=r"another version of kb .*; make it anew with: kb build"):
        open_(home).ask("do reminders work")
    done = kb("build", cwd=home)
    assert done.returncode == 0, done.stderr
    assert "3 passages in 2 documents (2 added)" in done.stderr
    assert len([path for path in (home / ".kb").iterdir() if path.is_dir()]) == 1, "no old vectors"
    assert open_(home).ask("do reminders work").supporting


@pytest.mark.parametrize("schema", [0, 1, SCHEMA - 1, SCHEMA + 1])
def test_an_index_of_another_schema_is_refused_in_one_line(schema: int, tmp_path: Path) -> None:
    path = tmp_path / "catalog.sqlite3"
    Catalog.open_to_write(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA user_version = {schema}")
    connection.close()
    with pytest.raises(IndexUnusable) as caught:
        Catalog.open_to_read(path)
    assert f"(schema {schema}, not {SCHEMA}); make it anew with: kb build" in str(caught.value)
    assert "\n" not in str(caught.value)
    Catalog.open_to_write(path).close()
    Catalog.open_to_read(path).close()


LATER = f"(if a newer kb wrote it, update this one, {__version__})"


def changed(home: Path, name: str, content: str) -> Path:
    shutil.copytree(NEXT, home)
    with (home / name).open("a", encoding="utf-8") as file:
        file.write(content)
    return home


@pytest.mark.parametrize(
    ("name", "content", "error", "said"),
    [
        ("kb.toml", "language = 'cy'\n", ConfigError, "unknown key 'language' in [online]"),
        ("kb.toml", "[sharing]\nwith = 'us'\n", ConfigError, "unknown 'sharing'"),
        ("criteria.yaml", "weights: [1]\n", FrameworkError, "unknown key 'weights'"),
        ("annotations.jsonl", '{"type": "vote"}\n', AnnotationError, "'type' must be"),
    ],
)
def test_what_only_a_later_version_knows_is_said_in_one_line(
    tmp_path: Path, name: str, content: str, error: type[Exception], said: str
) -> None:
    home = changed(tmp_path / "base", name, content)
    with pytest.raises(error) as caught:
        list(open_(home).build())
    assert str(caught.value).startswith(str(home / name))
    assert said in str(caught.value)
    assert LATER in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_key_of_a_later_version_in_a_judgement_is_said_too(tmp_path: Path) -> None:
    row = json.loads((NEXT / "annotations.jsonl").read_text("utf-8").splitlines()[2])
    home = changed(tmp_path / "base", "annotations.jsonl", json.dumps(row | {"weight": 2}) + "\n")
    with pytest.raises(AnnotationError) as caught:
        list(open_(home).build())
    assert "annotations.jsonl:12: unknown 'weight'" in str(caught.value)
    assert LATER in str(caught.value)
