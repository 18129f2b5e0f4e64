"""Runs a command on a terminal of its own, closes the terminal when the file STEPS has six lines, and prints how the command ended.

    python terminal.py STEPS COMMAND …
"""

import os
import pty
import sys
import time

steps, command = sys.argv[1], sys.argv[2:]
child, terminal = pty.fork()
if child == 0:
    os.execvp(command[0], command)
os.set_blocking(terminal, False)


def count():
    try:
        os.read(terminal, 65536)
    except OSError:
        pass
    try:
        with open(steps) as file:
            return len(file.readlines())
    except FileNotFoundError:
        return 0


while count() < 6:
    time.sleep(0.02)
os.close(terminal)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
