"""A convolutional VAE's training step in PyTorch, for bench/convolution.ts: reads "side steps", answers milliseconds a step."""
import sys
import time

import torch
from torch import nn

torch.set_num_threads(int(sys.argv[1]))
BATCH, LATENT, SIGMA = 100, 16, 0.1


class Vae(nn.Module):
    def __init__(self, side):
        super().__init__()
        inner = side // 4
        self.encoder = nn.Sequential(
            nn.Conv2d(3, 32, 4, 2, 1), nn.ReLU(), nn.Conv2d(32, 64, 4, 2, 1), nn.ReLU(), nn.Flatten(),
            nn.Linear(64 * inner * inner, 2 * LATENT),
        )
        self.decoder = nn.Sequential(
            nn.Linear(LATENT, 64 * inner * inner), nn.ReLU(), nn.Unflatten(1, (64, inner, inner)),
            nn.ConvTranspose2d(64, 32, 4, 2, 1), nn.ReLU(), nn.ConvTranspose2d(32, 3, 4, 2, 1, bias=False),
        )
        self.bias = nn.Parameter(torch.zeros(3, side, side))

    def forward(self, x):
        mean, free = self.encoder(x).chunk(2, 1)
        sd = nn.functional.softplus(free) + 1e-3
        z = mean + sd * torch.randn_like(mean)
        eta = self.decoder(z) + self.bias
        kl = (mean**2 + sd**2 - 2 * sd.log() - 1).sum(1) / 2
        return (kl + ((x - eta) ** 2).sum((1, 2, 3)) / (2 * SIGMA**2)).mean()


models = {}
print("ready", flush=True)
for line in sys.stdin:
    side, steps = map(int, line.split())
    if side not in models:
        model = Vae(side)
        models[side] = (model, torch.optim.Adam(model.parameters(), 1e-3), torch.rand(BATCH, 3, side, side))
    model, optimizer, x = models[side]
    began = time.perf_counter()
    for _ in range(steps):
        optimizer.zero_grad()
        loss = model(x)
        loss.backward()
        optimizer.step()
    loss.item()
    print(1000 * (time.perf_counter() - began) / steps, flush=True)
