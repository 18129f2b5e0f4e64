"""Runs cells while a neighbour without the key attacks the kernel, as another user where one can be had, and prints as JSON what came of it.

    python attack.py COUNT SEED
"""

import hashlib
import hmac
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import zmq
from jupyter_client.manager import KernelManager

count, seed = sys.argv[1:3]

# A folder where the neighbour, too, may write, so that it is the kernel alone that keeps it from it.
open_folder = tempfile.mkdtemp(prefix="lidvae-attack-")
os.chmod(open_folder, 0o777)
marker = os.path.join(open_folder, "owned")

manager = KernelManager(kernel_name="tslab", transport="tcp")
manager.start_kernel()
client = manager.client()
client.start_channels()
client.wait_for_ready(timeout=300)
key = manager.session.key

ear = zmq.Context.instance().socket(zmq.SUB)
ear.rcvhwm = 0
ear.subscribe(b"")
ear.connect(f"tcp://{manager.ip}:{manager.iopub_port}")


asked, wrong, neighbour = set(), [], None


def run(code, expected):
    request = client.execute(code)
    asked.add(request)
    text, failed = "", ""
    while True:
        message = client.get_iopub_msg(timeout=60)
        if message["parent_header"].get("msg_id") != request:
            wrong.append(["stray", message["msg_type"], message["content"]])
            continue
        text += message["content"].get("text", "")
        failed += message["content"].get("evalue", "")
        if message["content"].get("execution_state") == "idle":
            break
    while True:
        reply = client.get_shell_msg(timeout=60)
        if reply["parent_header"].get("msg_id") == request:
            break
    if (text, failed) != expected:
        wrong.append([code, text, failed, reply["content"].get("status")])


def cells(number):
    run(f"const a{number} = {number} * 7\nconsole.log(a{number})", (f"{number * 7}\n", ""))
    run(f"await new Promise((later) => setTimeout(later, 20))\nconsole.log(a{number} + 1)", (f"{number * 7 + 1}\n", ""))
    run(f"throw new Error('own {number}')", ("", f"own {number}"))
    time.sleep(0.25)
    # The neighbour's messages pile up meanwhile.
    run("{ const end = Date.now() + 300; while (Date.now() < end); console.log('busy') }", ("busy\n", ""))


def memory():
    """What the kernel holds once its garbage is collected, in MB: in its heap, and in all (0 where the system does not tell)."""
    request = client.execute(COLLECT)
    asked.add(request)
    text = ""
    while True:
        message = client.get_iopub_msg(timeout=60)
        if message["parent_header"].get("msg_id") != request:
            continue
        text += message["content"].get("text", "")
        if message["content"].get("execution_state") == "idle":
            break
    try:
        status = Path(f"/proc/{manager.provisioner.pid}/status").read_text()
    except OSError:
        return float(text), 0
    return float(text), int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024


COLLECT = """
require('node:v8').setFlagsFromString('--expose-gc')
const collect = require('node:vm').runInNewContext('gc')
for (let i = 0; i < 3; i++) {
  collect()
  await new Promise((later) => setTimeout(later, 100))
}
const { heapUsed, external } = process.memoryUsage()
console.log((heapUsed + external) / 2 ** 20)
"""


def attack(count, seed, every=250):
    ports = (manager.shell_port, manager.control_port, manager.stdin_port, manager.iopub_port, manager.hb_port)
    script = Path(__file__).with_name("hostile.py")
    command = [sys.executable, "-X", "faulthandler", str(script), str(count), str(seed), str(every), marker, manager.ip, *map(str, ports)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def attacked(count, seed, every=250, meanwhile=lambda: time.sleep(0.1)):
    """Lets the neighbour attack, and returns what it tells at its end; again where its own zmq has aborted, as it does once in some ten thousand messages."""
    global neighbour
    for again in range(3):
        neighbour = attack(count, seed + 1000 * again, every)
        while neighbour.poll() is None and manager.is_alive():
            meanwhile()
        said = neighbour.communicate(timeout=300)[0]
        if neighbour.returncode == 0:
            return json.loads(said)
    raise RuntimeError(f"the neighbour ended with {neighbour.returncode}")


try:
    number = 0

    def more_cells():
        global number
        number += 1
        cells(number)

    cells(number)
    # What is needed once only is there after a few; the system keeps what the largest messages took, however many follow.
    attacked(300, 0, 15 if int(count) > 1000 else 250)
    before = memory()
    # Without cells, which take memory of their own.
    quiet = attacked(int(count) // 2, int(seed))
    held, grown = (now - then for now, then in zip(memory(), before))
    told = attacked(int(count) - int(count) // 2, int(seed) + 1, meanwhile=more_cells)
    told["tried"] = {name: told["tried"].get(name, 0) + quiet["tried"].get(name, 0) for name in {*told["tried"], *quiet["tried"]}}
    told["leaked"] += quiet["leaked"]
    run("console.log(typeof (globalThis as any).owned, a0)", ("undefined 0\n", ""))
    beat = zmq.Context.instance().socket(zmq.REQ)
    beat.linger = 0
    beat.connect(f"tcp://{manager.ip}:{manager.hb_port}")
    beat.send(b"ping")
    heard = beat.recv() if beat.poll(10_000) else b""

    # All that was broadcast: signed by the kernel, about our own requests, and without anything that has to do with the key.
    strange, secrets, frames_seen = 0, 0, 0
    time.sleep(0.5)
    while ear.poll(0):
        frames = ear.recv_multipart()
        frames_seen += 1
        at = frames.index(b"<IDS|MSG>")
        body = frames[at + 2 :]
        right = hmac.new(key, b"".join(body), hashlib.sha256).hexdigest().encode() == frames[at + 1]
        about = json.loads(body[1])
        strange += not right or (about.get("msg_id") not in asked and about.get("msg_type") != "kernel_info_request")
        secrets += key in b" ".join(body) or re.search(rb"[0-9a-f]{64}", b" ".join(body)) is not None
    facts = {
        "ownUid": os.getuid() if hasattr(os, "getuid") else None,
        "cells": number * 4 + 6,
        "wrong": wrong[:10],
        "alive": manager.is_alive(),
        "heartbeat": heard.decode("latin1"),
        "owned": os.path.exists(marker),
        "broadcast": frames_seen,
        "strange": strange,
        "secrets": secrets,
        "held": round(held, 1),
        "grown": round(grown, 1),
        **told,
    }
    print(json.dumps(facts))
finally:
    if neighbour and neighbour.poll() is None:
        neighbour.kill()
    client.stop_channels()
    manager.shutdown_kernel(now=True)
    if os.path.exists(marker):
        os.remove(marker)
    os.rmdir(open_folder)
