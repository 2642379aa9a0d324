#!/usr/bin/env python3
"""Runs a command inside `.venv`, which it first makes or brings up to date: `bootstrap.py [--dev] COMMAND…`.

Nothing but the standard library, and no syntax newer than Python 3.6 has, so that an old interpreter is told
so instead of stumbling. When nothing has changed it costs milliseconds and needs no network.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / "bin"
LOCK_FILE = ROOT / "var" / "bootstrap.lock"
OLDEST = (3, 11)
NEWER_NAMES = ("python3.14", "python3.13", "python3.12", "python3.11")
STAGES = {"run": ["requirements.txt"], "dev": ["requirements.txt", "requirements-dev.txt"]}


class BootstrapError(Exception):
    """What ends the bootstrap: one line that says what to do."""


class InstallError(Exception):
    """One way of installing did not work; another may."""


def main() -> None:
    stage, command = parse(sys.argv[1:])
    try:
        use_new_enough_python()
        if not is_current(stage):
            with_lock(stage)
    except BootstrapError as failure:
        sys.exit(f"bootstrap: {failure}")
    except OSError as error:
        sys.exit(f"bootstrap: cannot write to {error.filename or ROOT}: {error.strerror}")
    except KeyboardInterrupt:
        sys.exit(130)
    run_inside(command)


def parse(arguments: "list[str]") -> "tuple[str, list[str]]":
    stage = "run"
    if arguments[:1] == ["--dev"]:
        stage, arguments = "dev", arguments[1:]
    if not arguments:
        sys.exit("usage: bootstrap.py [--dev] COMMAND [ARGUMENT…]")
    return stage, arguments


def use_new_enough_python() -> None:
    """Goes on under a newer python3.x where this one is too old; raises BootstrapError where there is none."""
    if sys.platform not in ("linux", "darwin"):
        raise BootstrapError("Streamgauge runs on Linux and macOS; on Windows use WSL.")
    if sys.version_info < OLDEST:
        newer = next(filter(works, map(shutil.which, NEWER_NAMES)), None)
        if newer is None:
            raise BootstrapError(f"Python 3.11 or newer is needed; {sys.executable} is {version()}.")
        os.execv(newer, [newer, *sys.argv])  # noqa: S606


def works(program: "str | None") -> bool:
    # A version manager's shim may stand on PATH for a Python that is not installed.
    return (
        bool(program)
        and subprocess.run([str(program), "-c", ""], stderr=subprocess.DEVNULL, check=False).returncode == 0
    )


def version() -> str:
    return "{}.{}".format(*sys.version_info[:2])


def stamp_path(stage: str) -> Path:
    return VENV / f"streamgauge-{stage}.stamp"


def stamp(stage: str) -> str:
    """Returns what the environment depends on: its place (scripts name it), the Python and the locked packages."""
    digest = hashlib.sha256(f"{VENV} {version()} ".encode())
    for name in STAGES[stage]:
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def is_current(stage: str) -> bool:
    # The interpreter may have been uninstalled since: then the link dangles.
    stages = [stage, "dev"]  # what `dev` installs includes what `run` does
    return (BIN / "python").exists() and any(read(stamp_path(each)) == stamp(each) for each in stages)


def read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""


def with_lock(stage: str) -> None:
    """Installs while no other bootstrap does."""
    import fcntl  # absent on Windows, which is refused above

    LOCK_FILE.parent.mkdir(mode=0o700, exist_ok=True)  # the database and secrets will be in there
    with LOCK_FILE.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            say("waiting for another start to finish installing")
            fcntl.flock(lock, fcntl.LOCK_EX)
        if not is_current(stage):
            install(stage)


def install(stage: str) -> None:
    """Tries uv, then a pinned uv from the package index, then pip; raises BootstrapError with the last one's last words."""
    say("installing into {} ({})".format(VENV.name, " + ".join(STAGES[stage])))
    for each in STAGES:
        if stamp_path(each).exists():
            stamp_path(each).unlink()
    remove_foreign()
    for way in (install_with_uv, install_with_pinned_uv, install_with_pip):
        try:
            way(STAGES[stage])
            break
        except InstallError as failure:
            reason = failure
    else:
        raise BootstrapError(f"the packages could not be installed; is there a network? The last error was: {reason}")
    stamp_path(stage).write_text(stamp(stage))


