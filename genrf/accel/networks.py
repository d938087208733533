"""Published networks in plain PyTorch, with random weights: what accelerators are compared on."""

import torch
from torch import nn


def resnet18(classes: int = 1000) -> nn.Module:
    """ResNet-18 for 224 by 224 images (He et al. 2016, arXiv:1512.03385): 11.69 million parameters, 1.81 G MACs."""
    stages = [_stage(*widths) for widths in ((64, 64, 1), (64, 128, 2), (128, 256, 2), (256, 512, 2))]
    stem = [*_convolution(3, 64, 7, 2), nn.ReLU(), nn.MaxPool2d(3, 2, 1)]
    return nn.Sequential(*stem, *stages, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, classes))


def mobilenet_v2(classes: int = 1000) -> nn.Module:
    """MobileNetV2 for 224 by 224 images (Sandler et al. 2018, arXiv:1801.04381, table 2): 3.50 million parameters."""
    layers, channels = [*_convolution(3, 32, 3, 2), nn.ReLU6()], 32
    for expansion, width, count, stride in _MOBILE:
        for block in range(count):
            layers.append(_Inverted(channels, width, stride if block == 0 else 1, expansion))
            channels = width
    layers += [*_convolution(320, 1280, 1, 1), nn.ReLU6(), nn.AdaptiveAvgPool2d(1), nn.Flatten()]
    return nn.Sequential(*layers, nn.Dropout(0.2), nn.Linear(1280, classes))


_MOBILE = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1))


class _Basic(nn.Module):
    """Two convolutions beside a path around them, which is a convolution where the shape changes."""

    def __init__(self, channels_in: int, channels: int, stride: int) -> None:
        super().__init__()
        self.first = nn.Sequential(*_convolution(channels_in, channels, 3, stride), nn.ReLU())
        self.second = nn.Sequential(*_convolution(channels, channels, 3, 1))
        same = channels_in == channels and stride == 1
        self.around = nn.Identity() if same else nn.Sequential(*_convolution(channels_in, channels, 1, stride))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.relu(self.second(self.first(x)) + self.around(x))


class _Inverted(nn.Module):
    """A wide depthwise convolution between two narrow ones, with a path around where the shape stays."""

    def __init__(self, channels_in: int, channels: int, stride: int, expansion: int) -> None:
        super().__init__()
        wide = channels_in * expansion
        widen = [] if expansion == 1 else [*_convolution(channels_in, wide, 1, 1), nn.ReLU6()]
        depthwise = [*_convolution(wide, wide, 3, stride, groups=wide), nn.ReLU6()]
        self.body = nn.Sequential(*widen, *depthwise, *_convolution(wide, channels, 1, 1))
        self.around = stride == 1 and channels_in == channels

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.body(x) if self.around else self.body(x)


def _stage(channels_in: int, channels: int, stride: int) -> nn.Module:
    return nn.Sequential(_Basic(channels_in, channels, stride), _Basic(channels, channels, 1))


def _convolution(channels_in: int, channels: int, filters: int, stride: int, groups: int = 1) -> list[nn.Module]:
    padding = filters // 2
    convolution = nn.Conv2d(channels_in, channels, filters, stride, padding, groups=groups, bias=False)
    return [convolution, nn.BatchNorm2d(channels)]
