"""Brenier maps g = grad f + mu u in three ways: closed form with PyTorch's own backward pass, closed form with a backward pass written by hand, and
the authors' way, a gradient of the input-convex network that is itself differentiated. Names and shapes of weights are lidvae's."""

import torch
import torch.nn.functional as F

ALPHA = 0.2


def side_by_side(weights):
    """The weights with the affine maps of both layers of each convex network in one matrix and one bias: A0, A1 as A, b0, b1 as b."""
    merged = {}
    for name, weight in weights.items():
        if name[-2:] in ("A0", "b0"):
            merged[name[:-1]] = torch.cat([weight, weights[f"{name[:-1]}1"]], -1).detach().requires_grad_()
        elif name[-2:] not in ("A1", "b1"):
            merged[name] = weight
    return merged


def apart(gradients):
    """Gradients of such weights by the names they had before."""
    each = {}
    for name, gradient in gradients.items():
        if name.endswith(("/A", "/b")) and f"{name[:-1]}V1" in gradients:
            each[f"{name}0"], each[f"{name}1"] = gradient.chunk(2, -1)
        else:
            each[name] = gradient
    return each


def convex_weights(weights, name):
    """A, b, W >= 0, w >= 0, a of an input-convex network f of two hidden layers; the affine maps of both layers lie side by side in A and b."""
    free = weights[f"{name}/V1"]
    positive = F.softplus(free) / free.shape[0]
    return weights[f"{name}/A"], weights[f"{name}/b"], positive, F.softplus(weights[f"{name}/v"]), weights[f"{name}/a"]


def affine(u, A, b, factors):
    """u A + b. Where u = h M + c is known to be of low rank, h (M A) + (c A + b): A then meets the few rows of M, not every row of the batch."""
    if factors is None or len(factors[1]) >= len(u):
        return torch.addmm(b, u, A)
    h, M, c = factors
    return torch.addmm(torch.addmv(b, A.t(), c), h, M @ A)


def chains(p, W, w):
    """Both chains of grad f from the affine maps p of both layers: up through the hidden layers, and down again."""
    size = W.shape[0]
    first, second = p[:, :size], p[:, size:]
    h = F.leaky_relu(first, ALPHA).square()
    s0 = 2 * F.leaky_relu(first, ALPHA * ALPHA)
    s1 = ALPHA + (1 - ALPHA) * torch.sigmoid(torch.addmm(second, h, W))
    d1 = s1 * w
    e0 = d1 @ W.t()
    return first, h, s0, s1, e0, torch.cat([e0 * s0, d1], 1)


def closed_form(weights, name, u, mu=1.0, factors=None):
    """The map in closed form; PyTorch derives the backward pass."""
    A, b, W, w, a = convex_weights(weights, name)
    *_, d = chains(affine(u, A, b, factors), W, w)
    return torch.addmm(a, d, A.t()) + mu * u


class HandWritten(torch.autograd.Function):
    """grad f from the affine maps, with the vector-Jacobian product that lidvae uses."""

    @staticmethod
    def forward(ctx, p, A, W, w, a):
        first, h, s0, s1, e0, d = chains(p, W, w)
        ctx.save_for_backward(A, W, w, first, h, s0, s1, e0, d)
        return torch.addmm(a, d, A.t())

    @staticmethod
    def backward(ctx, G):
        A, W, w, first, h, s0, s1, e0, d = ctx.saved_tensors
        size = W.shape[0]
        GD = G @ A
        Gd0 = GD[:, :size]
        E = Gd0 * s0
        Gd1 = torch.addmm(GD[:, size:], E, W)
        P1 = Gd1 * w * ((s1 - ALPHA) * (1 - s1) / (1 - ALPHA))
        P0 = (P1 @ W.t()) * s0 + Gd0 * e0 * torch.where(first > 0, 2.0, 2 * ALPHA * ALPHA)
        GW = torch.addmm(E.t() @ d[:, size:], h.t(), P1)
        return torch.cat([P0, P1], 1), G.t() @ d, GW, (Gd1 * s1).sum(0), G.sum(0)


def hand_written(weights, name, u, mu=1.0, factors=None):
    A, b, W, w, a = convex_weights(weights, name)
    return HandWritten.apply(affine(u, A, b, factors), A, W, w, a) + mu * u


def differentiated(weights, name, u, mu=1.0, factors=None):
    """The authors' way: autograd.grad(create_graph=True) through the network, which knows nothing of factors."""
    A0, A1, b0, b1, V, v, a = (weights[f"{name}/{part}"] for part in ("A0", "A1", "b0", "b1", "V1", "v", "a"))
    with torch.enable_grad():
        if not u.requires_grad:
            u = u.requires_grad_()
        h = F.leaky_relu(torch.addmm(b0, u, A0), ALPHA).square()
        p = h @ (F.softplus(V) / V.shape[0]) + torch.addmm(b1, u, A1)
        top = ALPHA * p + (1 - ALPHA) * F.softplus(p)
        f = top @ F.softplus(v) + u @ a + 0.5 * mu * u.square().sum(1)
        return torch.autograd.grad(f.sum(), u, create_graph=True)[0]
