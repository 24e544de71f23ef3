"""The same files give the same answers tomorrow, whatever order they came in and on any machine."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import CHARTED, judge

# Files come in waves, a build after each; then all is asked for that can be said of them.
SCRIPT = """
import functools, io, json, os, random, re, shutil, sys, zipfile
from dataclasses import replace
from pathlib import Path

import onnxruntime

import kb.embedding.onnx, kb.judging.onnx
from kb.exporting import FORMATS, json as shapes, writer
from kb.knowledge_base import open_

told = json.load(sys.stdin)
names_of, any_order = os.listdir, random.Random(told["seed"])
os.listdir = lambda folder=".": any_order.sample(names := names_of(folder), len(names))
kb.embedding.onnx.BATCH = kb.judging.onnx.BATCH = told["batch"]
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = told["threads"]
onnxruntime.InferenceSession = functools.partial(
    onnxruntime.InferenceSession, sess_options=options
)

def parts(content):
    "What is in a file; of Word and Excel without the moment at which they were saved."
    if not content.startswith(b"PK"):
        return content.decode()
    archive = zipfile.ZipFile(io.BytesIO(content))
    at = re.compile(rb":(created|modified)[^<]*<")
    return [(name, at.sub(b"", archive.read(name)).hex()) for name in archive.namelist()]

base = open_(told["home"])
for wave in told["waves"]:
    for name in wave:
        shutil.copy(Path(told["files"], name), base.home / "corpus" / name)
    list(base.build())

asked = [base.ask("do reminders work?"), base.ask("what does it cost?", claim="C1")]
asked.append(base.ask("letters", claim="Letters bring nobody to the clinic.", limit=50))
drawn, gaps = replace(base.map(), made="2026-01-01"), [repr(gap) for gap in base.gaps()]
catalog = base.catalog
ids = sorted(catalog.ids())
every = [passage for _, passage in sorted(catalog.passages(ids).items())]
made = replace(base.bibliography(), made="2026-01-01")
print(json.dumps({
    "passages": [repr(catalog.passages(ids)[name]) for name in ids],
    "vectors": base.vectors.get(ids).tobytes().hex(),
    "tags": [repr((name, catalog.tags(ids)[name])) for name in ids],
    "opinions": [repr(base.opinions(one.claim.text, every)) for one in asked],
    "answers": [repr(replace(one, index=None)) for one in asked],
    "json": [shapes.answer(one) for one in asked],
    "map and gaps": [repr(drawn), *gaps],
    "exports": {
        name: parts(writer(name)(made, "harvard")) for name in FORMATS if name != "pdf"
    },
}))
"""


@pytest.fixture(scope="module")
def files(charted_built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A knowledge base of six sources with people's judgements, not built."""
    folder = tmp_path_factory.mktemp("files") / "base"
    shutil.copytree(charted_built, folder, ignore=shutil.ignore_patterns(".kb"))
    judge(folder, ("trial2020", "U1", "supports"), ("article2020", "U1", "challenges"))
    return folder


def said(files: Path, home: Path, *, hashing: str = "0", **how: Any) -> dict[str, Any]:
    """What a process says of a knowledge base with these files, made in `home`."""
    home.parent.mkdir(parents=True, exist_ok=True)
    shutil.copytree(files, home, ignore=shutil.ignore_patterns("corpus"))
    (home / "corpus").mkdir()
    told = {"files": str(files / "corpus"), "home": str(home), **how}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        input=json.dumps(told),
        env=os.environ | {"PYTHONHASHSEED": hashing, "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("store", ["chroma", "exact"])
def test_all_is_the_same_to_the_last_bit(files: Path, tmp_path: Path, store: str) -> None:
    names = sorted(path.name for path in (files / "corpus").iterdir())
    (files / "kb.toml").write_text(f'[storing]\nvectors = "{store}"\n')
    one = said(files, tmp_path / "one", waves=[names], batch=8, threads=1, seed=1)
    other = said(
        files,
        tmp_path / "another place" / "two",
        waves=[names[3:][::-1], names[:3][::-1]],
        batch=3,
        threads=2,
        seed=2,
        hashing="42",
    )
    assert len(one["passages"]) == sum(len(texts) for *_, texts in CHARTED.values())
    for what, value in one.items():
        assert other[what] == value, what
