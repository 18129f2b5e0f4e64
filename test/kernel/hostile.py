"""A neighbour without the key: sends a kernel what it can think of, and prints as JSON what came back.

    python hostile.py COUNT SEED EVERY MARKER IP SHELL CONTROL STDIN IOPUB HB

One message of EVERY is a heavy one.

Started by root it goes on as another user, which the system's Python need not be open to.
"""

import encodings.idna  # noqa: F401  (cannot be read later)
import hashlib
import hmac
import json
import os
import random
import re
import socket
import struct
import sys
import time
import uuid

import zmq

NOBODY = 65534
if hasattr(os, "getuid") and os.getuid() == 0:
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)

count, seed, every = map(int, sys.argv[1:4])
marker, ip = sys.argv[4:6]
ports = dict(zip(("shell", "control", "stdin", "iopub", "hb"), map(int, sys.argv[6:])))
rng = random.Random(seed)
context = zmq.Context()
DELIM = b"<IDS|MSG>"
MB = 1 << 20

seen, sessions, leaked, dropped, tried = [], set(), set(), 0, {}


def dealer(channel, identity=None, linger=2000):
    one = context.socket(zmq.DEALER)
    one.linger, one.sndtimeo = linger, 3000
    if identity:
        one.routing_id = identity
    one.connect(f"tcp://{ip}:{ports[channel]}")
    return one


doors = {channel: dealer(channel) for channel in ("shell", "control", "stdin")}
ear = context.socket(zmq.SUB)
ear.subscribe(b"")
ear.connect(f"tcp://{ip}:{ports['iopub']}")


def listen():
    """What everybody may read, and in it anything that looks like a signature beside the message's own."""
    while ear.poll(0):
        frames = ear.recv_multipart()
        at = frames.index(DELIM)
        seen.append(frames[at:])
        del seen[:-200]
        leaked.update(re.findall(rb"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])", b" ".join(frames[at + 2 :])))
        session = json.loads(frames[at + 3]).get("session")
        if session:
            sessions.add(session)


CODE = f"require('fs').writeFileSync({json.dumps(marker)}, 'owned'); console.log('owned')"
CONTENTS = {
    "execute_request": {"code": CODE, "silent": False, "store_history": True, "stop_on_error": True},
    "complete_request": {"code": "Math.", "cursor_pos": 5},
    "inspect_request": {"code": "Math", "cursor_pos": 2},
    "kernel_info_request": {},
    "comm_info_request": {},
    "comm_open": {"comm_id": "x", "target_name": "jupyter.widget", "data": {}},
    "comm_msg": {"comm_id": "x", "data": {}},
    "comm_close": {"comm_id": "x"},
    "input_reply": {"value": CODE, "status": "ok"},
    "shutdown_request": {"restart": False},
    "interrupt_request": {},
    "__proto__": {"__proto__": {"owned": 1}},
}


def parts(kind=None):
    kind = kind or rng.choice(list(CONTENTS))
    session = rng.choice([*sessions] or ["s"])
    header = {"msg_id": uuid.UUID(int=rng.getrandbits(128)).hex, "msg_type": kind, "session": session}
    header |= {"username": "u", "date": "2026-01-01T00:00:00Z", "version": "5.3"}
    return [json.dumps(one).encode() for one in (header, {}, {}, CONTENTS[kind])]


def junk(most):
    return rng.randbytes(rng.randrange(most))


def sign(body, key=b""):
    return hmac.new(key, b"".join(body), hashlib.sha256).hexdigest().encode()


def signature(body):
    """Wrong ones of every shape, and those that a careless check would take."""
    right_shape = rng.randbytes(32).hex().encode()
    return rng.choice(
        [right_shape, right_shape.upper(), b"", b"\0" * 64, b"\xff" * 64, right_shape[:63], right_shape + b"0", b"undefined",
         sign(body), sign(body, b"null"), sign(body, b"undefined"), "é".encode() * 64, junk(200), b"0" * MB, *leaked]
    )


def crafted():
    body = parts()
    return [DELIM, signature(body), *body]


def broken():
    """Right in shape but for one thing."""
    frames = crafted()
    what = rng.randrange(7)
    if what == 0:
        frames.remove(DELIM)
    elif what == 1:
        del frames[rng.randrange(1, len(frames)) :]
    elif what == 2:
        frames = [DELIM, frames[1], DELIM, *frames[1:]]
    elif what == 3:
        frames[rng.randrange(2, 6)] = rng.choice([b"", b"{", b"null", b"[]", b"1e999", b"\xff\xfe", b'"x"', b"[" * 200_000, junk(500)])
    elif what == 4:
        frames += [junk(100)] * rng.randrange(1, 40)
    elif what == 5:
        frames = [junk(50) for _ in range(rng.randrange(1, 30))] + frames
    else:
        frames[1:2] = [frames[1], frames[1]]
    return frames


