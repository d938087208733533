"""The page as a reader meets it: in Chromium, by mouse and by keyboard, on a desk and on a phone."""

import base64
import importlib.util
import re
import shutil
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.image import imread

from genrf.accel.panels import panels as layered
from genrf.accel.simulate.cost import PARTS
from genrf.api import parts
from genrf.core.problem import Design, Panel
from genrf.core.results import Results, Row
from genrf.core.spec import Metric
from genrf.core.workers import Inline
from genrf.core.yields import Dies
from genrf.pipeline.montecarlo import MonteCarloAnalysis
from genrf.pipeline.outcome import Outcome
from genrf.pipeline.paid import Paid
from genrf.pipeline.report import write_report
from genrf.pipeline.run import design
from genrf.pipeline.sensitivity import sensitivities
from genrf.pipeline.sketches import extras, sketches
from tests.analytic import FormulaProblem
from tests.circuits.process import problem
from tests.circuits.test_export import VALUES
from tests.docs.pages import ROOT
from tests.pipeline.browser import CHROMIUM, Browser
from tests.pipeline.test_stages import SPEC, Hopeless, made

pytestmark = pytest.mark.skipif(not CHROMIUM, reason="chromium is not installed (apt install chromium)")

SHOWN = "document.querySelector('#which').textContent"
OPEN = "document.querySelectorAll('article:not([hidden])')"
FOCUSED = "document.activeElement.dataset.id"


class Drawn(FormulaProblem):
    """One figure of each kind that a page knows."""

    def panels(self, designs):
        line = {"x": [1, 2, 3], "y": [1.0, None, 3.0], "legendgroup": designs[0].id, "name": "one &lt;b&gt;"}
        smith = {"type": "scattersmith", "mode": "lines", "real": [0.0, 1.0], "imag": [1.0, 0.0]}
        bar = {"type": "bar", "x": ["a", "b"], "y": [1.0, 2.0], "name": "bar"}
        return [
            Panel("line", {"data": [{"type": "scatter", "mode": "lines+markers", **line}], "layout": {}}),
            Panel("chart", {"data": [smith, {**smith, "subplot": "smith2"}], "layout": {}}),
            Panel("bars", {"data": [bar], "layout": {"height": 300}}),
            Panel.table("table", {"name": ["<b>"], "value": ["1"]}),
        ]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    found = design(made(problem=Drawn), tmp_path_factory.mktemp("run"))
    first = found.designs[0]
    metrics = [{**first.metrics, "f2": first.metrics["f2"] + die * 1e-9, "c": -0.1 * die} for die in range(30)]
    found.dies = {first.id: Dies(first.problem.spec, metrics, [{}] * 30)}
    found.sketched = found.sketched[:-1]
    write_report(found)
    return found


@pytest.fixture(scope="module")
def wordy(tmp_path_factory):
    return design(made(problem=Wordy), tmp_path_factory.mktemp("wordy"))


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    with Browser(tmp_path_factory.mktemp("profile")) as opened:
        yield opened


@pytest.fixture
def page(browser, run):
    browser.said.clear()
    browser.asked.clear()
    browser.window(1200)
    browser.open(run.folder / "report.html")
    yield browser
    assert browser.said == []


@pytest.fixture(scope="module")
def amplifiers(tmp_path_factory):
    """A page of three amplifiers, of which the first was chosen; the loads are 1 kohm, 800 ohm and 600 ohm."""
    sizing = problem("lna_cascode")
    sizes = [{**VALUES, "r_load": ohms} for ohms in (1e3, 800.0, 600.0)]
    spec, folder = sizing.spec, tmp_path_factory.mktemp("amplifiers")
    rows = tuple(
        Row.of(str(k), sizing.structure.name, "verify", values, sizing.measure(values), 0.1, spec)
        for k, values in enumerate(sizes)
    )
    chosen, *others = (Design(row.id, sizing, row.values, row.metrics) for row in rows)
    found = Outcome(folder, [sizing], Results(spec, rows), Results(spec, rows), [replace(chosen, rank=1)])
    paid = Paid([sizing], Inline([sizing]), rows)
    found.sketched, found.whole = extras(sketches(others, paid), paid)
    found.sensitivities = sensitivities(found.sketched, paid)
    found.fewer = MonteCarloAnalysis(dies=20, seed=1).among(found.sketched[:1], [sizing], paid.pool)
    write_report(found)
    return found