def remove_foreign() -> None:
    """Removes an environment that cannot be brought up to date: another Python's, or one that was moved."""
    if not VENV.exists():
        return
    if not (VENV / "pyvenv.cfg").exists():
        raise BootstrapError(f"{VENV} exists and is no virtual environment; move it away.")
    if not (BIN / "python").exists() or python_inside() != version() or not was_made_here():
        shutil.rmtree(str(VENV))


def python_inside() -> str:
    code = "import sys; print('%d.%d' % sys.version_info[:2])"
    return (
        subprocess.run([str(BIN / "python"), "-c", code], stdout=subprocess.PIPE, check=False).stdout.decode().strip()
    )


def was_made_here() -> bool:
    return str(VENV) in read(BIN / "activate")


def install_with_uv(names: "list[str]") -> None:
    uv = shutil.which("uv")
    if uv is None:
        raise InstallError("uv is not installed")
    if not VENV.exists():
        attempt([uv, "venv", "--quiet", "--python", base_python(), str(VENV)])
    uv_install(uv, names)


def install_with_pinned_uv(names: "list[str]") -> None:
    make_venv()
    pip_install(["requirements-uv.txt"], "--only-binary", ":all:")
    uv_install(str(BIN / "uv"), names)


def install_with_pip(names: "list[str]") -> None:
    make_venv()
    pip_install(names)


def make_venv() -> None:
    """Makes the environment with a pip inside; raises BootstrapError where the system's Python lacks its parts."""
    if (BIN / "pip").exists():
        return
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        package = f"python{version()}-venv"
        raise BootstrapError(f"this Python has no venv module; on Debian or Ubuntu: apt install {package}") from None
    attempt([base_python(), "-m", "venv", "--clear", str(VENV)])


def base_python() -> str:
    """Returns the interpreter outside any environment: the running one may live in what is about to be replaced."""
    return getattr(sys, "_base_executable", None) or sys.executable


def uv_install(uv: str, names: "list[str]") -> None:
    attempt([uv, "pip", "install", "--quiet", "--python", str(BIN / "python"), "--require-hashes", *files(names)])


def pip_install(names: "list[str]", *options: str) -> None:
    quiet = ["--quiet", "--retries", "1", "--disable-pip-version-check", "--no-input"]
    attempt([str(BIN / "python"), "-m", "pip", "install", *quiet, *options, "--require-hashes", *files(names)])


def files(names: "list[str]") -> "list[str]":
    return [part for name in names for part in ("-r", str(ROOT / name))]


def attempt(command: "list[str]") -> None:
    """Runs a step; raises InstallError with the last line it printed."""
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
        )
    except OSError as error:
        raise InstallError(f"cannot run {command[0]}: {error.strerror}") from None
    if done.returncode != 0:
        lines = done.stdout.decode("utf-8", "replace").split("\n")
        said = [line.strip() for line in lines if line.strip()]
        raise InstallError(said[-1] if said else f"{command[0]} ended with {done.returncode}")


def run_inside(command: "list[str]") -> None:
    """Becomes the command, with the environment's programs first on PATH."""
    os.environ["PATH"] = str(BIN) + os.pathsep + os.environ.get("PATH", os.defpath)
    os.environ["VIRTUAL_ENV"] = str(VENV)
    try:
        os.execvp(command[0], command)  # noqa: S606
    except OSError as error:
        sys.exit(f"bootstrap: cannot run {command[0]}: {error.strerror}")


def say(text: str) -> None:
    print("bootstrap: " + text, flush=True)


if __name__ == "__main__":
    main()
