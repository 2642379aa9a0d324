"""`manage.py up` where the data of the embedded server are damaged."""

import sys
import tempfile
import time
from pathlib import Path

from dashboard.management.embedded import EmbeddedServer
from tests.management.programs import newcomers_environment, program
from tests.servers import free_port


def test_damaged_data_end_the_start_within_seconds_and_say_where_they_are() -> None:
    with tempfile.TemporaryDirectory(prefix="sg-") as name:
        embedded = EmbeddedServer(Path(name).resolve() / "var" / "redis")
        folder = embedded.folder / "appendonlydir"
        folder.mkdir(parents=True)
        (folder / "appendonly.aof.manifest").write_text("file appendonly.aof.1.incr.aof seq 1 type i\n")
        (folder / "appendonly.aof.1.incr.aof").write_text("this is no command\n" * 10)
        environment = newcomers_environment(VAR_DIR=f"{name}/var", PORT=str(free_port()), LOG_LEVEL="WARNING")

        with program([sys.executable, "manage.py", "up"], environment) as up:
            up.wait_for("valkey +\\| .*Bad file format", timeout=60)
            began = time.monotonic()
            assert up.ends(timeout=20) == 1

        assert time.monotonic() - began < 15
        assert (
            f"The embedded server cannot start; its own words stand above. Its data are in {embedded.folder}"
            in (up.lines[-1])
        )
        assert (folder / "appendonly.aof.1.incr.aof").exists()
