"""Runs a command that the kernel kills when its parent ends: `python die_with_parent.py PARENT COMMAND…`.

On Linux `prctl(PR_SET_PDEATHSIG)` does it, also when the parent is killed. The call needs a program of its own,
because the alternative is to run Python between fork and exec, which is unsafe in a threaded process. The setting
survives exec. The kernel takes the *thread* that started the child for its parent: start children only from threads
that live as long.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def die_with_parent(*command: str) -> list[str]:
    """The command line that runs `command` and ends it with this process."""
    return [sys.executable, "-I", "-S", __file__, str(os.getpid()), *command]


if __name__ == "__main__":
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() == int(sys.argv[1]):  # otherwise the parent ended before prctl was called
        os.execv(sys.argv[2], sys.argv[2:])  # noqa: S606  no shell is the point
