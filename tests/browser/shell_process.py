"""`python -m tests.browser.shell_process`: runs code in an installation, piece by piece. Starting Django for each would take longer than most tests.

Reads JSON lines `{"code": …}` and answers each with `{"output": …}`, or `{"error": …}`.
"""

import contextlib
import io
import json
import sys
import traceback

import django


def main() -> None:
    """Until its input ends."""
    django.setup()
    from django.db import connections

    for line in sys.stdin:
        output = io.StringIO()
        try:
            with contextlib.redirect_stdout(output):
                exec(json.loads(line)["code"], {"__name__": "__main__"})  # noqa: S102 - the tests' own code
            answer = {"output": output.getvalue()}
        except Exception:
            answer = {"error": traceback.format_exc()}
        connections.close_all()
        print(json.dumps(answer), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
