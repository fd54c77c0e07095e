"""Runs a command that ends when the stack ends, however the stack ends: `python leash.py PARENT COMMAND…`.

Leaving is easy to do in order; being killed is not. On Linux the kernel can promise it: the death of the parent is a
SIGKILL for the child. The promise is asked for in a small program of its own because the only other place is between
fork and exec, where a threaded process must not run Python. It survives the exec that follows. The kernel counts the
*thread* that started the child as its parent: start children from threads that live as long.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def die_with_parent(*command: str) -> list[str]:
    """The command line that runs `command` so that it does not outlive this process."""
    return [sys.executable, "-I", "-S", __file__, str(os.getpid()), *command]


if __name__ == "__main__":
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() == int(sys.argv[1]):  # else the parent died before it could be asked for
        os.execv(sys.argv[2], sys.argv[2:])  # noqa: S606  no shell is the point
