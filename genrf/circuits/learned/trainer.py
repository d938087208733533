"""`task=train`: what `model` names is trained, each kind of model in its own way."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from genrf.core.errors import ConfigError


def train(made: Any, folder: Path, how: Callable[..., None] | None = None, **settings: Any) -> None:
    """Train into `folder` as `how` does with `settings`. Raises ConfigError for a model that does not learn."""
    if how is None:
        raise ConfigError("task=train: this model learns nothing; choose model=diffusion or model=cyclegan")
    how(made, folder, **settings)
