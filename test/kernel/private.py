"""Starts the kernel as a headless run does, and prints as JSON who could reach it.

    python private.py ipc|tcp
"""

import asyncio
import json
import os
import socket
import stat
import sys
from pathlib import Path

import lidvae_kernel
import zmq

if sys.argv[1] == "tcp":
    # A system without Unix sockets.
    lidvae_kernel.usable = lambda folder: False


def listening(pid):
    """TCP ports on which the process waits."""
    held = {os.readlink(one) for one in Path(f"/proc/{pid}/fd").iterdir()}
    rows = [line.split() for name in ("tcp", "tcp6") for line in Path(f"/proc/{pid}/net/{name}").read_text().splitlines()[1:]]
    return sum(row[3] == "0A" and f"socket:[{row[9]}]" in held for row in rows)


def as_another_user(act):
    """What `act` returns in a process of another user; None where there is none."""
    if os.getuid() != 0:
        return None
    out, into = os.pipe()
    if os.fork() == 0:
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)
        os.write(into, act().encode())
        os._exit(0)
    os.wait()
    return os.read(out, 1000).decode()


def tried(act):
    try:
        act()
        return "open"
    except OSError as error:
        return type(error).__name__


async def run(client, code):
    request = client.execute(code)
    text = ""
    while True:
        message = await client.get_iopub_msg(timeout=60)
        if message["parent_header"].get("msg_id") == request:
            text += message["content"].get("text", "")
            if message["content"].get("execution_state") == "idle":
                return text


def overheard(manager):
    """Whether somebody without the keys of the connection file reads along."""
    context = zmq.Context()
    ear = context.socket(zmq.SUB)
    ear.linger = 0
    ear.subscribe(b"")
    ear.connect(f"tcp://{manager.ip}:{manager.iopub_port}")
    return context, ear


async def main():
    manager = lidvae_kernel.PrivateKernelManager(kernel_name="tslab")
    await manager.start_kernel()
    client = manager.client()
    client.start_channels()
    facts = {}
    try:
        await client.wait_for_ready(timeout=60)
        context, ear = overheard(manager) if manager.transport == "tcp" else (None, None)
        facts["text"] = [await run(client, "console.log(6 * 7)")]
        await manager.restart_kernel(now=True)
        await client.wait_for_ready(timeout=60)
        facts["text"].append(await run(client, "console.log(6 * 8)"))
        facts |= {
            "transport": manager.transport,
            "encrypted": manager.curve_publickey is not None,
            "listening": listening(manager.provisioner.pid),
            "connectionFile": stat.S_IMODE(os.stat(manager.connection_file).st_mode),
            "fileForAnother": as_another_user(lambda: tried(lambda: open(manager.connection_file).close())),
        }
        if ear:
            facts["overheard"] = len([0 for _ in range(5) if ear.poll(200)])
            context.destroy(linger=0)
        else:
            files = [f"{manager.ip}-{port}" for port in manager.ports]
            folder = os.path.dirname(files[0])
            facts["folder"] = stat.S_IMODE(os.stat(folder).st_mode)
            facts["sockets"] = [stat.S_IMODE(os.stat(one).st_mode) for one in files]
            connect = lambda: socket.socket(socket.AF_UNIX).connect(files[0])  # noqa: E731
            facts["own"] = tried(connect)
            facts["another"] = as_another_user(lambda: tried(connect))
            # The sockets themselves are closed, too, where the folder were not.
            os.chmod(folder, 0o755)
            facts["anotherInOpenFolder"] = as_another_user(lambda: tried(connect))
            os.chmod(folder, 0o700)
    finally:
        client.stop_channels()
        await manager.shutdown_kernel(now=True)
    if manager.transport == "ipc":
        facts["left"] = [one for one in files if os.path.exists(one)]
    print(json.dumps(facts))


asyncio.run(main())
