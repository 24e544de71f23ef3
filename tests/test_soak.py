"""A short run of scripts/soak; the long one is started by hand."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_thirty_random_steps_leave_what_a_model_of_them_says() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "scripts/soak"), "--steps", "30", "--seed", "5"],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("30 steps, seed 5, no difference (")
