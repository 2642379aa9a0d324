"""bootstrap.py in a folder of its own, from the first start to the faults a newcomer meets; no network."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
EMPTY = ("requirements.txt", "requirements-dev.txt", "requirements-uv.txt")
# Whatever this machine's pip and uv are told, here they find nothing and ask nobody.
OFFLINE = {"PIP_NO_INDEX": "1", "PIP_CONFIG_FILE": os.devnull, "PIP_FIND_LINKS": "", "UV_OFFLINE": "1"}

# With uv a fresh environment takes milliseconds; without it these tests take longer and pass as well.
UV_FOLDER = str(Path(shutil.which("uv", path=f"{sys.prefix}/bin") or shutil.which("uv") or "/none").parent)
PATH = f"{UV_FOLDER}:{os.environ['PATH']}"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    folder = tmp_path / "check out"
    folder.mkdir()
    shutil.copy(ROOT / "bootstrap.py", folder)
    for name in EMPTY:
        (folder / name).write_text("# nothing\n")
    return folder


def start(checkout: Path, *arguments: str, **environ: str) -> "subprocess.CompletedProcess[str]":
    """Runs bootstrap.py, by default with a command that names the interpreter it runs in."""
    command = arguments or ("python", "-c", "import sys; print(sys.prefix)")
    return subprocess.run(
        [sys.executable, "bootstrap.py", *command],
        cwd=checkout,
        env={**os.environ, **OFFLINE, "PATH": PATH, **environ},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def complaint(done: "subprocess.CompletedProcess[str]") -> str:
    """Returns the one line that a failed start ends with."""
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    return done.stderr.strip()


def test_the_first_start_installs_and_the_second_does_nothing(checkout: Path) -> None:
    first = start(checkout)
    assert first.returncode == 0, first.stderr
    assert first.stdout.splitlines() == [
        "bootstrap: installing into .venv (requirements.txt)",
        str(checkout / ".venv"),
    ]

    began = time.monotonic()
    second = start(checkout)
    assert second.stdout.splitlines() == [str(checkout / ".venv")]
    assert time.monotonic() - began < 1.0

    # What changes the environment is noticed: a lock file, the folder's place, a lost interpreter.
    (checkout / "requirements.txt").write_text("# something else\n")
    assert "installing" in start(checkout).stdout
    moved = checkout.rename(checkout.with_name("moved"))
    assert start(moved).stdout.splitlines()[-1] == str(moved / ".venv")
    (moved / ".venv/bin/python").unlink()
    assert start(moved).stdout.splitlines()[-1] == str(moved / ".venv")


def test_development_needs_more_and_includes_running(checkout: Path) -> None:
    assert "(requirements.txt + requirements-dev.txt)" in start(checkout, "--dev", "true").stdout
    assert start(checkout, "--dev", "true").stdout == ""
    assert start(checkout, "true").stdout == ""


def test_two_first_starts_at_once_install_once(checkout: Path) -> None:
    programs = [
        subprocess.Popen(
            [sys.executable, "bootstrap.py", "true"],
            cwd=checkout,
            env={**os.environ, **OFFLINE, "PATH": PATH},
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    outputs = [program.communicate(timeout=120)[0] for program in programs]

    assert [program.returncode for program in programs] == [0, 0]
    assert "".join(outputs).count("installing into") == 1


def test_packages_that_cannot_be_had_end_in_one_line_and_the_next_start_tries_again(checkout: Path) -> None:
    (checkout / "requirements.txt").write_text(f"streamgauge-needs-this==1.0 --hash=sha256:{'0' * 64}\n")

    said = complaint(start(checkout))
    assert said.startswith("bootstrap: the packages could not be installed; is there a network?")
    assert "streamgauge-needs-this" in said

    (checkout / "requirements.txt").write_text("# nothing\n")
    assert start(checkout).returncode == 0


def test_an_old_python_is_told_so(checkout: Path) -> None:
    script = checkout / "bootstrap.py"
    script.write_text(script.read_text().replace("OLDEST = (3, 11)", "OLDEST = (99, 0)"))

    assert "Python 3.11 or newer is needed" in complaint(start(checkout, "true", PATH="/nonexistent"))


def test_a_python_without_venv_names_the_package(checkout: Path, tmp_path: Path) -> None:
    # As Debian ships it: the module is in python3.x-venv.
    (tmp_path / "ensurepip.py").write_text("raise ImportError('No module named ensurepip')")

    said = complaint(start(checkout, "true", PYTHONPATH=str(tmp_path), PATH="/nonexistent"))
    assert said.endswith(f"apt install python3.{sys.version_info.minor}-venv")


def test_a_folder_that_cannot_be_written_is_named(checkout: Path) -> None:
    (checkout / "var").write_text("in the way")

    assert complaint(start(checkout)) == f"bootstrap: cannot write to {checkout}/var: File exists"


def test_a_foreign_folder_called_venv_is_left_alone(checkout: Path) -> None:
    (checkout / ".venv").mkdir()
    (checkout / ".venv/precious").write_text("")

    assert "is no virtual environment; move it away" in complaint(start(checkout))
    assert (checkout / ".venv/precious").exists()


def test_a_command_that_is_not_there_is_one_line(checkout: Path) -> None:
    start(checkout)

    assert complaint(start(checkout, "no-such-command")) == (
        "bootstrap: cannot run no-such-command: No such file or directory"
    )
