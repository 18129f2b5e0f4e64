"""The models of lidvae in PyTorch: encoders, priors, decoders and the evidence lower bound. Weights go by lidvae's own names and shapes, so that loss
and gradients can be compared with lidvae's number by number."""

import math

import torch
import torch.nn.functional as F

import maps

FLOOR = 1e-3
GAMMA_FLOOR = 0.3
HALF_LOG_2PI = 0.5 * math.log(2 * math.pi)


def mlp(weights, name, x):
    """Affine layers with ReLU between them."""
    layer = 0
    while f"{name}/{layer}/W" in weights:
        x = torch.addmm(weights[f"{name}/{layer}/b"], F.relu(x) if layer else x, weights[f"{name}/{layer}/W"])
        layer += 1
    return x


def full_rank(weights, name, scale):
    """The anchored map, B + (s I - B Q') Q, or the free one that the authors repair after each step."""
    if f"{name}/free" in weights:
        return weights[f"{name}/free"]
    B, Q = weights[f"{name}/B"], weights[f"{name}/Q"]
    return torch.addmm(B + scale * Q, B @ Q.t(), Q, alpha=-1)


class Model:
    """One of the four models. `brenier` is one of the maps; `components_at_once` decodes all components of a mixture in one pass."""

    def __init__(self, spec, weights, brenier=maps.closed_form, components_at_once=True):
        self.spec = spec
        self.weights = weights
        self.brenier = brenier
        self.components_at_once = components_at_once
        self.mixture = spec["components"] > 1
        self.conditional = spec["inference"] == "K passes"

    def decode(self, z):
        if "decoder/beta/c" not in self.weights:
            return mlp(self.weights, "decoder", z)
        u = self.brenier(self.weights, "decoder/g1", z)
        beta, c = full_rank(self.weights, "decoder/beta", 1.0), self.weights["decoder/beta/c"]
        return self.brenier(self.weights, "decoder/g2", torch.addmm(c, u, beta), factors=(u, beta, c))

    def prior(self):
        """Means and standard deviations of the components, [K, latent]."""
        sd = GAMMA_FLOOR + F.softplus(self.weights["prior/gamma"])
        if "prior/means" in self.weights:
            return self.weights["prior/means"], sd
        return full_rank(self.weights, "prior/means", 2.0), sd

    def encode(self, x):
        """Moments of q(z|x), [batch, J, latent], and log q(w|x)."""
        log_w = F.log_softmax(mlp(self.weights, "encoder/w", x), 1) if self.mixture else None
        if not self.conditional:
            return (*self.moments(mlp(self.weights, "encoder/z", x).unsqueeze(1)), log_w)
        w = self.weights
        of_x = torch.addmm(w["encoder/z/x/b"], x, w["encoder/z/x/W"])
        of_w = w["encoder/z/w/W"] + w["encoder/z/w/b"]
        if self.components_at_once:
            rows = F.relu(of_x.unsqueeze(1) + of_w).flatten(0, 1)
            out = mlp(w, "encoder/z/rest", rows).unflatten(0, (len(x), -1))
        else:
            out = torch.stack([mlp(w, "encoder/z/rest", F.relu(of_x + row)) for row in of_w], 1)
        return (*self.moments(out), log_w)

    @staticmethod
    def moments(out):
        mean, free = out.chunk(2, -1)
        return mean, F.softplus(free) + FLOOR

    def log_likelihood(self, x, z):
        """log p(x|z), [batch, J], of z [batch, J, latent]."""
        batch, branches, latent = z.shape
        if branches == 1:
            return -F.binary_cross_entropy_with_logits(self.decode(z[:, 0]), x, reduction="none").sum(1, keepdim=True)
        if self.components_at_once:
            eta = self.decode(z.reshape(-1, latent)).view(batch, branches, -1)
            return torch.bmm(eta, x.unsqueeze(2)).squeeze(2) - F.softplus(eta).sum(2)
        each = [-F.binary_cross_entropy_with_logits(self.decode(part), x, reduction="none").sum(1) for part in z.unbind(1)]
        return torch.stack(each, 1)

    def loss(self, x, noise):
        """-ELBO in nats a data point; noise [batch, J, latent]."""
        mean, sd, log_w = self.encode(x)
        log_likelihood = self.log_likelihood(x, mean + sd * noise)
        if not self.mixture:
            kl = 0.5 * (mean.square() + sd.square() - 1) - sd.log()
            return (kl.sum() - log_likelihood.sum()) / len(x)
        m, s = self.prior()
        q = log_w.exp()
        kl_z = (s.log() - sd.log() + (sd.square() + (mean - m).square()) / (2 * s.square()) - 0.5).sum(2)
        kl_w = log_w + math.log(self.spec["components"])
        return (q * (kl_z + kl_w - log_likelihood)).sum() / len(x)

    def importance(self, x, noise):
        """Importance-weighted log p(x), summed over data points; z ~ N(0, I), noise [batch, samples, 1, latent]."""
        mean, sd, _ = self.encode(x)
        eps = noise.squeeze(2)
        z = mean + sd * eps
        log_likelihood = self.log_likelihood(x, z)
        # log p(z) - log q(z|x): the constants of both normals cancel.
        log_ratio = 0.5 * (eps.square() - z.square()).sum(2) + sd.log().sum(2)
        return (torch.logsumexp(log_likelihood + log_ratio, 1) - math.log(z.shape[1])).sum()


def repair(weight, least=1.0):
    """The authors' repair of a matrix after each step: singular values below `least` are raised to it."""
    with torch.no_grad():
        U, S, V = torch.linalg.svd(weight, full_matrices=False)
        weight.copy_((U * S.clamp(min=least)) @ V)
