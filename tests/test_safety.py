"""The table of docs/security.md: each test that it names is there; and what no other test shows."""

import ast
import re
from pathlib import Path

import pytest

from kb.errors import BibliographyError
from kb.reading.bibliography import load
from kb.reading.markdown import read as read_markdown
from kb.reading.text import read as read_text
from kb.referencing import citekeys

ROOT = Path(__file__).parents[1]
TABLE = (ROOT / "docs" / "security.md").read_text("utf-8")
FORBIDDEN = {"pickle", "shelve", "marshal", "dill", "joblib", "cloudpickle"}
CALLS = {"eval", "exec", "compile", "__import__"}


def test_every_threat_has_tests_that_exist() -> None:
    rows = [line for line in TABLE.splitlines() if line.startswith("| ")][1:]
    assert len(rows) >= 15
    for row in rows:
        named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", row)
        assert named, row
        for path, test in named:
            assert f"def {test}(" in (ROOT / path).read_text("utf-8"), f"{path}::{test}"


def sources() -> list[Path]:
    return sorted((ROOT / "kb").rglob("*.py"))


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_that_could_run_code_is_loaded(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            assert not FORBIDDEN & {name.name.split(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert (node.module or "").split(".")[0] not in FORBIDDEN
        elif isinstance(node, ast.keyword) and node.arg in ("allow_pickle", "trust_remote_code"):
            assert isinstance(node.value, ast.Constant)
            assert node.value.value is False
        elif isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            assert called not in CALLS
            assert called not in ("torch.load", "yaml.unsafe_load", "os.system")
            if called == "yaml.load":
                (loader,) = [k.value for k in node.keywords if k.arg == "Loader"]
                assert ast.unparse(loader) == "yaml.BaseLoader", "which makes only strings"
            assert not any(k.arg == "shell" for k in node.keywords)


@pytest.mark.parametrize(
    "key", ["../evil", "..", "/etc/passwd", "a/b", "a\\b", ".hidden", "a\0b", "a b", "", "~root"]
)
def test_no_citekey_leads_out_of_the_folder(tmp_path: Path, key: str) -> None:
    assert not citekeys.is_valid(key)
    (tmp_path / "references.bib").write_text(f"@misc{{{key}, title = {{A}}}}\n")
    with pytest.raises(BibliographyError):
        load(tmp_path / "references.bib")


# Each of these took minutes or hours at this size.
LONG = {
    "hyphens": b"caf\xe9 \xf7a" + b"-" * 60 + b"\x81\n",
    "initials": b"A. " * 60_000,
    "headings of lists": b"References\n\n" * 4_000,
    "spaces in a heading": b"# a" + b" " * 190_000 + b"x",
    "open comments": b"<!--" * 45_000,
    "open elements": b"<b hidden>" * 19_000,
    "hyphens in a tag": b"<a" + b"-a" * 90_000,
}


@pytest.mark.parametrize("text", LONG.values(), ids=LONG)
def test_plain_texts_take_time_in_proportion(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "a.txt").write_bytes(text)
    assert read_text(tmp_path / "a.txt", "a").text
    if text.isascii():
        (tmp_path / "a.md").write_bytes(text)
        assert read_markdown(tmp_path / "a.md", "a").text
