"""Mixtures of points in the plane in PyTorch: the time of a training step with a plain decoder, the paper's map, and twist layers with full covariance.
Reads lines `METHOD STEPS` and answers with milliseconds a step, so that the caller can take turns between programs."""

import math
import sys
import time

import torch
import torch.nn.functional as F

LATENT, COMPONENTS, WIDTH, BATCH, FLOOR = 2, 5, 64, 100, 0.1


def parameter(*shape, scale=0.1):
    return (scale * torch.randn(shape)).requires_grad_()


class Perceptron:
    def __init__(self, *widths):
        self.layers = [(parameter(a, b, scale=a**-0.5), parameter(b)) for a, b in zip(widths, widths[1:])]

    def __call__(self, x):
        for i, (W, b) in enumerate(self.layers):
            x = torch.addmm(b, F.relu(x) if i else x, W)
        return x

    def parameters(self):
        return [weight for layer in self.layers for weight in layer]


class Twist:
    def __init__(self, dim, hidden, mu, saturating=0.25):
        self.mu, self.kinked = mu, hidden - round(saturating * hidden)
        self.A, self.V, self.b, self.a = (parameter(dim, hidden), parameter(dim, hidden), parameter(hidden), parameter(dim))
        self.s, self.log_tau = parameter(), parameter(hidden - self.kinked)

    def __call__(self, u):
        K = self.V - self.A
        G = K @ K.T
        half = K.square().sum() / 2
        bound = half + (G - half * torch.eye(len(G))).norm() / math.sqrt(2)
        p = torch.addmm(self.b, u, self.A)
        tau = self.log_tau.exp()
        h = torch.cat([F.relu(p[:, : self.kinked]), tau * torch.tanh(p[:, self.kinked :] / tau)], 1)
        return torch.addmm(self.a, h, self.V.T) + (self.mu + bound / 4 + F.softplus(self.s)) * u

    def parameters(self):
        return [self.A, self.V, self.b, self.a, self.s, self.log_tau]


class Brenier:
    """The map of the pair as in the paper: a network without further layers."""

    def __init__(self, dim, hidden, mu):
        self.mu = mu
        self.A, self.b, self.v, self.a = parameter(dim, hidden), parameter(hidden), parameter(hidden), parameter(dim)

    def __call__(self, u):
        slope = 2 * F.leaky_relu(torch.addmm(self.b, u, self.A), 0.04)
        return torch.addmm(self.a, slope * F.softplus(self.v), self.A.T) + self.mu * u

    def parameters(self):
        return [self.A, self.b, self.v, self.a]


class FullRank:
    def __init__(self, dim):
        self.Q = torch.linalg.qr(torch.randn(dim, dim)).Q
        self.B, self.c = parameter(dim, dim), parameter(dim)

    def __call__(self, u):
        B, Q = self.B, self.Q
        return torch.addmm(self.c, u, torch.addmm(B + Q, B @ Q.T, Q, alpha=-1))

    def parameters(self):
        return [self.B, self.c]


def maps(method):
    if method == "plain":
        return [Perceptron(LATENT, WIDTH, WIDTH, 2)]
    if method == "lid":
        mu = 0.01 ** (1 / 3)
        return [Twist(2, WIDTH, mu), Twist(2, WIDTH, mu), FullRank(2), Twist(2, WIDTH, mu)]
    return [Brenier(2, WIDTH, 0.1), FullRank(2), Brenier(2, WIDTH, 0.1)]


class Model:
    def __init__(self, method):
        torch.manual_seed(1)
        self.full = method == "lid"
        self.decoder = maps(method)
        self.z, self.w = Perceptron(2, WIDTH, WIDTH, 2 * LATENT), Perceptron(2, WIDTH, COMPONENTS)
        angle = 2 * math.pi * torch.arange(COMPONENTS) / COMPONENTS
        self.anchors = 2 * torch.stack([angle.cos(), angle.sin()], 1)
        self.shift, self.gamma, self.sigma = parameter(COMPONENTS, 2), parameter(COMPONENTS, 2), parameter()
        self.lower = parameter(COMPONENTS)
        self.weights = [self.shift, self.gamma, self.sigma, *([self.lower] if self.full else [])]
        for part in (self.z, self.w, *self.decoder):
            self.weights += part.parameters()
        self.optimizer = torch.optim.Adam(self.weights, 1e-2)

    def loss(self, x, noise):
        mean, free = self.z(x).chunk(2, 1)
        sd, log_w = F.softplus(free) + 1e-3, F.log_softmax(self.w(x), 1)
        u = mean + sd * noise
        for part in self.decoder:
            u = part(u)
        sigma = 0.02 + F.softplus(self.sigma)
        log_likelihood = (-0.5 * ((x - u) / sigma).square() - sigma.log()).sum(1)
        m, g = self.anchors + 0.4 * torch.tanh(self.shift), FLOOR + F.softplus(self.gamma)
        d = mean[:, None] - m
        if self.full:
            # The inverse of [[g0, 0], [l, g1]].
            r = -self.lower / (g[:, 0] * g[:, 1])
            first, second = d[:, :, 0] / g[:, 0], r * d[:, :, 0] + d[:, :, 1] / g[:, 1]
            v = sd.square()
            spread = v[:, :1] * (g[:, 0] ** -2 + r.square()) + v[:, 1:] * g[:, 1] ** -2
            kl = g.log().sum(1) - sd.log().sum(1, keepdim=True) + (first.square() + second.square() + spread - 2) / 2
        else:
            kl = (g.log() - sd[:, None].log() + (sd[:, None].square() + d.square()) / (2 * g.square()) - 0.5).sum(2)
        return (log_w.exp() * (kl + log_w)).sum() / len(x) - log_likelihood.mean()

    def step(self, x):
        self.optimizer.zero_grad(set_to_none=True)
        self.loss(x, torch.randn(len(x), LATENT)).backward()
        self.optimizer.step()


def main():
    torch.set_num_threads(int(sys.argv[1]))
    models, x = {}, torch.randn(5000, 2)
    print("torch", torch.__version__, flush=True)
    for line in sys.stdin:
        method, steps = line.split()
        if method not in models:
            models[method] = Model(method)
        model = models[method]
        began = time.perf_counter()
        for i in range(int(steps)):
            start = BATCH * (i % 50)
            model.step(x[start : start + BATCH])
        print(1000 * (time.perf_counter() - began) / int(steps), flush=True)


if __name__ == "__main__":
    main()
