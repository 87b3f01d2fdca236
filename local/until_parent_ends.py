"""`until_parent_ends.py MODULE ARGUMENT…` runs a module as `python -m` does, and asks it to end (SIGTERM) once standard input
closes: whoever started it holds the other end, and the system closes that even where the starter was killed."""

import os
import runpy
import signal
import sys
import threading


def end_with_parent() -> None:
    os.read(0, 1)
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    threading.Thread(target=end_with_parent, daemon=True).start()
    sys.argv = sys.argv[1:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
