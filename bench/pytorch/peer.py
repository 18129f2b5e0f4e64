"""PyTorch as a peer: reads commands, one JSON object a line, from standard input and answers each with one line on standard output."""

import json
import math
import os
import resource
import sys
import time

import torch

import maps
from models import Model, repair
from texts import Texts

BRENIER = {"closed form": maps.closed_form, "hand-written": maps.hand_written, "authors": maps.differentiated}


class Work:
    """A model with its data: what `run` repeats."""

    def __init__(self, spec, folder, variant):
        # As TensorFlow does: without it PyTorch's steps take twice as long as soon as moments of weights that no longer move are denormal numbers.
        torch.set_flush_denormal(True)
        torch.set_num_threads(variant["threads"])
        self.spec, self.variant = spec, variant
        self.authors = variant["brenier"] == "authors"
        self.layout = json.load(open(os.path.join(folder, "layout.json"))) if folder else None
        self.weights = self.read_weights(folder)
        self.trained = [w for w in self.weights.values() if w.requires_grad]
        self.model = Model(spec, self.weights, BRENIER[variant["brenier"]], not self.authors)
        self.loss = self.model.loss
        self.importance = self.model.importance
        if variant["compiled"]:
            self.loss = torch.compile(self.loss, dynamic=False)
            self.importance = torch.compile(self.importance, dynamic=False)
        self.optimizer = torch.optim.Adam(self.trained, 1e-3, fused=True)
        self.repaired = [w for name, w in self.weights.items() if name.endswith("/free")]
        self.steps = 0

    def read_weights(self, folder):
        weights = {}
        for entry in self.layout["weights"]:
            # The authors' map is free and repaired by an SVD: it starts from the anchored map as it stands.
            kind = entry["kind"]
            if kind == ("anchored" if self.authors else "free") or (kind == "fixed" and self.authors):
                continue
            values = read(folder, "weights.bin", entry["shape"], entry["offset"])
            weights[entry["name"]] = values.requires_grad_(kind != "fixed")
        # PyTorch's best has the affine maps of both layers in one product; the authors have a layer for each.
        return weights if self.authors else maps.side_by_side(weights)

    def check(self, folder):
        """The value at the reference's data and noise, and the norm of each weight's gradient."""
        spec, at = self.spec, self.layout["check"]
        x = read(folder, "check-x.bin", at["x"])
        noise = read(folder, "check-noise.bin", at["noise"])
        if spec["task"] == "likelihood":
            with torch.no_grad():
                return {"value": self.model.importance(x, noise).item() / len(x)}
        loss = self.model.loss(x, noise)
        gradients = torch.autograd.grad(loss, self.trained)
        names = [name for name, w in self.weights.items() if w.requires_grad]
        each = maps.apart(dict(zip(names, gradients))) if not self.authors else dict(zip(names, gradients))
        return {"value": loss.item(), "norms": {name: g.norm().item() for name, g in each.items()}}

    def load_data(self, folder):
        self.x = read(folder, "x.bin", self.layout["x"])[: self.spec["images"]]

    def step(self, x):
        noise = torch.randn(len(x), self.spec["components"] if self.model.conditional else 1, self.spec["latent"])
        loss = self.loss(x, noise)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        if self.authors:
            for weight in self.repaired:
                repair(weight)
        return loss.item()

    def training_step(self):
        batch = self.spec["batch"]
        start = self.steps % (len(self.x) // batch) * batch
        self.steps += 1
        return self.step(self.x[start : start + batch])

    def epoch(self):
        """Images in random order, binarised afresh."""
        total, order = 0.0, torch.randperm(len(self.x))
        for rows in order.split(self.spec["batch"]):
            x = self.x[rows]
            total += self.step((torch.rand_like(x) < x).float()) * len(rows)
        return total / len(self.x)

    def likelihood(self):
        total, samples, chunk = 0.0, self.spec["samples"], self.spec["chunk"]
        with torch.no_grad():
            for x in self.x.split(chunk):
                total += self.importance(x, torch.randn(len(x), samples, 1, self.spec["latent"])).item()
        return total / len(self.x)

    def run(self, count):
        task = {"step": self.training_step, "epoch": self.epoch, "likelihood": self.likelihood}[self.spec["task"]]
        ms = []
        for _ in range(count):
            began = time.perf_counter()
            value = task()
            ms.append((time.perf_counter() - began) * 1000)
        if not math.isfinite(value):
            raise ValueError(f"the loss is {value}")
        return {"ms": ms, "value": value}


class TextWork(Work):
    """A work on sequences, with gradients clipped as the authors do."""

    def __init__(self, spec, folder, variant):
        torch.set_flush_denormal(True)
        torch.set_num_threads(variant["threads"])
        self.spec, self.variant, self.authors = spec, variant, False
        self.layout = json.load(open(os.path.join(folder, "layout.json")))
        self.model = Texts(spec, self.read_weights(folder))
        self.trained = self.model.trained
        self.optimizer = torch.optim.Adam(self.trained, 1e-3, fused=True)
        self.steps = 0

    def check(self, folder):
        at = self.layout["check"]
        loss = self.model.loss(read(folder, "check-x.bin", at["x"]), read(folder, "check-noise.bin", at["noise"]), 0.0)
        return {"value": loss.item(), "norms": self.model.norms(torch.autograd.grad(loss, self.trained))}

    def step(self, x):
        loss = self.model.loss(x, torch.randn(len(x), 1, self.spec["latent"]), self.spec["text"]["dropout"])
        self.optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.trained, 5.0, foreach=True)
        self.optimizer.step()
        return loss.item()


def read(folder, name, shape, offset=0):
    """Little-endian float32 numbers of a file, from a byte."""
    count = math.prod(shape)
    with open(os.path.join(folder, name), "rb") as file:
        file.seek(offset)
        return torch.frombuffer(bytearray(file.read(4 * count)), dtype=torch.float32).reshape(shape).clone()


def matmul_rate(size, threads):
    """The best of some products of two square matrices, in GFLOPS."""
    torch.set_num_threads(threads)
    a, b = torch.randn(size, size), torch.randn(size, size)
    best = math.inf
    for _ in range(30):
        began = time.perf_counter()
        torch.mm(a, b)
        best = min(best, time.perf_counter() - began)
    return 2 * size**3 / best / 1e9


def peak_memory():
    """Peak resident memory in MB."""
    try:
        with open("/proc/self/status") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1024
    except (OSError, StopIteration):
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)


def main():
    work = None
    for line in sys.stdin:
        command = json.loads(line)
        do = command["do"]
        try:
            if do == "build":
                folder = command["folder"]
                torch.manual_seed(1)
                kind = TextWork if "text" in command["spec"] else Work
                work = kind(command["spec"], folder, command["variant"])
                answer = {"parameters": sum(w.numel() for w in work.trained)}
                if work.layout.get("check"):
                    answer |= work.check(folder)
                work.load_data(folder)
            elif do == "run":
                answer = work.run(command["count"])
            elif do == "memory":
                answer = {"mb": peak_memory()}
            elif do == "matmul":
                answer = {"gflops": matmul_rate(1024, command["threads"])}
            elif do == "versions":
                answer = {"pytorch": torch.__version__, "python": sys.version.split()[0]}
            else:
                raise ValueError(f"unknown command {do}")
        except Exception as error:  # The parent says it in one line and goes on with the others.
            answer = {"error": f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
