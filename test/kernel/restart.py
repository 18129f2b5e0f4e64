"""Restarts the tslab kernel in the middle of a training with a run folder, goes on in the new one, and prints as JSON what came of it.

    python restart.py FOLDER
"""

import json
import sys
import time

from jupyter_client.manager import start_new_kernel

folder = sys.argv[1]
manager, client = start_new_kernel(kernel_name="tslab", startup_timeout=300, cwd=folder)

BEGIN = """import * as lid from 'lidvae'
await lid.ready({ engine: 'wasm', quiet: true })
const { train } = lid.data.pinwheel({ train: 400, test: 10, seed: 1 })
const model = lid.vae({ likelihood: lid.gaussian(2), latent: 2, hidden: 8, seed: 1 })"""
FIT = """const history = await lid.fit(model, train, { epochs: 20, batchSize: 20, checkpointEvery: 0, verbose: false, live: false, %s })
console.log(JSON.stringify({
  rows: history.rows.map(({ seconds, ...row }) => row),
  weights: [...model.parameters.variables.values()].map((one) => [...one.dataSync()]),
}))"""


def run(code):
    """The status, and the text printed until the kernel is idle."""
    request = client.execute(code)
    text = ""
    while True:
        message = client.get_iopub_msg(timeout=300)
        if message["parent_header"].get("msg_id") != request:
            continue
        if message["msg_type"] == "stream":
            text += message["content"]["text"]
        if message["content"].get("execution_state") == "idle":
            return text


def steps():
    """Checkpoints that are there."""
    import os

    try:
        return [n for n in os.listdir(f"{folder}/run/checkpoints") if n.endswith(".safetensors")]
    except FileNotFoundError:
        return []


try:
    run(BEGIN)
    client.execute(FIT % "run: 'run'")
    while len(steps()) < 3:
        time.sleep(0.02)
    manager.restart_kernel(now=True)
    client.wait_for_ready(timeout=300)
    left = sorted(steps())
    begin = run(BEGIN)
    resumed = run(FIT % "run: 'run'")
    whole = run("const again = lid.vae({ likelihood: lid.gaussian(2), latent: 2, hidden: 8, seed: 1 })")
    unbroken = run((FIT % "seed: 0").replace("const history = await lid.fit(model", "const other = await lid.fit(again").replace("history.", "other.").replace("model.", "again."))
    print(json.dumps({"left": left, "begin": begin, "resumed": resumed, "unbroken": unbroken}))
finally:
    client.stop_channels()
    manager.shutdown_kernel(now=True)