def leak():
    """The attack itself: what was sent before, again, with what the kernel has said since."""
    listen()
    body = parts("execute_request")
    return [DELIM, rng.choice([*leaked] or [b"0" * 64]), *body]


wrongly_signed = parts("execute_request")


def again():
    return [DELIM, rng.choice([*leaked] or [b"1" * 64]), *wrongly_signed]


def reflected():
    """A message that the kernel itself has signed."""
    listen()
    return rng.choice(seen) if seen else crafted()


def noise():
    return [junk(300) for _ in range(rng.randrange(1, 9))]


def through_a_door(frames):
    doors[rng.choice([*doors])].send_multipart(frames)


def in_anothers_name():
    one = dealer(rng.choice([*doors]), rng.choice([*sessions] or ["s"]).encode(), linger=50)
    one.send_multipart(crafted())
    one.close()


def huge():
    """Larger than any cell, and as large as one may be."""
    one = dealer(rng.choice([*doors]), linger=1000)
    size = rng.choice([MB, 8 * MB, 17 * MB, 64 * MB])
    body = parts("execute_request")
    body[3] = b" " * size
    one.send_multipart([DELIM, b"0" * 64, *body])
    one.close()


def many_frames():
    one = dealer(rng.choice([*doors]), linger=2000)
    one.send_multipart([b""] * 200_000)
    one.close()


def heartbeat():
    one = context.socket(zmq.DEALER)
    one.linger, one.sndtimeo = 200, 2000
    one.connect(f"tcp://{ip}:{ports['hb']}")
    one.send_multipart(rng.choice([[b"", junk(2000)], [b"", b"x" * 4 * MB], [junk(40)] * 30, [b""], noise(), [b""] * 3000]))
    one.close()


def short(flags, data):
    return bytes([flags, len(data)]) + data


def long(flags, data, size=None):
    return struct.pack(">BQ", flags | 2, len(data) if size is None else size) + data


GREETING = b"\xff" + b"\0" * 8 + b"\x7f\3\0NULL" + b"\0" * 48


def speak(channel, kind, *data):
    """Opens the transport by hand, so that nothing keeps to its rules, and hangs up."""
    ready = short(4, b"\5READY" + b"\x0bSocket-Type" + struct.pack(">I", len(kind)) + kind)
    with socket.create_connection((ip, ports[channel]), 2) as one:
        one.sendall(GREETING + ready + b"".join(data))
        time.sleep(0.01)


def subscription():
    """Also longer than a library would send: each byte is a level of a tree."""
    speak("iopub", b"SUB", long(0, rng.choice([b"\1" + junk(500), b"\0", b"\1" * 4000, junk(50), b"\1" + b"x" * 2 * MB])))


def half_said():
    """Frames that announce more, of any size, and an end without one."""
    size = rng.choice([None, 1 << 31, 1 << 62, (1 << 64) - 1])
    speak(rng.choice([*doors]), b"DEALER", short(1, DELIM), short(1, b"0" * 64), long(rng.randrange(8), junk(1000), size))


def no_zeromq():
    """Bytes that are no message of the transport."""
    with socket.create_connection((ip, rng.choice([*ports.values()])), 2) as one:
        one.sendall(rng.choice([junk(3000), b"GET / HTTP/1.1\r\n\r\n", GREETING + junk(200), GREETING[: rng.randrange(64)]]))


USUAL = [(lambda make=make: through_a_door(make()), make.__name__) for make in (noise, crafted, broken, leak, again, reflected)]
RARE = [(one, one.__name__) for one in (in_anothers_name, heartbeat, subscription, half_said, no_zeromq)]
HEAVY = [(one, one.__name__) for one in (huge, many_frames)]

through_a_door([DELIM, b"0" * 64, *wrongly_signed])
for number in range(count):
    listen()
    # Heavy ones in turn, so that each kind is tried however few messages there are.
    act, name = HEAVY[number // every % len(HEAVY)] if number % every == 9 else rng.choice(RARE if number % 10 == 3 else USUAL)
    tried[name] = tried.get(name, 0) + 1
    try:
        act()
    except (zmq.Again, OSError):
        # A full queue or a closed door is no harm done.
        dropped += 1
        time.sleep(0.05)
time.sleep(0.5)
listen()
answers = {channel: [one.recv_multipart()[-1].decode("latin1") for _ in range(100) if one.poll(0)] for channel, one in doors.items()}
print(json.dumps({"uid": os.getuid() if hasattr(os, "getuid") else None, "tried": tried, "dropped": dropped, "answers": answers, "leaked": len(leaked), "heard": len(seen)}))
context.destroy(linger=2000)
