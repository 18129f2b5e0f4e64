"""Ends the tslab kernel in the middle of a training, and prints as JSON how many seconds that took.

    python ended.py FOLDER CELL HOW

HOW: SIGTERM or SIGHUP to the kernel; shutdown or restart as JupyterLab does it.
"""

import json
import os
import signal
import sys
import time

from jupyter_client.manager import start_new_kernel

folder, cell, how = sys.argv[1:]
manager, client = start_new_kernel(kernel_name="tslab", startup_timeout=300, cwd=folder)


def steps():
    try:
        with open(f"{folder}/steps") as file:
            return len(file.readlines())
    except FileNotFoundError:
        return 0


try:
    with open(cell, encoding="utf-8") as file:
        client.execute(file.read())
    while steps() < 5:
        time.sleep(0.02)
    began = time.monotonic()
    if how == "shutdown":
        manager.shutdown_kernel(now=False)
    elif how == "restart":
        manager.restart_kernel(now=False)
    else:
        manager.signal_kernel(getattr(signal, how))
        while manager.is_alive():
            time.sleep(0.02)
    print(json.dumps({"seconds": time.monotonic() - began}))
finally:
    client.stop_channels()
    if manager.has_kernel:
        manager.shutdown_kernel(now=True)
