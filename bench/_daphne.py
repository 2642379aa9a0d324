"""daphne as an installation runs it. Formatters bring `click` along, and autobahn colours every message for its debug log with it."""

import sys

sys.modules["click"] = None  # type: ignore[assignment]  # as if it were not installed

from daphne.cli import CommandLineInterface  # noqa: E402

if __name__ == "__main__":
    CommandLineInterface.entrypoint()
