"""Reads a folder that lidvae saved, and decodes and encodes with NumPy alone: docs/file-format.md explains each step.

    python3 read_model.py FOLDER
"""
import json
import math
import pathlib
import sys

import numpy as np


def read_model(folder):
    """The builder's name, its options, and every tensor by name."""
    folder = pathlib.Path(folder)
    made = json.loads((folder / "model.json").read_text(encoding="utf-8"))["model"]
    data = (folder / "weights.safetensors").read_bytes()
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in header.items():
        start, end = entry["data_offsets"]
        numbers = np.frombuffer(data[8 + length + start : 8 + length + end], "<f4")
        tensors[name] = numbers.reshape(entry["shape"]).astype(float)
    return {"kind": made["part"], "options": made["with"][0], "tensors": tensors}


def part_of(value, usual):
    """Name and arguments of a part within the options; `usual` where it was left out."""
    return (value["part"], value["with"]) if value else usual


def options_in(arguments, place):
    """The options object among a part's arguments."""
    return arguments[place] if len(arguments) > place and arguments[place] else {}


ALPHA = 0.2
softplus = lambda x: np.logaddexp(0, x)
sigmoid = lambda x: 0.5 * (1 + np.tanh(x / 2))
leaky = lambda x, slope=ALPHA: np.where(x > 0, x, slope * x)


def dense(t, name, x):
    return x @ t[f"{name}/W"] + t[f"{name}/b"]


def perceptron(t, name, x):
    x = dense(t, f"{name}/0", x)
    layer = 1
    while f"{name}/{layer}/W" in t:
        x = dense(t, f"{name}/{layer}", np.maximum(x, 0))
        layer += 1
    return x


def brenier(t, name, u, mu=1, activation="smooth"):
    A, b = [], []
    while f"{name}/A{len(A)}" in t:
        b.append(t[f"{name}/b{len(A)}"])
        A.append(t[f"{name}/A{len(A)}"])
    W = [None] + [softplus(t[f"{name}/V{l}"]) / len(b[0]) for l in range(1, len(A))]
    w, a = softplus(t[f"{name}/v"]), t[f"{name}/a"]
    # Up: h_l and the slopes of the activations.
    p = u @ A[0] + b[0]
    h, slopes = leaky(p) ** 2, [2 * leaky(p, ALPHA**2)]
    for l in range(1, len(A)):
        p = h @ W[l] + u @ A[l] + b[l]
        if activation == "paper":
            h, slope = leaky(p), np.where(p > 0, 1, ALPHA)
        else:
            h, slope = ALPHA * p + (1 - ALPHA) * softplus(p), ALPHA + (1 - ALPHA) * sigmoid(p)
        slopes.append(slope)
    # Down: the gradient, layer by layer.
    d = w * slopes[-1]
    g = a + mu * u + d @ A[-1].T
    for l in range(len(A) - 1, 0, -1):
        d = (d @ W[l].T) * slopes[l - 1]
        g = g + d @ A[l - 1].T
    return g


def full_rank(t, name, anchor=1):
    Q, B = t[f"{name}/Q"], t[f"{name}/B"]
    return anchor * Q + B - B @ Q.T @ Q


def twist(t, name, u, mu=1):
    A, V, b, a = (t[f"{name}/{letter}"] for letter in "AVba")
    K = V - A
    G = K @ K.T if K.shape[0] <= K.shape[1] else K.T @ K
    if len(G) <= 2:
        bound = np.linalg.eigvalsh(G)[-1]
    else:
        bound = np.linalg.norm(np.linalg.matrix_power(G, 4)) ** 0.25
    tau = np.exp(t.get(f"{name}/logTau", np.zeros(0)))
    kinked, bent = np.split(u @ A + b, [len(b) - len(tau)], axis=1)
    h = np.concatenate([np.maximum(kinked, 0), tau * np.tanh(bent / tau)], axis=1)
    return a + (mu + bound / 4 + softplus(t[f"{name}/s"])) * u + h @ V.T


def increasing(t, name, u, mu=1):
    s, w, r, shift, a = (t[f"{name}/{letter}"] for letter in "swrta")
    bends = softplus(w) * np.tanh(softplus(r) * (u[:, :, None] - shift))
    return a + (mu + softplus(s)) * u + bends.sum(axis=2)


def rotation(t, name, u):
    for v in t[f"{name}/v"]:
        u = u - 2 * (u @ v)[:, None] * v / (v @ v)
    return u


