"""JupyterLab, for as long as the command that started it lives.

    python lab.py COMMAND_PID [OPTIONS OF JUPYTERLAB]

It ends its kernels, and then itself, when that command is gone or the terminal was closed.
"""

import os
import signal
import sys
import threading
import time

parent = int(sys.argv.pop(1))
# The folder of this file, whose modules are none of Jupyter's.
del sys.path[0]


def end(*_):
    os.kill(os.getpid(), signal.SIGTERM)


def follow():
    while os.getppid() == parent:
        time.sleep(1)
    end()


if os.name != "nt":
    signal.signal(signal.SIGHUP, end)
    threading.Thread(target=follow, daemon=True).start()

from jupyterlab.labapp import main

sys.exit(main())
