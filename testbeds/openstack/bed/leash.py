"""No process outlives the one that started it."""

from __future__ import annotations

import os
import signal
import sys
import threading


def end_with_stdin() -> None:
    """Whoever started us holds the other end of stdin: when it is gone, so are we and all that we started.

    Needs a process group of our own.
    """

    def wait() -> None:
        while sys.stdin.buffer.raw.read(4096):
            pass
        os.killpg(os.getpgrp(), signal.SIGKILL)

    threading.Thread(target=wait, daemon=True, name="leash").start()
