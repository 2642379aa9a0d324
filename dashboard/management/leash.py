"""Runs a command that cannot outlive the process that started it: `python leash.py signal PARENT COMMAND…`.

A file of its own, run by path with nothing but the standard library, so that it starts within milliseconds and
so that the supervisor needs no Python code between fork and exec.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def die_with_parent(parent: int) -> None:
    """Asks Linux to kill this process, and what it becomes by exec, when its parent dies."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before the kernel was asked
        os.kill(os.getpid(), signal.SIGKILL)


def die_with_pipe(lifeline: int) -> None:
    """Leaves a watcher in this process group that kills the group when the pipe's other end is gone."""
    if os.fork() == 0:
        os.read(lifeline, 1)  # nobody writes: this returns at the supervisor's death
        os.killpg(0, signal.SIGKILL)
    os.close(lifeline)


def main() -> None:
    kind, number, *command = sys.argv[1:]
    {"signal": die_with_parent, "pipe": die_with_pipe}[kind](int(number))
    # Python ignores SIGPIPE, and what is ignored stays so through exec.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    try:
        os.execvp(command[0], command)  # noqa: S606
    except OSError as error:
        sys.exit(f"cannot start {command[0]}: {error.strerror}")


if __name__ == "__main__":
    main()