@pytest.fixture(scope="module")
def accelerator(tmp_path_factory):
    """A page of an accelerator whose RTL was simulated."""
    pytest.importorskip("torch", reason="torch is not installed; pip install genrf[accel]")
    if shutil.which("iverilog") is None:
        pytest.skip("iverilog is not on PATH; apt install iverilog")
    few = ("budget=12", "samples=8", "front=3", "designs=1", "workers=0", "spec.goals.accuracy.min=0.8")
    wanted = parts("spec=digits_cnn", *few, "exporter=[verilog,cocotb]", "exporter.cocotb.images=1")
    found = design(wanted, tmp_path_factory.mktemp("accelerator"))
    write_report(found)
    return found


@pytest.fixture(params=["run", pytest.param("amplifiers", marks=pytest.mark.ngspice), "accelerator"])
def any_run(request):
    """Of each half one, and the formula."""
    return request.getfixturevalue(request.param)


def opened(page, design):
    """Wait until the design's article is there."""
    there = f"document.querySelector(`article[data-id='{design.id}']`)"
    look = f"const look = (left) => {there} || !left ? done() : requestAnimationFrame(() => look(left - 1)); look(600);"
    page.js(f"new Promise(done => {{ {look} }})")
    assert page.js(f"[...{OPEN}].map(one => one.dataset.id)") == [design.id]


def test_a_click_on_a_point_shows_its_design(page, run):
    first, second = run.designs[:2]
    assert first.id in page.js(SHOWN)
    page.click(f".point[data-id='{second.id}']")
    assert second.id in page.js(SHOWN)
    assert page.js("[...document.querySelectorAll('article:not([hidden])')].map(one => one.dataset.id)") == [second.id]
    assert page.js("document.querySelector('.point[aria-selected=true]').dataset.id") == second.id


def test_a_design_that_was_not_written_out_has_its_own_figures(page, run):
    other = run.sketched[-1]
    page.js(f"document.querySelector(`.point[data-id='{other.id}']`).focus()")  # others may lie on top of it
    page.press("Enter")
    opened(page, other)
    assert page.js("document.querySelector('#bare').hidden") is True
    heads = page.js("[...document.querySelectorAll('article:not([hidden]) h3')].map(one => one.textContent)")
    assert heads == ["line", "chart", "bars", "table", "Corners", "Sensitivity"]
    assert page.js("document.querySelectorAll('article:not([hidden]) svg.chart').length") == 3
    page.click(f"button[data-id='{run.designs[0].id}']")
    assert page.js(f"[...{OPEN}].map(one => one.dataset.id)") == [run.designs[0].id]


def test_a_chosen_design_for_which_there_was_little_room_is_shown_too(page, run, tmp_path, monkeypatch):
    monkeypatch.setattr("genrf.pipeline.articles._OPEN", 1)
    page.open(write_report(replace(run, folder=tmp_path)))
    assert page.js("document.querySelectorAll('article').length") == 1
    for one in reversed(run.designs):
        page.click(f"button[data-id='{one.id}']")
        opened(page, one)
        assert page.js(f"{OPEN}[0].querySelectorAll('svg.chart').length") >= 3


@pytest.mark.ngspice
def test_an_amplifier_that_was_not_written_out_shows_its_own_circuit_and_curves(browser, amplifiers):
    browser.open(amplifiers.folder / "report.html")
    other = amplifiers.sketched[-1]
    browser.click(f".point[data-id='{other.id}']")
    opened(browser, other)
    texts = browser.js(
        "[...document.querySelectorAll('article:not([hidden]) .schematic text')].map(o => o.textContent)"
    )
    assert "600 Ω" in texts and not {"800 Ω", "1 kΩ"} & {*texts}
    own = "document.querySelector('article:not([hidden]) figure[aria-label=S-parameters]')"
    s21 = browser.js(f"JSON.parse({own}.querySelector('script').textContent).data[0]")
    edges = np.interp([2.4e9, 2.5e9], s21["x"], s21["y"])
    assert min(edges) == pytest.approx(other.metrics["gain_db"], abs=0.1)
    assert abs(other.metrics["gain_db"] - amplifiers.designs[0].metrics["gain_db"]) > 0.5, "another curve"
    assert browser.js(f"{own}.querySelectorAll('svg.chart path[style*=stroke-linejoin]').length") == 4
    heads = browser.js("[...document.querySelectorAll('article:not([hidden]) h3')].map(one => one.textContent)")
    smith = {"Input and output match", "Source match for noise and gain", "Stability circles"}
    assert {"Schematic", "Noise figure", *smith, "Operating points", "Sensitivity"} <= set(heads)
    for title in smith:
        chart = f"{OPEN}[0].querySelector('figure[aria-label=\"{title}\"] svg.chart')"
        assert browser.js(f"{chart}.querySelectorAll('circle.frame').length"), f"{title}: no Smith chart"
        assert browser.js(f"{chart}.querySelectorAll('path[style*=stroke-linejoin]').length"), f"{title}: no curve"
    assert any("ntercept" in head for head in heads) and "Yield" not in heads
    browser.click(f".point[data-id='{amplifiers.sketched[0].id}']")
    opened(browser, amplifiers.sketched[0])
    assert "20 dies keep every limit" in browser.js(f"{OPEN}[0].textContent")


