"""NumPy and pandas as a peer for files of one's own.

    python files.py make FOLDER     writes the files, and small ones of the same kinds into FOLDER/small
    python files.py FILE            reads one once, after the small one of its kind, as float32 and labels, and
                                    prints one line of JSON
"""

import json
import os
import resource
import sys
import time

import numpy as np
import pandas as pd

ROWS, COLUMNS = 60_000, 100
SMALL = 30


def make(folder, rows):
    os.makedirs(folder, exist_ok=True)
    random = np.random.default_rng(0)
    labels = random.integers(0, 10, rows)
    images = random.integers(0, 256, (rows, 28, 28)).astype(np.uint8)
    images[:, :, 14:] = 0
    x = random.normal(size=(rows, COLUMNS))
    np.savez_compressed(f"{folder}/images.npz", x=images, y=labels)
    np.savez(f"{folder}/numbers.npz", x=x, y=labels)
    np.save(f"{folder}/numbers.npy", x.astype(np.float32))
    frame = pd.DataFrame(x, columns=[f"c{i}" for i in range(COLUMNS)]).assign(kind=labels)
    frame.to_parquet(f"{folder}/numbers.parquet")
    frame.to_feather(f"{folder}/numbers.feather")
    frame.head(20_000).to_csv(f"{folder}/numbers.csv", index=False)


def read(file):
    if file.endswith(".npy"):
        return np.load(file).astype(np.float32, copy=False), np.zeros(0, int)
    if file.endswith(".npz"):
        with np.load(file) as arrays:
            return arrays["x"].astype(np.float32), arrays["y"]
    frame = {"parquet": pd.read_parquet, "feather": pd.read_feather, "csv": pd.read_csv}[file.rsplit(".", 1)[1]](file)
    return frame.drop(columns="kind").to_numpy(np.float32), frame["kind"].to_numpy()


if sys.argv[1] == "make":
    make(sys.argv[2], ROWS)
    make(os.path.join(sys.argv[2], "small"), SMALL)
else:
    # So that no time goes into loading libraries.
    folder, name = os.path.split(sys.argv[1])
    read(os.path.join(folder, "small", name))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began, cpu = time.perf_counter(), time.process_time()
    x, y = read(sys.argv[1])
    ms, cpu_ms = 1000 * (time.perf_counter() - began), 1000 * (time.process_time() - cpu)
    peak = 1024 * (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
    print(json.dumps({"ms": ms, "cpuMs": cpu_ms, "peakBytes": peak, "decodedBytes": x.nbytes, "sum": float(x.sum(dtype=float)), "labels": int(y.sum())}))
