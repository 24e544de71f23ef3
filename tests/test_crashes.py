"""Killed, on a full disk, or with a call to it that fails: a few of the points of scripts/crash."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

COMMANDS = ["build (mending)", "tag", "import-labels", "forget"]
SCRIPT = Path(__file__).parent.parent / "scripts" / "crash"


@pytest.mark.skipif(
    not (sys.platform == "linux" and shutil.which("cc")), reason="crash.c is for Linux and needs cc"
)
def test_nothing_is_lost_and_the_next_build_mends_all() -> None:
    done = subprocess.run(
        [sys.executable, SCRIPT, "--json", "--few", "3", "--commands", *COMMANDS],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    results = json.loads(done.stdout)
    assert [one["command"] for one in results] == COMMANDS
    for one in results:
        assert one["faults"] == []
        assert sum(one["points"].values()) == sum(one["survived"].values()) == 3
