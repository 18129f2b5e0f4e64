"""Talks to the tslab kernel as JupyterLab does, and prints as JSON what it answered."""

import atexit
import json
import time

from jupyter_client.manager import KernelManager

manager = KernelManager(kernel_name="tslab")
manager.start_kernel()
atexit.register(lambda: manager.shutdown_kernel(now=True))
client = manager.client()
client.start_channels()
client.wait_for_ready(timeout=300)


def reply_to(request):
    while True:
        reply = client.get_shell_msg(timeout=300)
        if reply["parent_header"].get("msg_id") == request:
            return reply["content"]


def finish(request):
    """The reply to a request, and every message about it until the kernel is idle."""
    reply = reply_to(request)
    seen = []
    while True:
        message = client.get_iopub_msg(timeout=300)
        if message["parent_header"].get("msg_id") != request:
            continue
        if message["msg_type"] == "status":
            if message["content"]["execution_state"] == "idle":
                return reply, seen
        else:
            seen.append(message)


def summary(request):
    content, seen = finish(request)
    text = "".join(m["content"]["text"] for m in seen if m["msg_type"] == "stream")
    return {
        "status": content["status"],
        "count": content.get("execution_count"),
        "types": [m["msg_type"] for m in seen],
        "text": text,
        "ename": content.get("ename"),
        "evalue": content.get("evalue"),
    }


answers = {}
answers["value"] = summary(client.execute("const a = 20 + 1\na"))
answers["error"] = summary(client.execute("null!.x"))
time.sleep(0.3)

request = client.execute("let n = 0\nwhile (true) { n++; await new Promise((later) => setTimeout(later, 5)) }")
time.sleep(1)
manager.interrupt_kernel()
answers["stopped"] = summary(request)
time.sleep(0.3)
answers["afterwards"] = summary(client.execute("console.log(a + 1)"))

answers["inspected"] = reply_to(client.inspect("parseFloat", 5))["data"].get("text/plain", "")
answers["completed"] = reply_to(client.complete("Math.fl", 7))["matches"]

# An endless timer must not keep the kernel alive once it is told to end.
summary(client.execute("setInterval(() => undefined, 1000); null"))
began = time.monotonic()
client.shutdown()
while manager.is_alive() and time.monotonic() - began < 20:
    time.sleep(0.1)
answers["ended"] = not manager.is_alive()
client.stop_channels()
print(json.dumps(answers))
