"""Small networks for the data sets that ship with scikit-learn."""

import torch
from torch import nn


class Residual(nn.Module):
    """Two convolutions beside a path around them."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = _block(channels, channels)
        self.second = nn.Sequential(nn.Conv2d(channels, channels, 3, padding=1, bias=False), nn.BatchNorm2d(channels))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.relu(self.second(self.first(x)) + x)


def digits_cnn() -> nn.Module:
    """8 by 8 images of digits: two convolutions, pooling, a residual block, a linear layer; 7,000 parameters."""
    return nn.Sequential(
        _block(1, 8), nn.MaxPool2d(2), _block(8, 16), Residual(16), nn.AvgPool2d(2), nn.Flatten(), nn.Linear(64, 10)
    )


def breast_cancer_mlp() -> nn.Module:
    """30 measures of cell nuclei: two hidden layers."""
    return nn.Sequential(nn.Flatten(), nn.Linear(30, 32), nn.ReLU(), nn.Linear(32, 16), nn.ReLU(), nn.Linear(16, 2))


def _block(channels_in: int, channels_out: int) -> nn.Module:
    convolution = nn.Conv2d(channels_in, channels_out, 3, padding=1, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(channels_out), nn.ReLU())
