"""daphne, told to stop in the middle of requests."""

import contextlib
import http.client
import os
import subprocess
import sys
import threading
from pathlib import Path

from dashboard.env import BASE_DIR
from tests.servers import free_port, wait_until


def ask(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    with contextlib.closing(connection), contextlib.suppress(OSError, http.client.HTTPException):
        connection.request("GET", "/login/")
        return bool(connection.getresponse().status)
    return False


def keep_asking(port: int, enough: threading.Event) -> None:
    while not enough.is_set():
        ask(port)


def test_daphne_ends_when_it_is_told_to_while_requests_are_in_its_threads(tmp_path: Path) -> None:
    port, enough = free_port(), threading.Event()
    environment = {**os.environ, "VAR_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "tests.settings"}
    command = [sys.executable, "-m", "daphne", "-v", "0", "-p", str(port), "dashboard.asgi:application"]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=BASE_DIR, env=environment, stdout=log, stderr=log)
    try:
        wait_until(lambda: ask(port), "daphne", timeout=30)
        readers = [threading.Thread(target=keep_asking, args=(port, enough)) for _ in range(8)]
        for reader in readers:
            reader.start()
        process.terminate()

        process.wait(timeout=20)  # raises where a thread waits for the event loop that is gone
    finally:
        enough.set()
        process.kill()
        process.wait()
    for reader in readers:
        reader.join()
