"""Real data that ships with scikit-learn: to train on, and to measure accuracy on. Nothing is downloaded."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Split:
    """Inputs [sample, channel, row, column] with their labels."""

    images: np.ndarray
    labels: np.ndarray

    def __len__(self) -> int:
        return len(self.labels)


class AbstractData(ABC):
    """A labelled data set."""

    @abstractmethod
    def load(self) -> tuple[Split, Split]:
        """What to train on, and what to test on: never the same sample in both."""


@dataclass(frozen=True)
class Digits(AbstractData):
    """1,797 handwritten digits of 8 by 8 pixels in 16 shades (Alpaydin and Kaynak, UCI, 1998), each fourth a test."""

    def load(self) -> tuple[Split, Split]:
        from sklearn.datasets import load_digits

        images, labels = load_digits(return_X_y=True)
        return _split((images / 16.0).reshape(-1, 1, 8, 8), labels)


@dataclass(frozen=True)
class BreastCancer(AbstractData):
    """569 fine-needle aspirates with 30 measures of their cell nuclei (Wolberg, Street, Mangasarian, UCI, 1995).

    Each measure is standardised by the samples to train on; every fourth sample is a test.
    """

    def load(self) -> tuple[Split, Split]:
        from sklearn.datasets import load_breast_cancer

        measures, labels = load_breast_cancer(return_X_y=True)
        train, test = _split(measures.reshape(len(measures), -1, 1, 1), labels)
        mean, spread = train.images.mean(axis=0), train.images.std(axis=0)
        return Split((train.images - mean) / spread, train.labels), Split((test.images - mean) / spread, test.labels)


def _split(images: np.ndarray, labels: np.ndarray) -> tuple[Split, Split]:
    test = np.arange(len(labels)) % 4 == 3
    return Split(images[~test], labels[~test]), Split(images[test], labels[test])
