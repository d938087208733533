"""Networks of many kinds, built from code with random weights, for the profile's tests."""

from itertools import pairwise

import torch
from torch import nn
from torch.nn import functional as F

from genrf.accel.networks import mobilenet_v2, resnet18
from genrf.accel.small_networks import breast_cancer_mlp, digits_cnn


class Encoder(nn.Module):
    """A transformer block (Vaswani et al. 2017) with attention by hand, or by PyTorch's own function."""

    def __init__(self, width=64, heads=4, fused=False):
        super().__init__()
        self.heads, self.fused = heads, fused
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.one, self.two = nn.LayerNorm(width), nn.LayerNorm(width)
        self.wide, self.narrow = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x):
        b, n, width = x.shape
        q, k, v = self.qkv(self.one(x)).reshape(b, n, 3, self.heads, -1).permute(2, 0, 3, 1, 4).unbind(0)
        if self.fused:
            mixed = F.scaled_dot_product_attention(q, k, v)
        else:
            mixed = torch.softmax(q @ k.transpose(-2, -1) / 4.0, dim=-1) @ v
        x = x + self.out(mixed.transpose(1, 2).reshape(b, n, width))
        return x + self.narrow(F.gelu(self.wide(self.two(x))))


def ds_cnn():
    """Keyword spotting (Zhang et al. 2017, arXiv:1711.07128), as MLPerf Tiny has it."""
    layers = [nn.Conv2d(1, 64, (10, 4), 2, (5, 1), bias=False), nn.BatchNorm2d(64), nn.ReLU()]
    for _ in range(4):
        layers += [nn.Conv2d(64, 64, 3, 1, 1, groups=64, bias=False), nn.BatchNorm2d(64), nn.ReLU()]
        layers += [nn.Conv2d(64, 64, 1, bias=False), nn.BatchNorm2d(64), nn.ReLU()]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 12))


def autoencoder():
    """Anomaly detection of MLPerf Tiny: 640 numbers through eight."""
    sizes = (640, 128, 128, 128, 128, 8, 128, 128, 128, 128, 640)
    layers = []
    for before, after in pairwise(sizes):
        layers += [nn.Linear(before, after), nn.BatchNorm1d(after), nn.ReLU()]
    return nn.Sequential(*layers[:-2])


def convolutional_autoencoder():
    """Down by two strides, up by two transposed convolutions."""
    return nn.Sequential(
        nn.Conv2d(3, 8, 3, 2, 1), nn.ReLU(), nn.Conv2d(8, 16, 3, 2, 1), nn.ReLU(),
        nn.ConvTranspose2d(16, 8, 2, 2), nn.ReLU(), nn.ConvTranspose2d(8, 3, 2, 2), nn.Sigmoid(),
    )  # fmt: skip


def lenet5():
    """LeCun et al. 1998, with maxima."""
    return nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10),
    )  # fmt: skip


class Skipping(nn.Module):
    """A U-net of one level."""

    def __init__(self):
        super().__init__()
        self.down, self.deep = nn.Conv2d(1, 8, 3, 1, 1), nn.Conv2d(8, 16, 3, 2, 1)
        self.up, self.last = nn.Conv2d(16, 8, 3, 1, 1), nn.Conv2d(16, 1, 1)

    def forward(self, x):
        one = torch.relu(self.down(x))
        two = F.interpolate(torch.relu(self.up(torch.relu(self.deep(one)))), scale_factor=2.0)
        return self.last(torch.cat([one, two], dim=1))


def one_dimension():
    return nn.Sequential(
        nn.Conv1d(2, 8, 5, 2), nn.ReLU(), nn.Conv1d(8, 8, 3, groups=4), nn.Flatten(), nn.Linear(8 * 12, 4)
    )


NETWORKS = {
    "resnet18": (resnet18, (1, 3, 224, 224)),
    "mobilenet_v2": (mobilenet_v2, (1, 3, 224, 224)),
    "encoder": (Encoder, (2, 10, 64)),
    "fused_encoder": (lambda: Encoder(fused=True), (2, 10, 64)),
    "ds_cnn": (ds_cnn, (1, 1, 49, 10)),
    "autoencoder": (autoencoder, (4, 640)),
    "convolutional_autoencoder": (convolutional_autoencoder, (1, 3, 32, 32)),
    "lenet5": (lenet5, (2, 1, 28, 28)),
    "skipping": (Skipping, (1, 1, 16, 16)),
    "one_dimension": (one_dimension, (1, 2, 32)),
    "digits_cnn": (digits_cnn, (1, 1, 8, 8)),
    "breast_cancer_mlp": (breast_cancer_mlp, (3, 30, 1, 1)),
}
