"""End a child process together with the process that started it, however that ends (Linux).

It is apart from mongod.py because it is about any child process; `gateway demo` uses it too.
"""

import ctypes
import os
import signal
import sys
from collections.abc import Callable

_PR_SET_PDEATHSIG = 1


def end_with_parent() -> Callable[[], None] | None:
    """Return the `preexec_fn` of such a child; None on other systems, where the child may outlive its parent."""
    if not sys.platform.startswith("linux"):
        return None
    # Loaded before the fork: afterwards the child may not load libraries, because other threads may hold locks.
    prctl, parent = ctypes.CDLL(None).prctl, os.getpid()

    def run() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # the parent died between fork and prctl
            os._exit(1)

    return run
