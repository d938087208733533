"""Known topologies: the modules of `genrf.circuits.library`, whose folder is the list."""

import importlib
import pkgutil
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from genrf.circuits import library
from genrf.circuits.topology import Topology
from genrf.core.errors import ConfigError, choices
from genrf.core.problem import AbstractGenerator
from genrf.core.spec import DesignSpec


@dataclass(frozen=True)
class Catalog(AbstractGenerator):
    """Offers the library's circuits of the family that the spec asks for; `only` names some of them."""

    only: Sequence[str] | None = None

    def generate(self, spec: DesignSpec, count: int, rng: np.random.Generator) -> list[Topology]:
        known = {topology.name: topology for topology in map(_load, _modules())}
        family = spec.conditions.get("family")
        fitting = [name for name, topology in known.items() if topology.family == family]
        if not fitting:
            families = {topology.family for topology in known.values()}
            raise ConfigError(f"spec {spec.name!r}: no circuit of family {family!r}; {choices(str(family), families)}")
        for name in self.only or ():
            if name not in fitting:
                raise ConfigError(f"model: no {family} called {name!r}; {choices(name, fitting)}")
        return [known[name] for name in (self.only or fitting)][:count]


def _modules() -> list[str]:
    return sorted(module.name for module in pkgutil.iter_modules(library.__path__))


def _load(module: str) -> Topology:
    found = importlib.import_module(f"{library.__name__}.{module}").topology()
    assert isinstance(found, Topology)
    return found
