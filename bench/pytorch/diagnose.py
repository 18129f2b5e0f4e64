"""The estimators of `diagnose` in PyTorch: one line on standard input names a folder with weights.safetensors, x.bin and plan.json, one line of JSON answers with
milliseconds and values."""

import json
import math
import os
import struct
import sys
import time

import torch
import torch.nn.functional as F

import maps
from models import Model
from peer import peak_memory


def read_weights(file):
    """A safetensors file of float32 tensors."""
    with open(file, "rb") as opened:
        raw = opened.read()
    size = struct.unpack("<Q", raw[:8])[0]
    header = json.loads(raw[8 : 8 + size])
    header.pop("__metadata__", None)
    body = memoryview(bytearray(raw[8 + size :]))
    tensors = {}
    for name, entry in header.items():
        if entry["dtype"] == "F32":
            first, last = entry["data_offsets"]
            tensors[name] = torch.frombuffer(body[first:last], dtype=torch.float32).reshape(entry["shape"]).clone()
    return tensors


def mean_log(values, dim):
    return torch.logsumexp(values, dim) - math.log(values.shape[dim])


def log_likelihood(model, x, z):
    """log p(x|z), [batch, draws], of z [batch, draws, latent]."""
    eta = model.decode(z.reshape(-1, z.shape[2])).view(len(x), z.shape[1], -1)
    return torch.bmm(eta, x.unsqueeze(2)).squeeze(2) - F.softplus(eta).sum(2)


def log_weights(model, x, draws):
    mean, sd, _ = model.encode(x)
    eps = torch.randn(len(x), draws, mean.shape[2])
    z = mean + sd * eps
    fit = log_likelihood(model, x, z)
    return fit + 0.5 * (eps.square() - z.square()).sum(2) + sd.log().sum(2), fit, z


def measure(model, x, plan):
    """Active units, KL, mutual information, log-likelihood, ELBO, flatness, inference gap and the flatness of each unit, as far as they take time."""
    samples, prior, chunk = plan["samples"], plan["priorSamples"], plan["chunk"]
    means, sds, logs, flat, fits, draws, weights = [], [], [], [], [], [], []
    for rows in x.split(chunk):
        mean, sd, _ = model.encode(rows)
        ratio, fit, z = log_weights(model, rows, samples)
        from_prior = log_likelihood(model, rows, torch.randn(len(rows), prior, mean.shape[2]))
        means.append(mean[:, 0]), sds.append(sd[:, 0]), fits.append(fit.mean(1)), draws.append(z)
        logs.append(mean_log(ratio, 1)), weights.append(torch.softmax(ratio, 1)), flat.append(from_prior.mean(1))
    mean, sd, log, fit, weight, z = (torch.cat(parts) for parts in (means, sds, logs, fits, weights, draws))
    kl = (0.5 * (mean.square() + sd.square() - 1) - sd.log()).sum(1)
    elbo = fit - kl
    one = z[:, 0].double()
    # log q(z) of one draw a data point under every posterior.
    log_q = torch.empty(len(x), dtype=torch.float64)
    m, s = mean.double(), sd.double()
    for i in range(0, len(x), 100):
        far = (one[i : i + 100, None] - m) / s
        log_q[i : i + 100] = mean_log(-0.5 * far.square().sum(2) - s.log().sum(1), 1)
    own = (-0.5 * ((one - m) / s).square() - s.log()).sum(1)
    centred = mean - mean.mean(0)
    picks = torch.randint(len(x), (200, len(x)))
    active = torch.stack([(mean[pick].var(0) > 0.01).float().mean() for pick in picks])
    shifts = (weight.unsqueeze(2) * (z - mean.unsqueeze(1)) / sd.unsqueeze(1)).sum(1)
    spread = (weight.unsqueeze(2) * ((z - mean.unsqueeze(1)) / sd.unsqueeze(1) - shifts.unsqueeze(1)).square()).sum(1)
    # More draws for some data points, as many as were taken there.
    more = x[:: max(1, len(x) // plan["points"])][: plan["points"]] if plan["points"] else x[:0]
    # As many decoder rows at once as above.
    for _ in range(plan["blocks"]):
        for rows in more.split(chunk):
            mean_log(log_weights(model, rows, samples)[0], 1)
    return {
        "logLikelihood": log.mean().item(),
        "elbo": elbo.mean().item(),
        "kl": kl.mean().item(),
        "mutualInformation": (own - log_q).mean().item(),
        "flatness": (log - torch.cat(flat)).mean().item(),
        "activeUnits": (centred.square().sum(0) / (len(x) - 1) > 0.01).float().mean().item(),
        "bootstrap": active.std().item(),
        "units": (shifts.square() + spread).mean().item(),
    }


def main():
    torch.set_flush_denormal(True)
    torch.set_num_threads(int(sys.argv[1]))
    torch.manual_seed(1)
    for line in sys.stdin:
        folder = line.strip()
        plan = json.load(open(os.path.join(folder, "plan.json")))
        weights = maps.side_by_side(read_weights(os.path.join(folder, "weights.safetensors")))
        model = Model({"components": 1, "inference": "one pass"}, weights)
        with open(os.path.join(folder, "x.bin"), "rb") as file:
            x = torch.frombuffer(bytearray(file.read()), dtype=torch.float32).reshape(plan["size"], -1)
        with torch.no_grad():
            began, cpu = time.perf_counter(), time.process_time()
            values = measure(model, x, plan)
            ms, cpu_ms = (time.perf_counter() - began) * 1000, (time.process_time() - cpu) * 1000
        print(json.dumps({"ms": ms, "cpuMs": cpu_ms, "peakMb": peak_memory(), "torch": torch.__version__, **values}), flush=True)


if __name__ == "__main__":
    main()
