"""Cadence Spectre where it is installed: netlists in its language, results in PSF ASCII or as nutmeg raw files."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from genrf.circuits.simulate import psf, rawfile
from genrf.circuits.simulate.engine import NoConvergence, SPICEEngine, whole
from genrf.circuits.simulate.process import last_words, run
from genrf.circuits.simulate.spectre_netlist import netlist
from genrf.circuits.testbench import Analysis, Noise, Sp, Testbench, Waveforms
from genrf.core.errors import ConfigError, GenrfError, ToolNotFound
from genrf.core.tools import Tool

SPECTRE = Tool("spectre", package="a licence of Cadence Spectre", variable="GENRF_SPECTRE", version_arguments=("-W",))
_FORMATS = ("psfascii", "nutbin", "nutascii")


@dataclass(frozen=True)
class SpectreEngine(SPICEEngine):
    """Spectre as a process per bench, at most `seconds` long; `format` is what it writes its results in.

    Raises ConfigError for a format that genrf does not read.
    """

    seconds: float
    format: str

    def __post_init__(self) -> None:
        if self.format not in _FORMATS:
            raise ConfigError(f"sim=spectre: format must be one of {', '.join(_FORMATS)}, got {self.format!r}")

    def require(self) -> None:
        try:
            SPECTRE.path()
        except ToolNotFound as error:
            raise ToolNotFound(
                "spectre is not on PATH; source the set-up of your Cadence installation, "
                "set GENRF_SPECTRE=/path/to/spectre, or use sim=ngspice"
            ) from error

    def version(self) -> str:
        return f"spectre {SPECTRE.version()}"

    def simulate(self, testbench: Testbench) -> Waveforms:
        # S-parameters want ports, all else wants none: two input files where both are asked for
        sp = {name: analysis for name, analysis in testbench.analyses.items() if isinstance(analysis, Sp)}
        others = {name: analysis for name, analysis in testbench.analyses.items() if name not in sp}
        found = {name: wave for part in (sp, others) if part for name, wave in self._part(testbench, part).items()}
        return {name: found[name] for name in testbench.analyses}

    def _part(self, testbench: Testbench, analyses: Mapping[str, Analysis]) -> Waveforms:
        with tempfile.TemporaryDirectory(prefix="genrf_") as place:
            folder = Path(place)
            (folder / "input.scs").write_text(netlist(testbench, analyses))
            return self.run(folder, analyses)

    def run(self, folder: Path, analyses: Mapping[str, Analysis]) -> Waveforms:
        """The results of the analyses `a_<name>` of `input.scs` in a folder."""
        command = (SPECTRE.path(), "-format", self.format, "-raw", "results", "input.scs")
        printed = run(command, folder, self.seconds, {})
        raw = folder / "results"  # a folder of PSF files, or one nutmeg file
        results = [raw] if raw.is_file() else [path for path in sorted(raw.glob("*")) if path.is_file()]
        return {name: self._read(results, name, analysis, printed) for name, analysis in analyses.items()}

    def _read(self, results: list[Path], name: str, analysis: Analysis, printed: str) -> dict[str, np.ndarray]:
        signals = self._signals(results, f"a_{name}")
        found = {vector: _named(signals, vector, analysis) for vector in analysis.vectors}
        kept = whole(analysis, found)
        if kept is None:
            raise NoConvergence(f"{analysis.plot}: {last_words(printed)}")
        return kept

    def _signals(self, results: list[Path], name: str) -> dict[str, np.ndarray]:
        """The signals of one analysis; none when it left no whole result."""
        try:
            if self.format == "psfascii":
                return psf.read(next(path for path in results if path.name.startswith(f"{name}.")))
            plots = (plot for path in results for plot in rawfile.read(path))
            return next(plot.vectors for plot in plots if f"`{name}'" in plot.name or name in plot.name.split())
        except (StopIteration, GenrfError):
            return {}


def _named(signals: Mapping[str, np.ndarray], vector: str, analysis: Analysis) -> np.ndarray | None:
    """A vector of ngspice's under Spectre's name for it."""
    if vector.endswith("#branch"):
        return signals.get(f"{vector.removesuffix('#branch')}:p")
    if isinstance(analysis, Noise):
        return signals.get("out" if vector.startswith("o") else "in")  # V/sqrt(Hz), at the output or the source
    if isinstance(analysis, Sp):
        return signals.get(vector.replace("_", "").lower())  # S_2_1 is s21
    return signals.get(vector)
