"""Times the first cell of a fresh tslab kernel: code on stdin, { seconds } on stdout as JSON."""

import json
import subprocess
import sys
import time

from jupyter_client.manager import start_new_kernel

code = sys.stdin.read()
# What the kernel itself prints must not get into the answer.
quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
manager, client = start_new_kernel(kernel_name="tslab", startup_timeout=300, cwd=sys.argv[1], **quiet)
try:
    began = time.monotonic()
    request = client.execute(code)
    while True:
        reply = client.get_shell_msg(timeout=300)
        if reply["parent_header"].get("msg_id") == request:
            break
    seconds = time.monotonic() - began
    if reply["content"]["status"] != "ok":
        sys.exit(f"{code}: {reply['content'].get('evalue')}")
    json.dump({"seconds": seconds}, sys.stdout)
finally:
    client.stop_channels()
    manager.shutdown_kernel(now=True)
