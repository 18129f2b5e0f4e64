"""Stops the tslab kernel at random moments of trainings and evaluations, and prints as JSON what came of each.

    python stops.py FOLDER COUNT SEED
"""

import json
import random
import sys
import time

from jupyter_client.manager import start_new_kernel

folder, count, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
manager, client = start_new_kernel(kernel_name="tslab", startup_timeout=300, cwd=folder)


def wait_for(request):
    """Status and error of the reply, and the text printed until the kernel is idle."""
    text = ""
    while True:
        message = client.get_iopub_msg(timeout=300)
        if message["parent_header"].get("msg_id") != request:
            continue
        if message["msg_type"] == "stream":
            text += message["content"]["text"]
        if message["content"].get("execution_state") == "idle":
            break
    while True:
        reply = client.get_shell_msg(timeout=300)
        if reply["parent_header"].get("msg_id") == request:
            return reply["content"]["status"], reply["content"].get("ename"), text


def run(code):
    return wait_for(client.execute(code))


try:
    start = run(
        """import * as lid from 'lidvae'
await lid.ready({ quiet: true })
const x = Float32Array.from({ length: 2000 * 64 }, (_, i) => (i * 7919) % 13 < 5 ? 1 : 0)
const rows = new lid.DataSet({ name: 'rows', x, shape: [64], values: 'binary', source: 'a test' })
const model = lid.gmvae({ likelihood: lid.bernoulli(64), latent: 4, components: 3, hidden: 32, seed: 1 })"""
    )
    # Compiled for far longer than the press waits.
    long = "\n".join(f"const p{i} = [{', '.join(map(str, range(60)))}].map((v) => ({{ v, w: 2 * v }}))" for i in range(300))
    request = client.execute(f"{long}\nconsole.log('begun')\nawait lid.ready({{ quiet: true }})")
    time.sleep(0.1)
    manager.interrupt_kernel()
    early = wait_for(request)
    draw = random.Random(seed)
    stops = []
    for i in range(count):
        kind = "fit" if i % 2 == 0 else "evaluate"
        if kind == "fit":
            code = f"console.log('begun')\nconst before{i} = model.steps\nconst history{i} = await lid.fit(model, rows, {{ epochs: 100000, validation: rows }})\nconsole.log('ended', history{i}.stopped)"
        else:
            code = f"console.log('begun')\nconst before{i} = model.steps\nfor (;;) await lid.diagnose(model, rows, {{ size: 2000 }})"
        request = client.execute(code)
        wait = draw.uniform(0, 3)
        time.sleep(wait)
        manager.interrupt_kernel()
        pressed = time.monotonic()
        status, ename, text = wait_for(request)
        seconds = time.monotonic() - pressed
        # What was declared before the stop is known; where the cell had not begun, nothing was.
        known = f"before{i}" if "begun" in text else "model.steps"
        next_status, _, next_text = run(f"console.log(typeof {known}, model.steps >= {known})")
        more, _, more_text = run("const again = await lid.fit(model, rows, { epochs: 1, verbose: false })\nconsole.log(again.rows.length)")
        stops.append(
            {
                "kind": kind,
                "wait": wait,
                "status": status,
                "ename": ename,
                "text": text,
                "seconds": seconds,
                "next": [next_status, next_text.strip()],
                "more": [more, more_text.strip()],
                "alive": manager.is_alive(),
            }
        )
    print(json.dumps({"start": start, "early": early, "stops": stops}))
finally:
    client.stop_channels()
    manager.shutdown_kernel(now=True)
