"""Power from cells, their energies and their activity, by hand and against the foundry's file."""

import os
from pathlib import Path

import pytest

from genrf.accel.export.power import CellEnergy, cell_energies, count_changes, estimate

LIBERTY = Path(os.environ.get("GENRF_LIBERTY", "../shared/liberty")) / "sg13g2_stdcell_typ_1p20V_25C.lib"
SMALL = """library (small) {
  leakage_power_unit : "1nW";
  cell (inv) {
    cell_leakage_power : 2.0;
    pin (A) { direction : "input"; capacitance : 0.002; }
    pin (Y) { direction : "output";
      internal_power () { rise_power (t) { values ("0.1, 0.3", "0.5, 0.7"); } fall_power (t) { values ("0.2, 0.2"); } }
    }
  }
  cell (dff) {
    pin (CLK) { clock : true; direction : "input"; capacitance : 0.001;
      internal_power () { rise_power (t) { values ("0.05"); } fall_power (t) { values ("0.03"); } } }
    pin (Q) { direction : "output"; internal_power () { rise_power (t) { values ("0.4"); } } }
  }
}
"""
VCD = """$timescale 1ps $end
$scope module array $end
$var wire 1 ! clk $end
$var reg 4 # held $end
$var wire 4 $ passing $end
$upscope $end
$enddefinitions $end
#0
0!
bxxxx #
#5
1!
b0101 #
b0000 $
#10
0!
#15
1!
b0110 #
b1111 $
#20
0!
#25
1!
b1001 #
"""


def test_a_liberty_file_by_hand():
    """Picojoule: capacitance in picofarad times volt squared. The mean of the two tables of `inv` is 0.3."""
    found = cell_energies(SMALL)
    assert found["inv"] == CellEnergy(pytest.approx(0.3e-12), 0.0, pytest.approx(0.002e-12), pytest.approx(2e-9))
    assert found["dff"] == CellEnergy(pytest.approx(0.4e-12), pytest.approx(0.08e-12), pytest.approx(0.001e-12), 0.0)


def test_power_is_energy_times_changes_times_clock():
    energies = {"inv": CellEnergy(1e-12, 0.0, 2e-15, 1e-9), "dff": CellEnergy(3e-12, 2e-12, 1e-15, 0.0)}
    power = estimate({"inv": 10, "dff": 4, "unknown": 7}, energies, 0.25, 1e8, 1.0)
    assert power.switching == pytest.approx((10 * (1e-12 + 1e-15) + 4 * (3e-12 + 0.5e-15)) * 0.25 * 1e8)
    assert power.clock == pytest.approx(4 * 2e-12 * 1e8) and power.leakage == pytest.approx(10e-9)
    assert power.total == pytest.approx(power.switching + power.clock + power.leakage)


def test_changes_are_those_of_registers_that_were_known(tmp_path):
    """0101 to 0110 changes two bits, 0110 to 1001 four; the wire and the first value do not count."""
    (tmp_path / "a.vcd").write_text(VCD)
    assert count_changes(tmp_path / "a.vcd") == (6, 4, 3)


@pytest.mark.skipif(not LIBERTY.is_file(), reason=f"no {LIBERTY}; set GENRF_LIBERTY")
def test_the_foundrys_cells_have_energies_of_the_right_size():
    """A gate of 130 nm at 1.2 V switches a few femtofarad: femtojoules; a flip-flop's clock takes ten times that."""
    found = cell_energies(LIBERTY.read_text())
    gate, register = found["sg13g2_nand2_1"], found["sg13g2_dfrbpq_1"]
    assert 1e-15 < gate.change < 20e-15 and 1e-15 < gate.inputs < 20e-15 and gate.clock == 0.0
    assert 5e-15 < register.clock < 200e-15
