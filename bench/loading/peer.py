"""NumPy and SciPy as a peer: reads one data set once and prints one line of JSON.

    python peer.py NAME FOLDER

What is read is what lidvae's loader delivers: float32 images in [0, 1], row by row, with labels; texts as numbers of words with a vocabulary.
`bare` is the time of NumPy's, SciPy's or Python's reading alone, before numbers are turned into that.
"""

import collections
import gzip
import json
import platform
import resource
import sys
import time

import numpy as np
import scipy
import scipy.io

name, folder = sys.argv[1:]
VOCABULARY = 20_000


def fashion_mnist():
    def read(file, offset):
        with gzip.open(f"{folder}/{file}.gz") as f:
            return np.frombuffer(f.read(), np.uint8, offset=offset)

    parts = [(read(f"{p}-images-idx3-ubyte", 16), read(f"{p}-labels-idx1-ubyte", 8)) for p in ("train", "t10k")]
    yield
    for images, labels in parts:
        x = images.reshape(-1, 784).astype(np.float32)
        x /= 255
        yield x, labels.astype(np.int32)


def omniglot():
    mat = scipy.io.loadmat(f"{folder}/chardata.mat", variable_names=["data", "target", "testdata", "testtarget"])
    yield
    for images, labels in (("data", "target"), ("testdata", "testtarget")):
        x = mat[images].T.astype(np.float32).reshape(-1, 28, 28).transpose(0, 2, 1).reshape(-1, 784)
        yield x, mat[labels].argmax(0).astype(np.int32)


def texts():
    def read(part):
        with open(f"{folder}/{name}.{part}.txt", encoding="utf-8", newline="\n") as f:
            lines = [line.rstrip("\n") for line in f if line.strip()]
        if not all("\t" in line for line in lines):
            return [line.split() for line in lines], []
        cut = [line.split("\t", 1) for line in lines]
        return [text.split() for _, text in cut], [int(label) for label, _ in cut]

    parts = [read(part) for part in ("train", "valid", "test")]
    yield
    counts = collections.Counter()
    for document in parts[0][0]:
        counts.update(document)
    counts.pop("_UNK", None)
    order = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[: VOCABULARY - 3]
    numbers = {word: i + 3 for i, (word, _) in enumerate(order)}
    for documents, labels in parts:
        ids = [np.array([numbers.get(word, 2) for word in document], np.int32) for document in documents]
        yield ids, np.array(labels, np.int32)


def checksum(x):
    """What both sides must agree on: the sum of all numbers."""
    return float(x.sum(dtype=np.float64)) if isinstance(x, np.ndarray) else float(sum(int(ids.sum()) for ids in x))


SETS = {"fashion-mnist": fashion_mnist, "omniglot": omniglot, "yahoo": texts, "yelp": texts}
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
began = time.perf_counter()
steps = SETS[name]()
next(steps)
bare = time.perf_counter() - began
parts = list(steps)
seconds = time.perf_counter() - began
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(
    json.dumps(
        {
            "ms": 1000 * seconds,
            "bareMs": 1000 * bare,
            "peakBytes": 1024 * (peak - before),
            "items": [len(x) for x, _ in parts],
            "sums": [checksum(x) for x, _ in parts],
            "labels": [int(labels.sum()) for _, labels in parts],
            "versions": {"python": platform.python_version(), "numpy": np.__version__, "scipy": scipy.__version__},
        }
    )
)