def test_a_design_without_curves_shows_its_metrics_and_values(page, run):
    shown = {one.id for one in (*run.designs, *run.sketched)}
    other = next(row for row in run.front if row.parent not in shown)
    page.click(f".point[data-id='{other.parent}']")
    assert other.parent in page.js(SHOWN)
    assert page.js("document.querySelector('#lines td.n').textContent") == f"{other.metrics['f1']:.4g}"
    assert page.js("document.querySelector('#bare').hidden") is False
    assert page.js("document.querySelectorAll('article:not([hidden])').length") == 0


def test_the_axes_can_be_chosen(page, run):
    where = "document.querySelector('.point[aria-selected=true] path').getAttribute('transform')"
    before = page.js(where)
    page.js("(() => { const axis = document.querySelector('#x-axis'); axis.value = 1; "
            "axis.dispatchEvent(new Event('change')); })()")  # fmt: skip
    assert page.js(where) != before
    titles = page.js("[...document.querySelectorAll('#front .title')].map(one => one.textContent)")
    assert titles[0] == titles[1] == "f2, less is better"


def test_points_stand_where_their_metrics_say(page, run):
    """Three points of the front: what lies between their metrics lies in the same ratio between their pixels."""
    left = "one.querySelector('path').transform.baseVal[0].matrix.e"
    pixels = dict(page.js(f"[...document.querySelectorAll('.point')].map(one => [one.dataset.id, {left}])"))
    metrics = {row.parent: row.metrics["f1"] for row in run.front}
    a, b, c = sorted(metrics, key=metrics.get)[:: max(1, len(metrics) // 2 - 1)][:3]
    share = (metrics[b] - metrics[a]) / (metrics[c] - metrics[a])
    assert (pixels[b] - pixels[a]) / (pixels[c] - pixels[a]) == pytest.approx(share, abs=0.01)


def test_the_keyboard_reaches_and_shows_every_design(page, run):
    page.js("document.querySelector('#y-axis').focus()")
    page.press("Tab")
    assert page.js(FOCUSED) == run.designs[0].id, "the shown design is the one that Tab reaches"
    page.press("Home")
    order = sorted(run.front, key=lambda row: row.metrics["f1"])
    assert page.js(FOCUSED) == order[0].parent
    page.press("ArrowRight")
    assert page.js(FOCUSED) == order[1].parent and order[1].parent not in page.js(SHOWN)
    page.press("Enter")
    assert order[1].parent in page.js(SHOWN) and page.js(FOCUSED) == order[1].parent


def test_nothing_is_asked_for_outside_and_the_page_is_small(page, any_run):
    path = any_run.folder / "report.html"
    page.asked.clear()
    page.open(path)
    page.js("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    assert page.asked == [path.as_uri()]
    assert path.stat().st_size <= 5_000_000


@pytest.mark.parametrize("width", [390, 768, 1200])
def test_no_window_needs_horizontal_scrolling(page, any_run, width):
    page.window(width)
    page.open(any_run.folder / "report.html")
    page.js("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    assert page.js("document.documentElement.scrollWidth") <= width


def test_the_colours_follow_the_reader(page, any_run):
    """Ink on paper keeps the contrast of 7 to 1 that WCAG 2.2 calls enhanced, light and dark."""
    page.open(any_run.folder / "report.html")
    for dark in (False, True):
        page.window(1200, dark=dark)
        colour = "getComputedStyle(document.body).{}.match(/[\\d.]+/g).map(Number)"
        ink, paper = (page.js(colour.format(name)) for name in ("color", "backgroundColor"))
        assert contrast(ink, paper) > 7.0
        assert (sum(paper) < sum(ink)) == dark


@pytest.mark.ngspice
@pytest.mark.parametrize("dark", [False, True])
def test_a_schematic_is_drawn_on_the_paper_of_the_page(page, amplifiers, dark, tmp_path):
    """Where it draws nothing, its pixels are those beside it."""
    page.window(1200, dark=dark)
    page.open(amplifiers.folder / "report.html")
    sketch = "document.querySelector('article:not([hidden]) svg.schematic')"
    page.js(f"{sketch}.scrollIntoView()")
    left, top = page.js(f"(() => {{ const box = {sketch}.getBoundingClientRect(); return [box.x, box.y]; }})()")
    (tmp_path / "seen.png").write_bytes(base64.b64decode(page.call("Page.captureScreenshot")["data"]))
    seen = np.round(255 * imread(tmp_path / "seen.png")[:, :, :3]).astype(int)
    inside, beside = seen[int(top) + 3, int(left) + 3], seen[int(top) + 3, int(left) - 10]
    assert np.abs(inside - beside).max() <= 1
    assert np.abs(seen[int(top) :, int(left) : int(left) + 400] - beside).max() > 100, "something is drawn"


@pytest.mark.parametrize("width", [390, 1200])
def test_an_accelerator_shows_another_design_and_what_its_rtl_took(page, accelerator, width):
    page.window(width)
    page.open(accelerator.folder / "report.html")
    heads = page.js(f"[...{OPEN}[0].querySelectorAll('h3')].map(one => one.textContent)")
    assert {"Clock cycles of each layer", "Layers", "Roofline of design 1", "Verification of the RTL"} <= set(heads)
    rows = f"[...{OPEN}[0].querySelectorAll('figure[aria-label=\"Verification of the RTL\"] tbody tr')]"
    assert page.js(f"{rows}.length") > 2
    assert page.js(TOUCHING) == [], "names of layers have room"
    values = f"{OPEN}[0].querySelectorAll('figure[aria-label=Area] .value')"
    assert page.js(f"{values}.length") == len(PARTS), "a bar of nought has its number too"
    energies = f"{OPEN}[0].querySelectorAll('figure[aria-label=\"Energy of each layer\"] .value')"
    said = page.js(f"[...{energies}].map(one => one.textContent)")
    assert said and all(re.fullmatch(r"0|[\d.]+[pnum]", one) for one in said), "as the ticks beside them"
    layers = f"[...{OPEN}[0].querySelectorAll('figure[aria-label=Layers] tbody th')].map(one => one.textContent)"
    assert page.js(layers) == list(accelerator.problems[0].layers.names)
    other = page.js("document.querySelector('.point:not([aria-selected=true])').dataset.id")
    page.js(f"document.querySelector(`.point[data-id='{other}']`).focus()")
    page.press("Enter")
    assert other in page.js(SHOWN)
    there = next(row for row in accelerator.front if row.parent == other)
    values = page.js("document.querySelector('#values').textContent")
    assert f"rows {there.values['rows']:g}" in values


def contrast(one, other):
    """Ratio of luminances. Source: WCAG 2.2, relative luminance and contrast ratio."""
    linear = [
        [c / 255 / 12.92 if c / 255 <= 0.04045 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in rgb[:3]]
        for rgb in (one, other)
    ]
    low, high = sorted(0.2126 * r + 0.7152 * g + 0.0722 * b for r, g, b in linear)
    return (high + 0.05) / (low + 0.05)


def test_every_kind_of_figure_is_drawn(page, run):
    heads = page.js("[...document.querySelectorAll('article:not([hidden]) h3')].map(one => one.textContent)")
    assert heads[:4] == ["line", "chart", "bars", "table"]
    figures = "document.querySelectorAll('article:not([hidden]) figure')"
    assert page.js(f"{figures}[0].querySelector('.legend').textContent") == "one <b>"
    assert page.js(f"{figures}[1].querySelectorAll('circle.frame').length") == 2
    assert page.js(f"{figures}[2].querySelectorAll('rect[style*=fill]').length") == 2
    assert page.js(f"{figures}[3].querySelector('tbody th').textContent") == "<b>"


def test_dies_are_counted_bar_by_bar(page, run):
    """30 dies of `c` evenly from -2.9 to 0 fall into five bins of six each, and none is beyond the limit at 0."""
    last = "[...document.querySelectorAll('article:not([hidden]) figure')].at(-1)"
    bars = f"[...{last}.querySelectorAll('rect[style*=soft]')]"
    heights = page.js(f"{bars}.map(one => Number(one.getAttribute('height')))")
    assert len(heights) == 15 and heights[-5:] == pytest.approx([heights[-1]] * 5)


def test_the_smith_chart_maps_impedances(page, run):
    """z = j lies at the top of the circle, z = 1 at its centre: Gamma = (z - 1) / (z + 1)."""
    chart = "document.querySelectorAll('article:not([hidden]) figure')[1]"
    x, y, r = (float(page.js(f"{chart}.querySelector('circle.frame').getAttribute('{a}')")) for a in ("cx", "cy", "r"))
    path = page.js(f"{chart}.querySelector('path[style*=stroke-linejoin]').getAttribute('d')")
    (ax, ay), (bx, by) = (tuple(map(float, pair.split())) for pair in path[1:].split("L"))
    assert (ax, ay, bx, by) == pytest.approx((x, y - r, x, y), abs=0.2)


def test_a_printed_page_keeps_its_width(page, any_run):
    page.open(any_run.folder / "report.html")
    found = page.call("Page.printToPDF", printBackground=True)
    assert found["data"]
    page.window(703)  # A4 less Chromium's margins of 1 cm, at 96 dpi
    page.call("Emulation.setEmulatedMedia", media="print")
    right = "Math.max(...[...document.querySelectorAll('table, figure')].map(one => one.getBoundingClientRect().right))"
    assert 300 < page.js(right) <= 703, "a browser would shrink all of it"
    assert page.js("getComputedStyle(document.querySelector('.choices')).display") == "none"
    assert page.js("getComputedStyle(document.querySelector('#values')).display") != "none", "values are no choice"
    page.call("Emulation.setEmulatedMedia", media="")


def test_on_paper_folded_tables_are_open_and_a_heading_stays_with_its_figure(page, run):
    page.open(run.folder / "report.html")
    folded = "[...document.querySelectorAll('details')].map(one => [Boolean(one.querySelector('figure')), one.open])"
    page.js(f"addEventListener('beforeprint', () => {{ window.printed = {folded}; }})")
    before = page.js(folded)
    page.call("Page.printToPDF", printBackground=True)
    printed = page.js("window.printed")
    assert [False, False] in before and page.js(folded) == before
    assert all(opened != drawn for drawn, opened in printed) and len(printed) == len(before)
    page.call("Emulation.setEmulatedMedia", media="print")
    chain = """(() => { const found = [];
      let one = [...document.querySelectorAll('h2')].find(it => it.textContent === '%s');
      for (; one.localName !== 'figure'; one = one.nextElementSibling) found.push(getComputedStyle(one).breakAfter);
      return found; })()"""
    assert page.js(chain % "Convergence") == ["avoid", "avoid"], "the heading and the words below it"
    page.call("Emulation.setEmulatedMedia", media="")


def test_the_picture_of_the_readme_is_the_front_and_nothing_else(run, tmp_path):
    """Its frame is as wide as the picture, the chosen designs have their colours, and above it stand no words."""
    script = importlib.util.spec_from_file_location("front", ROOT / "scripts" / "front.py")
    front = importlib.util.module_from_spec(script)
    script.loader.exec_module(front)
    front.picture(run.folder / "report.html", tmp_path / "front.png")
    seen = np.round(255 * imread(tmp_path / "front.png")[:, :, :3]).astype(int)
    assert seen.shape[:2] == (570, 1060)
    dark = (seen.sum(axis=2) < 600).sum(axis=1)
    top = int(np.argmax(dark > 700))
    assert dark[top] > 700 and dark[:top].max() < 200, "the frame comes first, but for a legend"
    for colour in ("0b5fa5", "c8501e"):  # --c1 and --c2 of a light page
        wanted = [int(colour[place : place + 2], 16) for place in (0, 2, 4)]
        assert (np.abs(seen - wanted).max(axis=2) < 12).sum() > 40, f"no design in #{colour}"


def test_a_run_without_a_feasible_design_works_too(page, tmp_path):
    missed = design(made(problem=Hopeless), tmp_path)
    page.open(missed.folder / "report.html")
    assert page.js("document.querySelectorAll('.point').length") == 5
    assert page.js("document.querySelector('#lines td.missed').textContent")


class Wordy(FormulaProblem):
    """Values of units that take much room, and those of one objective far apart from nought."""

    @property
    def metrics(self):
        units = {"f1": "V/sqrt(Hz)", "f2": "dBc/Hz", "c": "Hz"}
        return {name: Metric(units[name], one.description) for name, one in super().metrics.items()}


WORK = """(() => { window.work = 0;
  const counted = (one) => function (...given) { window.work++; return one.apply(this, given); };
  for (const [type, names] of [
    [Document, ["querySelector", "querySelectorAll"]], [Node, ["compareDocumentPosition"]],
    [Element, ["querySelector", "querySelectorAll", "matches", "closest", "setAttribute", "removeAttribute"]],
  ]) for (const name of names) type.prototype[name] = counted(type.prototype[name]);
  for (const name of ["scrollWidth", "clientWidth"]) {
    const own = Object.getOwnPropertyDescriptor(Element.prototype, name);
    Object.defineProperty(Element.prototype, name, {...own, get: counted(own.get)});
  }
})()"""


@pytest.mark.parametrize("width", [390, 1200])
def test_a_click_takes_as_much_work_however_many_designs_were_visited(page, run, width):
    """Asked of the document: elements looked for, measured, compared, labelled."""
    page.window(width)
    page.open(run.folder / "report.html")
    first, second = (one.id for one in run.designs[:2])
    page.js(WORK)
    again = f"select({first!r}), select({second!r}), window.work = 0, select({first!r}), window.work"
    before = page.js(again)
    for other in run.sketched[:6]:
        page.js(f"select({other.id!r})")
        opened(page, other)
    assert before > 20 and page.js(again) == before
    assert page.js("document.querySelectorAll('article').length") == 1, "a browser walks through all that is there"


NAMES = ("phase_margin_deg", "noise_v_rthz", "startup_margin", "resonance_hz", "tuning_range", "common_mode_db")


class Demanding(FormulaProblem):
    """As many lines of the spec as an op-amp's or an oscillator's, and a table that ends in words."""

    @property
    def metrics(self):
        return {**super().metrics, **{name: Metric("Hz", f"what {name} says") for name in NAMES}}

    def measure(self, values, corner=""):
        found = super().measure(values, corner)
        return replace(found, metrics={**found.metrics, **{name: 1.234e-8 for name in NAMES}})

    def panels(self, designs):
        columns = {f"column {k}": ["12,345", "678"] for k in range(8)}
        return [
            Panel.table("Findings", {"name": ["m1", "m2"], **columns, "place": ["a unit of its own", "none of them"]})
        ]


@pytest.fixture(scope="module")
def demanding(tmp_path_factory):
    spec = replace(SPEC, goals={**SPEC.goals, **{name: {"max": 3e-8} for name in NAMES}})
    return design(made(problem=Demanding, spec=spec), tmp_path_factory.mktemp("demanding"))


TABLES = """Object.fromEntries([...document.querySelectorAll('.scroll')].filter(one => one.clientWidth).map(one => {
  const heads = [...document.querySelectorAll('h2, h3')].filter(head => head.compareDocumentPosition(one) & 4);
  const rows = [...one.querySelectorAll('tbody tr')].map(row => row.offsetHeight);
  return [heads.at(-1).textContent, [one.scrollWidth - one.clientWidth, Math.max(0, ...rows)]];
}))"""


@pytest.mark.parametrize("width", [390, 1200, 1920])
def test_tables_of_many_columns_fit_a_desk_and_their_rows_take_two_lines_at_most(page, demanding, width):
    """A line of 13 px takes 18.85, and a cell has 5 above and below."""
    page.window(width)
    page.open(demanding.folder / "report.html")
    found = page.js(TABLES)
    for name in ("Chosen designs", "Corners", "Findings"):
        wider, highest = found[name]
        assert 20 < highest <= 2 * 19 + 11, name
        assert wider <= 0 or width == 390, f"{name} is {wider} px wider than its box"


class Layered(FormulaProblem):
    """Figures of an accelerator of eight layers: two have one place in the roofline, and two more lie at its right."""

    def panels(self, designs):
        layers = ["conv2d", "conv2d_1", "conv2d_2", "conv2d_3", "conv2d_4", "linear", "linear_1", "linear_2"]
        macs = np.array([60.0, 980.0, 980.0, 1000.0, 1010.0, 999.0, 30.0, 31.0])
        curves = {
            "cycles": np.full(8, 1234.0), "stalls": np.zeros(8), "energy": 1e-9 * macs, "utilization": macs / 1234,
            "macs": 8 * macs, "vector": np.zeros(8), "areas": 3.14e-8 * np.arange(5), "powers": np.full(6, 3.16e-6),
            "intensity": np.array([20.0, 21.0, 21.0, 40.0, 42.0, 90.0, 1.0, 1.1]), "elements": np.array([8.0]),
            "clock": np.array([1e8]), "dram": np.array([1.0]), "buffers": np.array([4.0]),
        }  # fmt: skip
        return layered([replace(design, curves=curves) for design in designs], layers)


TOUCHING = """[...document.querySelectorAll('svg.chart')].flatMap(chart => {
  const boxes = (name) => [...chart.querySelectorAll(name)].filter(one => one.getClientRects().length).map(one =>
    [one.textContent, one.getBoundingClientRect()]);
  const over = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
  const inside = (a, b) => a.left >= b.left && a.right <= b.right && a.top >= b.top && a.bottom <= b.bottom;
  const texts = boxes('.title, .tick, .note').filter(([text]) => text), points = boxes('path[transform*=scale]');
  const pairs = texts.flatMap((one, i) => texts.slice(i + 1).map(other => [one, other]));
  const named = boxes('.note').flatMap(one => points.map(other => [one, other]));
  const out = boxes('.note, .value').filter(([, a]) => !boxes('.frame').some(([, frame]) => inside(a, frame)));
  const met = [...pairs, ...named].filter(([[, a], [, b]]) => over(a, b));
  return [...met.map(([[a], [b]]) => `${a} on ${b || 'a point'}`), ...out.map(([text]) => `${text} leaves the frame`)];
})"""


@pytest.fixture(scope="module")
def layers(tmp_path_factory):
    return design(made(problem=Layered), tmp_path_factory.mktemp("layers"))


@pytest.mark.parametrize("width", [390, 1200])
def test_names_of_points_and_values_of_bars_lie_on_nothing(page, layers, width):
    """One chosen design, and three beside each other: six parts of a power times three bars have room upright only."""
    page.window(width)
    page.open(layers.folder / "report.html")
    page.js("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    together = "[...document.querySelectorAll('details figure')].find(one => one.ariaLabel === 'Power')"
    page.js(f"(() => {{ const look = (done) => {together}.querySelector('svg') ? done() : "
            "requestAnimationFrame(() => look(done)); return new Promise(look); })()")  # fmt: skip
    assert page.js(TOUCHING) == []
    names = f"[...{OPEN}[0].querySelectorAll('figure[aria-label^=Roofline] .note')].map(one => one.textContent)"
    assert len(page.js(names)) == 8 and {"conv2d_1", "conv2d_2"} <= {*page.js(names)}
    assert page.js(f"{together}.querySelectorAll('rect[style*=fill]').length") == 3 * 6
    assert page.js(f"{together}.querySelectorAll('.value').length") == (0 if width < 400 else 3 * 6)
    own = f"{OPEN}[0].querySelectorAll('figure[aria-label=Power] .value')"
    assert page.js(f"{own}.length") == 6, "a bar of a single design has its value, turned on a phone"


@pytest.mark.parametrize("width", [390, 1200])
def test_no_title_and_no_tick_lies_on_another_whatever_the_axes(page, wordy, width):
    page.window(width)
    page.open(wordy.folder / "report.html")
    for place in range(3):
        for axis in ("x", "y"):
            page.js(f"(() => {{ const axis = document.querySelector('#{axis}-axis'); axis.value = {place}; "
                    "axis.dispatchEvent(new Event('change')); })()")  # fmt: skip
            assert page.js(TOUCHING) == []


def test_every_axis_of_the_convergence_has_three_ticks(page, wordy):
    page.open(wordy.folder / "report.html")
    plots = page.js(
        "(() => { const all = [...document.querySelector('figure[aria-label=convergence] svg.chart').children]; "
        "return all.filter(one => one.matches('.tick')).map(one => [one.getAttribute('text-anchor'), one.textContent]);"
        "})()"
    )
    counts, before = [], None
    for anchor, _ in plots:
        if anchor != before:
            counts.append(0)
        counts[-1] += 1
        before = anchor
    assert len(counts) == 2 * 4 and min(counts) >= 3


@pytest.mark.parametrize(
    ("low", "high", "log"), [(0.55, 1.44, 0), (9.6, 10.3, 0), (-3, 47, 0), (1.05, 1.2, 1), (2, 5e7, 1)]
)
def test_an_axis_has_three_ticks_at_least_and_no_two_say_the_same(page, low, high, log):
    given = f"axis: {{}}, low: {low}, high: {high}, log: false, length: 138"
    if log:
        given = f"axis: {{}}, low: Math.log10({low}), high: Math.log10({high}), log: true, length: 138"
    found = page.js(f"ticks({{{given}}})")
    assert 3 <= len(found) <= 9 and len({text for _, text in found}) == len(found)
    assert [place for place, _ in found] == sorted(place for place, _ in found)


SCROLLERS = "[...document.querySelectorAll('.scroll')].filter(one => one.scrollWidth > one.clientWidth + 1)"


def test_what_is_wider_than_a_phone_says_so_and_the_keyboard_scrolls_it(page, wordy):
    page.window(390)
    page.open(wordy.folder / "report.html")
    assert page.js(f"{SCROLLERS}.length") >= 2
    assert page.js(f"{SCROLLERS}.every(one => one.tabIndex === 0 && one.getAttribute('aria-label').includes('scroll'))")
    assert page.js(f"{SCROLLERS}.every(one => getComputedStyle(one).maskImage !== 'none')")
    drawn = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
    page.js(f"{SCROLLERS}[0].scrollLeft = 9999; {drawn}")
    assert page.js(f"getComputedStyle({SCROLLERS}[0]).maskImage") == "none", "there is no more"
    page.window(1200)
    page.open(wordy.folder / "report.html")
    assert page.js("document.querySelectorAll('.scroll[tabindex]').length") == page.js(f"{SCROLLERS}.length")


def test_what_scrolls_is_called_as_the_heading_above_it(page, layers):
    """The headings are those of the templates; columns that no other table has tell which table it is."""
    page.window(390)
    page.open(layers.folder / "report.html")
    page.js("(() => { document.querySelectorAll('details').forEach(one => { one.open = true; }); showAll(); })()")
    heads = "[...one.querySelectorAll('th')].map(head => head.textContent)"
    called = "one.getAttribute('aria-label').replace(', scrolls sideways', '')"
    found = page.js(f"{SCROLLERS}.map(one => [{called}, {heads}])")
    tables = dict(found)
    assert len(tables) == len(found), "no two have one name"
    assert "multiplications" in tables["Layers"] and "fail by this alone" in tables["Which limits bind"]
    assert "multiplications" in tables["Their curves in the same figures: Layers"]
    assert "design" in tables["Chosen designs"] and "The spec, and the recommended design" not in tables


PLACES = """[...document.querySelectorAll('table.lines')].map(table =>
  [...table.querySelectorAll('tbody tr')].map(row => [...row.querySelectorAll('th, .wish, td.n, .at span')].map(one => {
    const texts = document.createRange(); texts.selectNodeContents(one);
    const {left, right, top, bottom} = texts.getBoundingClientRect();
    return {text: one.textContent, left, right, top, bottom};
  }).filter(({text}) => text)))"""


def test_a_phone_shows_the_worst_corner_and_its_margin_without_scrolling(page, demanding):
    """Of the verdict and of the design that is shown: texts lie in the window, none on another, nominal over worst."""
    page.window(390)
    page.open(demanding.folder / "report.html")
    verdict, shown = page.js(PLACES)
    assert len(verdict) == len(shown) == 3 + len(NAMES)
    for row in (*verdict, *shown):
        assert [max(one["right"] for one in row) <= 390 - 14, min(one["left"] for one in row) >= 14] == [True, True]
        for i, a in enumerate(row):
            for b in row[:i]:
                apart = a["left"] >= b["right"] or b["left"] >= a["right"]
                assert apart or a["top"] >= b["bottom"] - 1 or b["top"] >= a["bottom"] - 1, (a["text"], b["text"])
    *_, nominal, room, worst, left, where = (one for one in verdict[3])
    assert (where["text"], worst["text"][:8]) == ("high", "12.34 nH") and left["text"].startswith("+17.7")
    assert nominal["right"] == worst["right"] and room["right"] == left["right"], "columns"
    assert nominal["bottom"] <= worst["top"] and abs(worst["top"] - left["top"]) < 2


def test_a_phone_shows_whether_each_line_of_the_spec_is_met(page, wordy):
    """Without scrolling; what is wanted takes one line."""
    page.window(390)
    page.open(wordy.folder / "report.html")
    cells = "[...document.querySelectorAll('section:first-of-type tbody td:nth-child(3)')]"
    marks = page.js(f"{cells}.map(one => "
                    "[...one.querySelectorAll('.met, .miss, .open')].map(it => it.getBoundingClientRect().right))"
                    )  # fmt: skip
    assert [len(one) for one in marks] == [0, 0, 1] and max(max(one, default=0) for one in marks) < 390 - 44
    heights = page.js("[...document.querySelectorAll('.wish')].map(one => one.getClientRects().length)")
    assert set(heights) == {1}
