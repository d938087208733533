"""Writes metrics.md: every metric that any problem measures. `make docs` calls it, and the tests hold the page to it.

A definition has one place, the `Metric` of the code; how a metric is found has one place, the tables of measures.md.
The page puts both beside each other.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from omegaconf import OmegaConf

from genrf.accel.problem import METRICS
from genrf.api import parts
from genrf.core.spec import Metric
from genrf.pipeline.config import folder

DOCS = Path(__file__).parent
PAGE, MEASURES = DOCS / "metrics.md", DOCS / "measures.md"
HEAD = """# Metrics

What can be asked of each kind of circuit, as `spec.goals.<metric>` or in a spec, and what the number says. Values are
in SI units unless the unit says otherwise. Where a metric is the highest or the lowest in a band, its limit holds in
all of the band. [Measures](measures.md) says what each is held against, and explains the methods.

A [netlist of your own](own_netlist.md) has the metrics of its `bench` and those that its `meas` defines.

(The program writes this page: `make docs`.)
"""
TITLES = {"sizing": "Amplifiers", "op_amp": "Operational amplifiers", "codesign": "Accelerators"}
MORE = {"codesign": "accelerators", "filter": "filters", "receiver": "receivers", "reference": "references"}
_CONTEXT = {  # how a paragraph begins below which tables are those of a kind
    "An operational amplifier": "op_amp",
    "Filters": "filter",
    "References": "reference",
    "Oscillators": "oscillator",
    "Accelerators": "codesign",
}
_LIKE = {"receiver": "mixer"}  # measured in the same way


@dataclass(frozen=True)
class Entry:
    """A row of a table of measures.md: which metrics of which kind of circuit, `""` for all, and how they are found."""

    names: frozenset[str]
    kind: str
    how: str


def problems() -> dict[str, tuple[list[str], dict[str, Metric]]]:
    """By kind of problem: the specs that choose it, and all that it measures in the search and for the front."""
    found: dict[str, tuple[list[str], dict[str, Metric]]] = {}
    for path in sorted((folder() / "spec").glob("*.yaml")):
        chosen = [entry for entry in OmegaConf.load(path).defaults if not isinstance(entry, str)]
        kind = next(str(entry["override /problem"]) for entry in chosen if "override /problem" in entry)
        specs, metrics = found.setdefault(kind, ([], {}))
        specs.append(path.stem)
        metrics.update(measured(path.stem))
    return found


def measured(spec: str) -> Mapping[str, Metric]:
    """All that the problem of a spec measures."""
    made = parts(f"spec={spec}")
    kind = made.make_problem.keywords.get("kind")  # type: ignore[attr-defined]  # a partial, as conf/problem says
    if kind is None:
        return METRICS
    bench = kind.read(made.spec.conditions, spec)
    return {**bench.metrics, **bench.strict().metrics}


def entries(text: str) -> Iterator[Entry]:
    """The rows of the tables of measures.md."""
    context, paragraph = "", ""
    for line in text.splitlines():
        if not line.startswith("|"):
            paragraph = line and (paragraph or line)
            context = next((kind for start, kind in _CONTEXT.items() if paragraph.startswith(start)), context)
            continue
        first, how, *_ = (cell.strip() for cell in line.strip("|").split(" | "))
        names = frozenset(name for code in re.findall(r"`([^`]+)`", first) for name in code.split())
        own = re.search(r"of an? (power amplifier|mixer|differential amplifier)", first)
        if names:
            how = f"{how} (search)" if "in a search" in first else f"{how} (front)" if "of the front" in first else how
            yield Entry(names, own[1].replace(" ", "_") if own else context, how)


def how_found(metric: str, kind: str, known: list[Entry]) -> str:
    """How measures.md says that a metric of this kind of circuit is found."""
    kinds = (kind, _LIKE.get(kind, kind))
    own = [entry.how for entry in known if metric in entry.names and entry.kind in kinds]
    common = [entry.how for entry in known if metric in entry.names and not entry.kind]
    return "; ".join(own or common)


def page() -> str:
    """The whole page."""
    known = list(entries(MEASURES.read_text(encoding="utf-8")))
    text = [HEAD]
    for kind, (specs, metrics) in sorted(problems().items(), key=lambda item: title(item[0])):
        text += [
            f"## {title(kind)}\n",
            f"Specs to begin from: {', '.join(f'`{spec}`' for spec in specs)}.{more(kind)}\n",
        ]
        text += ["| metric | unit | what it is | how it is found |", "| --- | --- | --- | --- |"]
        text += [
            f"| `{name}` | {one.unit} | {_cell(one.description)} | {how_found(name, kind, known)} |"
            for name, one in metrics.items()
        ]
        text.append("")
    return "\n".join(text)


def title(kind: str) -> str:
    """What a kind of problem is called on the page."""
    return TITLES.get(kind, f"{kind.replace('_', ' ').capitalize()}s")


def more(kind: str) -> str:
    """Where more is said of a kind of circuit, if it has a page of its own."""
    return f" More: [{MORE[kind]}]({MORE[kind]}.md)." if kind in MORE else ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