def flow(t, name, z):
    """f(z), the couplings one after the other: of a posterior the name is `flow`."""
    a, b = np.split(z, [(z.shape[1] + 1) // 2], axis=1)
    coupling = 0
    while f"{name}/{coupling}/W" in t:
        kept = a if coupling % 2 == 0 else b
        net = np.maximum(dense(t, f"{name}/{coupling}/body", kept), 0)
        free, shift = np.split(dense(t, f"{name}/{coupling}", net), 2, axis=1)
        scale = np.exp(2 * np.tanh(free / 2))
        a, b = (a, b * scale + shift) if coupling % 2 == 0 else (a * scale + shift, b)
        coupling += 1
    return np.concatenate([a, b], axis=1)


def side(t, name, u, mu, activation):
    """g1 or g2: a Brenier map, or twist layers one after the other."""
    count = 0
    while f"{name}/{count}/A" in t:
        count += 1
    for i in range(count):
        u = twist(t, f"{name}/{i}", u, mu ** (1 / count))
    return u if count else brenier(t, name, u, mu, activation)


def chain(t, name, u, parts):
    for i, part in enumerate(parts):
        at, mu = f"{name}/{i}", part.get("mu", 1)
        if part["kind"] == "full-rank map":
            u = u @ full_rank(t, at, part.get("anchor", 1)) + t.get(f"{at}/c", 0)
        elif part["kind"] == "Brenier map":
            u = brenier(t, at, u, mu, part.get("activation", "smooth"))
        elif part["kind"] == "rotation":
            u = rotation(t, at, u)
        elif part["kind"] == "coupling flow":
            u = flow(t, at, u)
        else:
            u = {"twist layer": twist, "increasing map": increasing}[part["kind"]](t, at, u, mu)
    return u


def injective(t, name, u, options, anchor=1):
    if "chain" in options:
        return chain(t, name, u, options["chain"])
    mu = options.get("mu", 1)
    mu1, mu2 = mu if isinstance(mu, list) else (mu, mu)
    activation = options.get("activation", "smooth")
    u = side(t, f"{name}/g1", u, mu1, activation)
    u = u @ full_rank(t, f"{name}/beta", options.get("anchor", anchor)) + t[f"{name}/beta/c"]
    return side(t, f"{name}/g2", u, mu2, activation)


def likelihood_of(model):
    """Its name, its options, and whether counts enter the encoder as log(1 + x)."""
    name, arguments = part_of(model["options"]["likelihood"], None)
    options = options_in(arguments, 1)
    logs = name in ("poisson", "negativeBinomial") and options.get("encode", "counts") == "log1p"
    return name, options, logs


def eta_of(model, z):
    t, options = model["tensors"], model["options"]
    if options.get("context"):
        raise ValueError("a model with a context is not on this page")
    is_injective = model["kind"] in ("lidvae", "lidmvae")
    usual = ("injectiveDecoder", [None, options.get("injective")]) if is_injective else ("plainDecoder", [])
    name, arguments = part_of(options.get("decoder"), usual)
    if name == "plainDecoder":
        return perceptron(t, "decoder", z)
    # An identifiable model of counts has another anchor, unless one was given.
    anchor = 0.1 if "decoder" not in options and likelihood_of(model)[2] else 1
    return injective(t, "decoder", z, options_in(arguments, 1), anchor)


def decode(model, z):
    """E[x|z], what lid.decode gives."""
    eta = eta_of(model, z)
    return {"bernoulli": sigmoid, "gaussian": lambda e: e}.get(likelihood_of(model)[0], np.exp)(eta)


def spread_of(model):
    """σ of a Gaussian, α of a negative binomial likelihood; None for others."""
    name, options, _ = likelihood_of(model)
    t = model["tensors"]
    if name == "gaussian":
        sigma = options.get("sigma", 1)
        return softplus(t["sigma"]) + options.get("floor", 0.05) if sigma == "learned" else sigma
    if name == "negativeBinomial":
        alpha = options.get("dispersion", "learned")
        return softplus(t["dispersion"]) + 1e-4 if alpha == "learned" else alpha
    return None


def encode(model, x):
    """Mean and sd of q(z|x) or q(z|x, w), [size, 1 or K, latent], and q(w|x), [size, K]."""
    return encode_inputs(model, np.log1p(x) if likelihood_of(model)[2] else x)


def encode_inputs(model, x):
    """The same of rows as they enter the network."""
    t = model["tensors"]
    if "encoder/z/x/W" in t:  # q(w|x) q(z|x, w)
        rows = dense(t, "encoder/z/x", x)[:, None] + t["encoder/z/w/W"] + t["encoder/z/w/b"]
        out = perceptron(t, "encoder/z/rest", np.maximum(rows, 0))
    else:
        out = perceptron(t, "encoder/z", x)[:, None]
    mean, free = np.split(out, 2, axis=-1)
    logits = perceptron(t, "encoder/w", x) if "encoder/w/0/W" in t else np.zeros((len(x), 1))
    w = np.exp(logits - logits.max(axis=1, keepdims=True))
    mean, sd = constrained(model, mean, softplus(free) + 1e-3)
    return mean, sd, w / w.sum(axis=1, keepdims=True)


def constrained(model, mean, sd):
    """Mean and sd of q(z|x) after the option `constraint`."""
    t = model["tensors"]
    name, arguments = part_of(model["options"].get("constraint"), (None, []))
    if name == "batchNormPosterior":
        gamma = options_in(arguments, 0).get("gamma", 0.6)
        centre, variance = t["encoder/batchNorm/running"]
        mean = gamma * (mean - centre) / np.sqrt(variance + 1e-8) + t["encoder/batchNorm/shift"]
    if name == "deltaPosterior":
        most = largest_sd(arguments[0] / sd.shape[-1])
        sd = sd / (sd + 1) * (most - 1e-3) + 1e-3
    return mean, sd


def largest_sd(rate):
    """The s < 1 with -log s + s^2 / 2 - 1 / 2 = rate, a little less."""
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        if -math.log(middle) + middle**2 / 2 - 0.5 > rate:
            low = middle
        else:
            high = middle
    return low * (1 - 1e-5)


def prior(model):
    """Means and sds of p(z|w), [K, latent]; None for N(0, I)."""
    t, options = model["tensors"], model["options"]
    if "prior/pseudo-inputs" in t:
        return vamp_prior(model)
    if "prior/gamma" not in t:
        return None
    settings = options_in(part_of(options.get("prior"), (None, []))[1], 0)
    if "prior/means" in t:
        mean = t["prior/means"]
    elif "prior/means/Q" in t:
        mean = full_rank(t, "prior/means", settings.get("separation", 2))
    else:
        mean = t["prior/anchors"] + t["prior/reach"] * np.tanh(t["prior/shift"])
    sd = softplus(t["prior/gamma"]) + settings.get("floor", 0.3)
    if "prior/lower" in t:
        sd = np.sqrt((factor(model) ** 2).sum(axis=2))
    return mean, np.broadcast_to(sd, mean.shape)


def vamp_prior(model):
    """Means and sds of q(z|u_k), [K, latent], at the pseudo-inputs u_k."""
    free = model["tensors"]["prior/pseudo-inputs"]
    if free.ndim == 3:  # texts, as rows of embeddings
        each = [encode_vectors(model, vectors) for vectors in free]
        return np.stack([mean for mean, _ in each]), np.stack([sd for _, sd in each])
    name = likelihood_of(model)[0]
    mean, sd, _ = encode_inputs(model, sigmoid(free) if name == "bernoulli" else free)
    return mean[:, 0], sd[:, 0]


def factor(model):
    """L_w with the covariance L_w L_w^T of p(z|w), [K or 1, latent, latent], with `covariance: 'full'`."""
    t, options = model["tensors"], model["options"]
    settings = options_in(part_of(options.get("prior"), (None, []))[1], 0)
    gamma = softplus(t["prior/gamma"]) + settings.get("floor", 0.3)
    latent = gamma.shape[1]
    L = gamma[:, :, None] * np.eye(latent)
    rows, columns = np.tril_indices(latent, -1)
    L[:, rows, columns] = t["prior/lower"]
    return L


def lstm(t, name, x, constant=0, h=0, c=0):
    """Every h_t, [time, hidden], of one text x, [time, inputs]."""
    W, U, b = t[f"{name}/W"], t[f"{name}/U"], t[f"{name}/b"]
    hidden, out = len(U), []
    h, c = np.zeros(hidden) + h, np.zeros(hidden) + c
    for row in x:
        i, f, g, o = np.split(row @ W + h @ U + constant + b, 4)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
        out.append(h)
    return np.stack(out)


def encode_text(model, ids):
    """Mean and sd of q(z|x) of one text: <s>, tokens, </s>."""
    return encode_vectors(model, model["tensors"]["encoder/embedding/E"][ids[1:]])


def encode_vectors(model, vectors):
    """The same of one text as embeddings, [length, embedding]."""
    t = model["tensors"]
    mean, free = np.split(dense(t, "encoder/z", lstm(t, "encoder/lstm", vectors)[-1]), 2)
    return constrained(model, mean, softplus(free + math.log(math.e - 1)) + 1e-3)


def logits_of_text(model, ids, z):
    """The logits of every next token along one text, [length - 1, tokens - 1]: <s> never follows."""
    t, options = model["tensors"], model["options"]
    start = {}
    if "decoder/C" in t:  # z enters the LSTM
        c = z @ t["decoder/C"]
        start = {"constant": z @ t["decoder/lstm/V"], "h": np.tanh(c), "c": c}
    u = lstm(t, "decoder/lstm", t["decoder/embedding/E"][ids[:-1]], **start)
    head, arguments = part_of(options["head"], None)
    sees_z = model["kind"] == "lidsvae" or options.get("wiring") == "head"
    if "decoder/head/P/W" in t:
        u = dense(t, "decoder/head/P", u)
    if sees_z:
        u = np.concatenate([np.broadcast_to(z, (len(u), len(z))), u], axis=1)
    if head == "linearHead":
        return dense(t, "decoder/head", u)
    settings = options_in(arguments, 0)
    out = injective(t, "decoder/head", u, settings)
    if head == "injectiveHead":
        out = out @ np.concatenate([t["decoder/head/sI"], t["decoder/head/B"]], axis=1) + t["decoder/head/c"]
    return np.concatenate([out, np.zeros((len(out), 1))], axis=1)


if __name__ == "__main__":
    model = read_model(sys.argv[1])
    print(model["kind"], f"{model['options'].get('latent')} units of z")
    for name, tensor in sorted(model["tensors"].items()):
        print(f"{name}  {list(tensor.shape)}")
