"""Has the tslab kernel print lines and replace charts in one go, and prints as JSON what arrived.

    python bursts.py FOLDER LINES CHARTS
"""

import json
import sys

from jupyter_client.manager import start_new_kernel

folder, lines, charts = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
manager, client = start_new_kernel(kernel_name="tslab", startup_timeout=300, cwd=folder)


def run(code):
    """The reply, and every message about the cell until the kernel is idle."""
    request = client.execute(code)
    seen = []
    while True:
        message = client.get_iopub_msg(timeout=300)
        if message["parent_header"].get("msg_id") != request:
            continue
        if message["content"].get("execution_state") == "idle":
            break
        seen.append(message)
    while True:
        reply = client.get_shell_msg(timeout=300)
        if reply["parent_header"].get("msg_id") == request:
            return reply["content"]["status"], seen


try:
    run("import * as lid from 'lidvae'\nimport { newDisplay } from 'tslab'")
    status, seen = run(
        f"""const place = newDisplay()
const rows = Array.from({{ length: 200 }}, (_, i) => ({{ epoch: i, loss: Math.sin(i) }}))
const spec = lid.plots.training(rows)
for (let i = 0; i < {max(lines, charts)}; i++) {{
  if (i < {lines}) console.log('line ' + i)
  if (i < {charts}) place.raw('application/vnd.vegalite.v5+json', {{ ...spec, usermeta: i }} as any)
}}"""
    )
    text = "".join(m["content"]["text"] for m in seen if m["msg_type"] == "stream")
    shown = [
        m["content"]["data"]["application/vnd.vegalite.v5+json"]["usermeta"]
        for m in seen
        if m["msg_type"] in ("display_data", "update_display_data")
    ]
    after, _ = run("console.log('alive')")
    print(json.dumps({"status": status, "lines": text.splitlines(), "shown": shown, "after": after}))
finally:
    client.stop_channels()
    manager.shutdown_kernel(now=True)
