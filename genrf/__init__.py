"""genrf: from a specification to a verified design.

The names below are imported when they are first used, so that `import genrf` costs nothing.
"""

from importlib import import_module
from typing import Any

_PUBLIC = {
    "CircuitDiffuser": "genrf.api",
    "GeneratedCircuit": "genrf.api",
    "DesignSpec": "genrf.core.spec",
    "ObjectiveFunction": "genrf.core.formula",
    "ConstraintHandler": "genrf.core.constraints",
    "DiffusionOptimizer": "genrf.circuits.generate.diffusion",
    "BayesianOptimizer": "genrf.optimize.bayesian",
    "CycleGANGenerator": "genrf.circuits.generate.cyclegan",
    "MonteCarloAnalysis": "genrf.pipeline.montecarlo",
    "CircuitValidator": "genrf.circuits.validator",
    "TechnologyFile": "genrf.circuits.technology",
    "ModelLibrary": "genrf.circuits.models",
    "SPICEEngine": "genrf.circuits.simulate.engine",
    "NgSpiceEngine": "genrf.circuits.simulate.ngspice",
    "NgSpiceBatchEngine": "genrf.circuits.simulate.ngspice_batch",
    "SpectreEngine": "genrf.circuits.simulate.spectre",
    "AcceleratorDesigner": "genrf.api",
    "AcceleratorConfig": "genrf.accel.architecture",
    "ModelProfile": "genrf.accel.workload",
    "ModelOptimizer": "genrf.accel.optimizer",
    "PerformanceEstimator": "genrf.accel.simulate.estimator",
    "DesignSpaceExplorer": "genrf.accel.explorer",
    "RTLGenerator": "genrf.accel.export.verilog",
}
__all__ = list(_PUBLIC)


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'genrf' has no attribute {name!r}; it has {', '.join(_PUBLIC)}")
    return getattr(import_module(_PUBLIC[name]), name)
