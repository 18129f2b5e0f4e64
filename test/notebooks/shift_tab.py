"""Asks the tslab kernel what it shows on Shift-Tab. A request on stdin, an answer on stdout, both JSON:

{ first, code, positions } -> { seconds, error, texts }: how long the cell `first` took, its error if any, and for each
position in `code` (counted in UTF-16 units, as JavaScript does) the text shown, null where the kernel found nothing.
"""

import json
import subprocess
import sys
import time

from jupyter_client.manager import start_new_kernel


def reply_to(client, request, timeout=60):
    while True:
        reply = client.get_shell_msg(timeout=timeout)
        if reply["parent_header"].get("msg_id") == request:
            return reply["content"]


def main():
    wanted = json.load(sys.stdin)
    # What the kernel itself prints must not get between the lines of the answer.
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    manager, client = start_new_kernel(kernel_name="tslab", startup_timeout=60, cwd=sys.argv[1], **quiet)
    try:
        began = time.monotonic()
        first = reply_to(client, client.execute(wanted["first"]))
        seconds = time.monotonic() - began
        texts = []
        for position in wanted["positions"]:
            content = reply_to(client, client.inspect(wanted["code"], position))
            texts.append(content["data"]["text/plain"] if content.get("found") else None)
        error = None if first["status"] == "ok" else first.get("evalue", first["status"])
        json.dump({"seconds": seconds, "error": error, "texts": texts}, sys.stdout)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


main()
