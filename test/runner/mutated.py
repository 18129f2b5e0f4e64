"""Reads notebooks that a stranger changed, as a run does, and prints as JSON what came of it.

    python mutated.py RUNNER_FOLDER NOTEBOOK COUNT SEED
"""

import copy
import json
import logging
import random
import resource
import sys
import tempfile
import time
import warnings
from pathlib import Path

sys.path.insert(0, sys.argv[1])
import runner  # noqa: E402

original = Path(sys.argv[2]).read_bytes()
count, rng = int(sys.argv[3]), random.Random(int(sys.argv[4]))
STRANGE = [None, -1, 0.5, 1e308, "", "x", True, [], {}, [None], {"x": None}, "\ud800", "[" * 200_000, ["\n"] * 1000]
# Its reader prints what it forgives.
warnings.simplefilter("ignore")
logging.disable()


def strange(content):
    places, waiting = [], [content]
    while waiting:
        one = waiting.pop()
        for key in list(one) if isinstance(one, dict) else range(len(one)):
            places.append((one, key))
            if isinstance(one[key], (dict, list)):
                waiting.append(one[key])
    at, key = rng.choice(places)
    what = rng.randrange(len(STRANGE) + 1)
    if what < len(STRANGE):
        at[key] = copy.deepcopy(STRANGE[what])
    else:
        del at[key]
    return content


def mutated():
    """One value changed; or bytes changed, cut off, or put in between."""
    if rng.random() < 0.7:
        return json.dumps(strange(json.loads(original))).encode()
    out = bytearray(original)
    for _ in range(rng.randint(1, 3)):
        at = rng.randrange(len(out))
        kind = rng.randrange(5)
        if kind == 0:
            out[at] = rng.randrange(256)
        elif kind == 1:
            out[at:] = b""
        elif kind == 2:
            out[at:at] = rng.randbytes(rng.randint(1, 16))
        elif kind == 3:
            out[at:at] = b"[" * 100_000
        else:
            out[at : at + rng.randint(1, 16)] = b""
        out = out or bytearray(b"{")
    return bytes(out)


facts = {"read": 0, "refused": 0, "wrong": [], "slowest": 0.0}
with tempfile.TemporaryDirectory() as folder:
    file = Path(folder) / "handed-in.ipynb"
    for i in range(count):
        file.write_bytes(mutated())
        began = time.process_time()
        try:
            notebook = runner.read(file)
        except Exception as error:
            facts["refused"] += 1
            if len(type(error).__name__) > 100:
                facts["wrong"].append([i, type(error).__name__])
            continue
        finally:
            facts["slowest"] = max(facts["slowest"], time.process_time() - began)
        facts["read"] += 1
        try:
            # What a run does with it before and after its kernel.
            runner.client_of(notebook, Path(folder), False)
            list(runner.headings(notebook.cells))
            for cell in notebook.cells:
                if cell.cell_type == "code":
                    cell.source.strip()
                    cell.outputs, cell.execution_count = [], None
            runner.nbformat.writes(notebook).encode("utf-8")
        except Exception as error:
            facts["wrong"].append([i, type(error).__name__, str(error)[:300]])
facts["megabytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps(facts))
