"""Asks the tslab kernel what it shows on Shift-Tab. A request on stdin, an answer on stdout, both JSON:

{ first, code, places } -> { wall, cpu, error, texts }: the seconds that the cell `first` took, by the clock and of the
processor, its error if any, and for each place in `code` (counted in UTF-16 units, as JavaScript does) the text shown,
null where the kernel found nothing. One cell for all places: the kernel compiles a cell that has changed anew.
"""

import json
import subprocess
import sys
import time

from jupyter_client.manager import start_new_kernel


def reply_to(client, request, timeout=120):
    while True:
        reply = client.get_shell_msg(timeout=timeout)
        if reply["parent_header"].get("msg_id") == request:
            return reply["content"]


def printed(client, code):
    request = client.execute(code)
    text = ""
    while True:
        message = client.get_iopub_msg(timeout=120)
        if message["parent_header"].get("msg_id") != request:
            continue
        if message["msg_type"] == "stream":
            text += message["content"]["text"]
        if message["content"].get("execution_state") == "idle":
            reply_to(client, request)
            return text


def cpu_seconds(client):
    usage = json.loads(printed(client, "console.log(JSON.stringify(process.cpuUsage()))"))
    return (usage["user"] + usage["system"]) / 1e6


def main():
    wanted = json.load(sys.stdin)
    # What the kernel itself prints must not get between the lines of the answer.
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    manager, client = start_new_kernel(kernel_name="tslab", startup_timeout=120, cwd=sys.argv[1], **quiet)
    try:
        before = cpu_seconds(client)
        began = time.monotonic()
        first = reply_to(client, client.execute(wanted["first"]))
        wall = time.monotonic() - began
        cpu = cpu_seconds(client) - before
        texts = []
        for place in wanted["places"]:
            content = reply_to(client, client.inspect(wanted["code"], place))
            texts.append(content["data"]["text/plain"] if content.get("found") else None)
        error = None if first["status"] == "ok" else first.get("evalue", first["status"])
        json.dump({"wall": wall, "cpu": cpu, "error": error, "texts": texts}, sys.stdout)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


main()
