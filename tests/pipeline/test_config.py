"""Each option of each group builds; the folders are the list."""

import subprocess
import sys

import numpy as np
import pytest

from genrf.api import CircuitDiffuser, parts
from genrf.circuits.problem import SizingProblem
from genrf.core.errors import ConfigError
from genrf.core.optimizer import AbstractOptimizer
from genrf.core.problem import AbstractExporter, AbstractGenerator, AbstractProblem
from genrf.pipeline.config import folder
from genrf.pipeline.run import problems_of

INTERFACES = {"optimizer": AbstractOptimizer, "model": AbstractGenerator, "exporter": AbstractExporter}


def options():
    return [
        (path.parent.name, path.stem)
        for path in sorted(folder().glob("*/*.yaml"))
        if path.parent.name not in ("hydra",)
    ]


@pytest.mark.parametrize(("group", "option"), options())
def test_every_option_builds(group, option):
    made = parts(f"{group}={[option] if group == 'exporter' else option}".replace("'", ""))
    built = {"optimizer": made.optimizer, "model": made.generator, "exporter": made.exporters.get(option)}
    if group in INTERFACES:
        assert isinstance(built[group], INTERFACES[group])


def test_what_the_user_types_wins_over_what_the_spec_chooses():
    assert parts("spec=lna_2p4ghz", "problem=sizing", "optimizer=random").optimizer.batch == 64


@pytest.mark.parametrize(("tech", "volts"), [("generic130", 0.6), ("sky130", 0.9), ("gf180mcu", 1.65)])
def test_levels_of_a_spec_are_shares_of_the_supply_of_the_process(tech, volts):
    assert parts("spec=ota_two_stage", f"tech={tech}").spec.conditions["common_mode"] == volts
    assert parts("spec=bandgap", f"tech={tech}").spec.goals["minimum_supply_v"].maximum == pytest.approx(1.8 * volts)


def test_a_level_in_volts_and_another_supply_win_over_the_spec():
    given = parts("spec=ota_two_stage", "spec.conditions.common_mode=700m").spec.conditions
    assert given["common_mode"] == "700m"
    assert parts("spec=ota_two_stage", "tech.supply=1.5").spec.conditions["common_mode"] == 0.75


def test_what_is_no_share_of_a_supply_is_named():
    with pytest.raises(Exception, match=r"\$\{supply:half\}: 'half' is no share of a supply, write 1/2 or 0.9"):
        parts("spec=ota_two_stage", "spec.conditions.common_mode='${supply:half}'")
    with pytest.raises(Exception, match=r"\$\{supply:0.5\} needs a process with a supply"):
        parts("spec=digits_cnn", "+spec.conditions.level='${supply:0.5}'")


def test_the_same_config_has_the_same_hash_and_workers_do_not_matter():
    hashes = [parts(*o).settings.config_hash for o in ([], ["workers=1"], ["seed=2"], ["spec.goals.nf_db.max=2"])]
    assert hashes[0] == hashes[1] and len(set(hashes)) == 3


def test_the_api_names_what_an_unknown_spec_could_have_been():
    with pytest.raises(Exception, match="lna_2p4gz"):
        CircuitDiffuser().generate("lna_2p4gz")


def test_public_names_are_the_real_classes():
    import genrf

    for name in genrf.__all__:
        assert getattr(genrf, name).__name__ == name
    with pytest.raises(AttributeError, match="module 'genrf' has no attribute 'CircuitDifuser'"):
        genrf.CircuitDifuser  # noqa: B018


def test_an_exporter_that_was_not_chosen_is_named(tmp_path):
    from genrf.api import GeneratedCircuit

    with pytest.raises(ConfigError, match="made without the exporter 'spice'; it has touchstone"):
        GeneratedCircuit(None, None, {"touchstone": None}).export_spice(tmp_path)


class Writes:
    def __init__(self, name):
        self.name = name

    def export(self, design, folder):
        return [folder / f"{design}.{self.name}"]


METHODS = (  # names that stay: scripts of users call them
    "ads", "gds", "hspice", "layout_hints", "ocean", "schematic", "skill", "spectre", "spice", "touchstone",
    "touchstone2", "verilog_a", "xschem",
)  # fmt: skip


def test_a_circuit_has_a_method_for_each_name_that_stays(tmp_path):
    from genrf.api import GeneratedCircuit

    circuit = GeneratedCircuit("lna", None, {name: Writes(name) for name in METHODS})
    assert {name for name in dir(circuit) if name.startswith("export_")} == {f"export_{name}" for name in METHODS}
    for name in METHODS:
        method = getattr(circuit, f"export_{name}")
        assert method(tmp_path / "made") == [tmp_path / "made" / f"lna.{name}"]
        assert method.__name__ == f"export_{name}" and method.__doc__.startswith("Write ")


@pytest.mark.parametrize("name", [*(option for group, option in options() if group == "exporter"), "of_ones_own"])
def test_any_exporter_of_a_run_can_be_called_by_its_name(name, tmp_path):
    from genrf.api import DesignedAccelerator, GeneratedCircuit

    for kind in (GeneratedCircuit, DesignedAccelerator):
        made = kind("x", None, {name: Writes(name)})
        assert made.export(name, tmp_path / "made") == [tmp_path / "made" / f"x.{name}"]
        with pytest.raises(ConfigError, match=f"made without the exporter 'absent'; it has {name}"):
            made.export("absent", tmp_path)


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("~tech.supply", "problem.make.technology: the entry 'supply' is missing; a TechnologyFile wants it"),
        ("~tech.devices.mim.density", r"devices\.mim: the entry 'density' is missing; a MimCapacitor wants it"),
        ("+tech.devices.mim.foo=1", r"devices\.mim: a MimCapacitor has no entry 'foo'"),
        ("tech.models_from.file=mine.lib", "models: no file .*mine.lib; give the absolute path of your model cards"),
        ("memory_limit=1M", "memory_limit must be at least 100M bytes"),
        ("robust=all", "robust must be corners, yield or null, got 'all'"),
    ],
)
def test_an_entry_that_is_missing_or_unknown_is_named(override, message):
    with pytest.raises(ConfigError, match=message):
        problems_of(parts(override), np.random.default_rng(0))


@pytest.mark.parametrize("name", [option for group, option in options() if group == "exporter"])
def test_an_exporter_says_before_the_search_what_it_cannot_write(name):
    """An amplifier of the library is not what exporters of accelerators and of one's own netlists are for."""
    exporter = parts(f"exporter=[{name}]").exporters[name]
    assert AbstractProblem not in exporter.writes
    if SizingProblem not in exporter.writes:
        said = f"exporter={name} writes .*, and this run has circuits of the library or the grammar"
        with pytest.raises(ConfigError, match=said):
            problems_of(parts(f"exporter=[{name}]"), np.random.default_rng(0))


def test_a_process_of_ones_own_is_one_yaml_file(tmp_path):
    """Beside genrf's own options: `python -m genrf --config-dir=<folder> tech=mine`."""
    (tmp_path / "conf" / "tech").mkdir(parents=True)
    (tmp_path / "conf" / "tech" / "mine.yaml").write_text("defaults: [generic130]\nname: mine\nsupply: 1.3\n")
    command = [sys.executable, "-m", "genrf", f"--config-dir={tmp_path / 'conf'}", "tech=mine", "task=doctor"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "the chosen run can work: lna_2p4ghz on mine" in done.stdout
