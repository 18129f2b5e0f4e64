"""Asks the tslab kernel what it shows on Shift-Tab. A request on stdin, an answer on stdout, both JSON:

{ first, code, places } -> { error, texts }: the error of the cell `first`, if any, and for each place in `code` (counted
in UTF-16 units, as JavaScript does) the text shown, null where the kernel found nothing. One cell for all places: the
kernel compiles a cell that has changed anew.
"""

import json
import subprocess
import sys

from jupyter_client.manager import start_new_kernel


def reply_to(client, request, timeout=300):
    while True:
        reply = client.get_shell_msg(timeout=timeout)
        if reply["parent_header"].get("msg_id") == request:
            return reply["content"]


def main():
    wanted = json.load(sys.stdin)
    # What the kernel itself prints must not get between the lines of the answer.
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    manager, client = start_new_kernel(kernel_name="tslab", startup_timeout=300, cwd=sys.argv[1], **quiet)
    try:
        first = reply_to(client, client.execute(wanted["first"]))
        texts = []
        for place in wanted["places"]:
            content = reply_to(client, client.inspect(wanted["code"], place))
            texts.append(content["data"]["text/plain"] if content.get("found") else None)
        error = None if first["status"] == "ok" else first.get("evalue", first["status"])
        json.dump({"error": error, "texts": texts}, sys.stdout)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


main()
