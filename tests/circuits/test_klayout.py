"""What genrf writes for KLayout, opened by KLayout itself without a window."""

import json
import os
import shutil
import subprocess
from collections import Counter

import pytest

from genrf.circuits.export.gds import Gds
from genrf.circuits.export.layout_hints import LayoutHints
from tests.circuits.kinds import problem as kind
from tests.circuits.test_netlists import made_in, unmeasured

KLAYOUT = shutil.which("klayout")
pytestmark = pytest.mark.skipif(KLAYOUT is None, reason="klayout is not on PATH; apt install klayout")
_ITEMS = """
import json, pya
base = pya.LayoutView.current().rdb(0)
path = {one.rdb_id(): one.path().strip("'") for one in base.each_category()}
print(json.dumps([[path[one.category_id()], value.string()] for one in base.each_item() for value in one.each_value()]))
"""
_AREAS = """
import json, pya
layout = pya.Layout()
layout.read(PATH)
names = {index: layout.get_info(index) for index in layout.layer_indexes()}
flat = lambda cell, index: pya.Region(cell.begin_shapes_rec(index)).merged().area() * layout.dbu ** 2
of = lambda cell: {f"{one.layer}/{one.datatype}": flat(cell, index) for index, one in names.items()}
print(json.dumps({cell.name: of(cell) for cell in layout.top_cells()}))
"""


def said(tmp_path, text, *macros):
    """What a script prints as JSON, run in KLayout behind `macros`."""
    script = tmp_path / "script.py"
    script.write_text(text)
    done = subprocess.run(
        [KLAYOUT, "-z", "-nc", *(word for path in macros for word in ("-rm", path)), "-r", script],
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen", "HOME": str(tmp_path), "LC_ALL": "C.UTF-8"},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.ngspice
def test_the_macro_lists_every_hint_in_the_marker_browser(tmp_path):
    hints, macro = LayoutHints().export(unmeasured(kind("vco_5ghz", "vco_cross_coupled")), tmp_path)
    found = said(tmp_path, _ITEMS, macro)
    read = json.loads(hints.read_text())
    counts = {name.replace("_", " "): len(read[name]) for name in ("matching", "symmetry", "guard_rings", "nets")}
    assert Counter(category for category, _ in found) == counts
    assert ["matching", "pair: m1, m2"] in found and ["symmetry", "m1 and m2"] in found


@pytest.mark.parametrize("process", ["generic130", "sky130", "gf180mcu", "ihp_sg13g2"])
def test_coils_and_plates_have_the_areas_that_gdstk_reads(process, tmp_path):
    gdstk = pytest.importorskip("gdstk", reason="gdstk writes layouts; pip install 'genrf[layout]'")
    circuit = "lna_cascode_hbt" if process == "ihp_sg13g2" else "lna_cascode"
    (path, *_) = Gds().export(made_in(process, circuit), tmp_path)
    found = said(tmp_path, _AREAS.replace("PATH", repr(str(path))))
    for cell in gdstk.read_gds(path).top_level():
        flat, areas = cell.flatten().get_polygons(), Counter()
        for layer in {(one.layer, one.datatype) for one in flat}:
            same = [one for one in flat if (one.layer, one.datatype) == layer]
            areas["{}/{}".format(*layer)] = sum(one.area() for one in gdstk.boolean(same, [], "or"))
        assert {layer: area for layer, area in found[cell.name].items() if area} == pytest.approx(areas, rel=1e-3)
    assert found
