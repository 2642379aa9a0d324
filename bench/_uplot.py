"""uPlot for bench.charts alone: fetched by npm under a pinned version and hash, kept in var/, never shipped."""

import base64
import hashlib
import subprocess
import tarfile
from pathlib import Path

from dashboard.env import BASE_DIR

VERSION = "1.6.32"
SHA512 = "KIMVnG68zvu5XXUbC4LQEPnhwOxBuLyW1AHtpm6IKTXImkbLgkMy+jabjLgSLMasNuGGzQm/ep3tOkyTxpiQIw=="
FOLDER = BASE_DIR / "var" / "bench"
_PACKAGE = FOLDER / f"uplot-{VERSION}.tgz"
_FILES = {f"package/dist/{name}": FOLDER / name for name in ("uPlot.iife.min.js", "uPlot.min.css")}


class MissingError(Exception):
    """Why there is no uPlot here, in words."""


def fetched() -> str:
    """The address of uPlot's files below the repository; raises MissingError."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    if not _PACKAGE.exists():
        _fetch()
    if base64.b64encode(hashlib.sha512(_PACKAGE.read_bytes()).digest()).decode() != SHA512:
        raise MissingError(f"{_PACKAGE} is not the file that was pinned")
    with tarfile.open(_PACKAGE) as package:
        for name, path in _FILES.items():
            content = package.extractfile(name)
            path.write_bytes(content.read() if content else b"")
    return "/" + str(FOLDER.relative_to(BASE_DIR))


def _fetch() -> None:
    command = ["npm", "pack", f"uplot@{VERSION}", "--pack-destination", str(FOLDER)]
    try:
        subprocess.run(command, capture_output=True, check=True, timeout=60, cwd=Path(FOLDER))
    except FileNotFoundError:
        raise MissingError("npm is not installed") from None
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        raise MissingError(f"npm cannot fetch it: {type(error).__name__}") from None
