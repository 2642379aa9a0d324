"""Judging that is killed at any instant, or loses its database: what happened is told as if nothing had been."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_a_judge_that_is_killed_again_and_again_says_what_an_unbroken_one_says(each_database: str) -> None:
    kills = "50" if each_database.startswith("sqlite") else "10"  # there every other one ends the connection alone

    run = subprocess.run(
        [sys.executable, "-m", "tests.services.judged", "--kills", kills],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": each_database},
        capture_output=True,
        text=True,
        timeout=120,
    )

    assert run.returncode == 0, run.stdout + run.stderr
    assert "lost 0, too many 0" in run.stdout
