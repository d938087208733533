"""`task=train`: what `model` names is trained, each kind of model in its own way."""

from collections.abc import Callable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar

from genrf.core.errors import ConfigError, choices

T = TypeVar("T")


def train(made: Any, folder: Path, how: Callable[..., None] | None = None, **settings: Any) -> None:
    """Train into `folder` as `how` does with `settings`. Raises ConfigError for a model that does not learn."""
    if how is None:
        raise ConfigError("task=train: this model learns nothing; choose model=diffusion or model=cyclegan")
    how(made, folder, **settings)


def settings_of(kind: type[T], given: Mapping[str, Any], owner: str) -> T:
    """The settings `kind`, a dataclass, as `given` under `owner`. Raises ConfigError for one that it does not have."""
    known = [field.name for field in fields(kind)]  # type: ignore[arg-type]
    for name in given:
        if name not in known:
            raise ConfigError(f"{owner}: this model has no {name!r}; {choices(name, known)}")
    return kind(**given)
