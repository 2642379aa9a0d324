"""The whole product, running: daphne, sampler, our own Redis, a watched server, a database in a file."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet

from tests.servers import Kind, RedisServer, free_port, wait_until

ROOT = Path(__file__).resolve().parents[2]


class Stack:
    """A running Streamgauge. `url` is its address, `watched` the server that it watches.

    People: viewer, operator and administrator, each with the password that `password` tells.
    """

    def __init__(self, kind: Kind = Kind.VALKEY_9) -> None:
        self.var = Path(tempfile.mkdtemp(prefix="sg-stack-"))
        self.watched = RedisServer(kind)
        self.own = RedisServer(Kind.VALKEY_9)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "dashboard.settings",
            "VAR_DIR": str(self.var),
            "SECRET_KEY": "browser" * 10,
            "CREDENTIALS_KEY": Fernet.generate_key().decode(),
            "ALLOWED_HOSTS": "127.0.0.1",
            "ORIGINS": self.url,
            "PLAIN_HTTP": "1",
            "REDIS_URL": self.own.url,
            "DATABASE_URL": f"sqlite:///{self.var / 'db.sqlite3'}",
        }
        self.children: dict[str, subprocess.Popen[bytes]] = {}

    def start(self) -> "Stack":
        """Prepares the database and starts sampler and web server; returns when pages answer."""
        self._run("-m", "tests.browser.prepare", self.watched.url)
        self.start_sampler()
        self.start_web()
        return self

    def start_sampler(self) -> None:
        """Starts the sampler, also after `stop("sampler")`."""
        self._start("sampler", "manage.py", "run_sampler")

    def start_notifier(self) -> None:
        """Starts a notifier; most tests need none. Stop it when you are done."""
        self._start("notifier", "manage.py", "run_notifier")

    def start_web(self) -> None:
        """Starts daphne, also after `stop("web")`."""
        self._start("web", "-m", "daphne", "-b", "127.0.0.1", "-p", str(self.port), "dashboard.asgi:application")
        wait_until(self._answers, f"the web server ({self.log('web')[-800:]})", timeout=60)

    @contextlib.contextmanager
    def web_with(self, **variables: str) -> Iterator[str]:
        """The address of a second web server of this installation, with variables of its own."""
        port = free_port()
        address = f"http://127.0.0.1:{port}"
        environment = {**self.environment, "ORIGINS": address, **variables}
        command = ["-m", "daphne", "-b", "127.0.0.1", "-p", str(port), "dashboard.asgi:application"]
        with (self.var / "second-web.log").open("ab") as log:
            child = subprocess.Popen([sys.executable, *command], cwd=ROOT, env=environment, stdout=log, stderr=log)
        try:
            wait_until(lambda: answers(address), "the second web server", timeout=60)
            yield address
        finally:
            child.terminate()
            child.wait(30)

    def stop(self, name: str) -> None:
        """Ends one process (SIGTERM, as an operator would) and waits for it."""
        child = self.children.pop(name)
        child.terminate()
        for pipe in (child.stdin, child.stdout):
            if pipe:
                pipe.close()
        try:
            child.wait(10)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()

    def close(self) -> None:
        """Ends everything."""
        for name in list(self.children):
            self.stop(name)
        self.watched.close()
        self.own.close()
        shutil.rmtree(self.var, ignore_errors=True)

    def log(self, name: str) -> str:
        """What a process printed."""
        path = self.var / f"{name}.log"
        return path.read_text() if path.exists() else ""

    def shell(self, code: str) -> str:
        """Runs Python code with Django set up in this installation and returns what it printed."""
        if "shell" not in self.children:
            self._start_shell()
        pipe = self.children["shell"]
        assert pipe.stdin
        assert pipe.stdout
        pipe.stdin.write(json.dumps({"code": code}).encode() + b"\n")
        pipe.stdin.flush()
        answer: dict[str, str] = json.loads(pipe.stdout.readline() or b'{"error": "It ended."}')
        if "error" in answer:
            raise RuntimeError(f"{code}\n{answer['error']}")
        return answer["output"].strip()

    @staticmethod
    def password(role: str) -> str:
        """The password of viewer, operator or administrator."""
        return f"{role}-of-the-tests"

    def sign_in(self, page: Any, role: str = "operator") -> None:
        """Signs in through the page that people use, unless this role is signed in already."""
        page.goto(f"{self.url}/login/")
        page.get_by_label("Username").fill(role)
        page.get_by_label("Password").fill(self.password(role))
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(f"{self.url}/")

    def _run(self, *arguments: str) -> str:
        result = subprocess.run(
            [sys.executable, *arguments], cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False
        )
        if result.returncode:
            raise RuntimeError(f"{' '.join(arguments[:3])} failed:\n{result.stdout}{result.stderr}")
        return result.stdout

    def _start(self, name: str, *arguments: str) -> None:
        with (self.var / f"{name}.log").open("ab") as log:
            self.children[name] = subprocess.Popen(
                [sys.executable, *arguments], cwd=ROOT, env=self.environment, stdout=log, stderr=log
            )

    def _start_shell(self) -> None:
        with (self.var / "shell.log").open("ab") as log:
            self.children["shell"] = subprocess.Popen(
                [sys.executable, "-m", "tests.browser.shell_process"],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
            )

    def _answers(self) -> bool:
        if self.children["web"].poll() is not None:
            raise RuntimeError(f"daphne ended: {self.log('web')[-3000:]}")
        return answers(self.url)


def answers(address: str) -> bool:
    """Whether the web server at this address serves pages."""
    with contextlib.suppress(urllib.error.URLError, OSError):
        return bool(urllib.request.urlopen(f"{address}/healthz", timeout=2).status == 200)  # noqa: S310
    return False
