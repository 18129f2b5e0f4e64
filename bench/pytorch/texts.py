"""The models of texts in PyTorch: nn.LSTM, z beside every input, cross-entropy of all words at once. Weights come by lidvae's names and shapes; those of
an LSTM are brought into nn.LSTM, whose second bias stays zero."""

import math

import torch
import torch.nn.functional as F

import maps
from models import FLOOR, full_rank


def length(gradient):
    """Its norm in doubles: of millions of squares added up in float32 the last count for too little."""
    return gradient.double().norm().item()


class Recurrent:
    """nn.LSTM with the weights W, U, V and b of lidvae's layer."""

    def __init__(self, weights, name):
        self.name = name
        parts = [weights.pop(f"{name}/W")] + ([weights.pop(f"{name}/V")] if f"{name}/V" in weights else [])
        U, b = weights.pop(f"{name}/U"), weights.pop(f"{name}/b")
        self.widths = [len(part) for part in parts]
        self.module = torch.nn.LSTM(sum(self.widths), len(U))
        with torch.no_grad():
            self.module.weight_ih_l0.copy_(torch.cat(parts).t())
            self.module.weight_hh_l0.copy_(U.t())
            self.module.bias_ih_l0.copy_(b)
            self.module.bias_hh_l0.zero_()
        self.module.bias_hh_l0.requires_grad_(False)
        self.trained = [self.module.weight_ih_l0, self.module.weight_hh_l0, self.module.bias_ih_l0]

    def norms(self, gradients):
        """Norms of the gradients by lidvae's names."""
        names = ["W", "V"][: len(self.widths)]
        of_input = dict(zip(names, gradients[0].t().split(self.widths)))
        each = {**of_input, "U": gradients[1], "b": gradients[2]}
        return {f"{self.name}/{name}": length(g) for name, g in each.items()}


class Texts:
    """A work on sequences: an LSTM alone, svae or lidsvae."""

    def __init__(self, spec, weights):
        self.spec, self.text = spec, spec["text"]
        self.layers = [Recurrent(weights, name[:-2]) for name in list(weights) if name.endswith("/U")]
        self.weights = weights
        self.others = {name: w for name, w in weights.items() if w.requires_grad}
        self.trained = [w for layer in self.layers for w in layer.trained] + list(self.others.values())

    def norms(self, gradients):
        each, at = {}, 0
        for layer in self.layers:
            each |= layer.norms(gradients[at : at + 3])
            at += 3
        return each | {name: length(g) for name, g in maps.apart(dict(zip(self.others, gradients[at:]))).items()}

    def loss(self, x, noise, dropout):
        if self.spec["model"] == "lstm":
            return self.layers[0].module(x.transpose(0, 1))[0].square().mean()
        w = self.weights
        encoder, decoder = (layer.module for layer in self.layers)
        ids = x.t().long().contiguous()
        _, (h, _) = encoder(F.embedding(ids[1:], w["encoder/embedding/E"]))
        mean, free = torch.addmm(w["encoder/z/b"], h[0], w["encoder/z/W"]).chunk(2, 1)
        sd = F.softplus(free + math.log(math.e - 1)) + FLOOR
        z = mean + sd * noise.squeeze(1)
        kl = (0.5 * (mean.square() + sd.square() - 1) - sd.log()).sum()
        inputs = F.dropout(F.embedding(ids[:-1], w["decoder/embedding/E"]), dropout)
        beside = z.expand(len(inputs), *z.shape)
        if "decoder/C" in w:
            c = z @ w["decoder/C"]
            h, _ = decoder(torch.cat([inputs, beside], 2), (torch.tanh(c)[None], c[None]))
            logits = torch.addmm(w["decoder/head/b"], F.dropout(h, dropout).flatten(0, 1), w["decoder/head/W"])
        else:
            h = F.dropout(decoder(inputs)[0], dropout).flatten(0, 1)
            logits = self.injective_head(beside.flatten(0, 1), h)
        return (kl + F.cross_entropy(logits, ids[1:].flatten() - 1, reduction="sum")) / len(x)

    def injective_head(self, z, h):
        w = self.weights
        if "decoder/head/P/W" in w:
            h = torch.addmm(w["decoder/head/P/b"], h, w["decoder/head/P/W"])
        u = maps.closed_form(w, "decoder/head/g1", torch.cat([z, h], 1))
        beta, c = full_rank(w, "decoder/head/beta", 1.0), w["decoder/head/beta/c"]
        v = maps.closed_form(w, "decoder/head/g2", torch.addmm(c, u, beta), factors=(u, beta, c))
        zero = torch.zeros(len(v.t()), 1)
        M = torch.cat([w["decoder/head/sI"], w["decoder/head/B"], zero], 1)
        return torch.addmm(torch.cat([w["decoder/head/c"], torch.zeros(1)]), v, M)
