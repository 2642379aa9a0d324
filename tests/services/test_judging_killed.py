"""Judging that is killed at any instant, or loses its database: what happened is told as if nothing had been."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    "arguments", [["--kills", "50"], ["--kills", "6", "--postgresql"]], ids=["sqlite", "postgresql"]
)
def test_a_judge_that_is_killed_again_and_again_says_what_an_unbroken_one_says(arguments: list[str]) -> None:
    command = [sys.executable, "-m", "tests.services.judged", *arguments]

    run = subprocess.run(
        command, cwd=ROOT, env={**os.environ, "REDIS_URL": ""}, capture_output=True, text=True, timeout=120
    )

    assert run.returncode == 0, run.stdout + run.stderr
    assert "lost 0, too many 0" in run.stdout
