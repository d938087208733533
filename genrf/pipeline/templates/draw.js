// Draws figures as SVG: the part of plotly's dictionaries that genrf writes, in colours that follow the page.
const SVG = "http://www.w3.org/2000/svg";
const EDGE = {left: 72, right: 22, top: 10, bottom: 42};
const BESIDE = 28; // of ticks to the left: the axis' title, and room around them
const ARC = 180; // pieces of a circle
const GROUP = 0.8; // of the room of a name along an axis, that its bars take
const PROSE = 32; // letters of a cell that may take several lines
const DASHES = {dash: "7 4", dot: "2 3", dashdot: "7 3 2 3", longdash: "12 4"};
const FORBIDDEN = {fillcolor: "var(--forbidden)", line: {color: "var(--limit)", width: 1}};
const ENTITIES = {"&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#x27;": "'", "&#39;": "'"};
const HALO = "paint-order:stroke;stroke:var(--paper);stroke-width:3px;stroke-linejoin:round";

const plain = (text) => String(text ?? "").replace(/&(amp|lt|gt|quot|#x27|#39);/g, (entity) => ENTITIES[entity]);
const numbers = (values) => values.filter((value) => typeof value === "number");
const many = (value, count) => (Array.isArray(value) ? value : Array(count).fill(value));

function svg(parent, name, attributes = {}, text) {
  const made = parent.appendChild(document.createElementNS(SVG, name));
  for (const [key, value] of Object.entries(attributes)) if (value != null) made.setAttribute(key, value);
  if (text != null) made.textContent = plain(text);
  return made;
}

function html(parent, name, className, text) {
  const made = parent.appendChild(document.createElement(name));
  if (className) made.className = className;
  if (text != null) made.textContent = plain(text);
  return made;
}

// `.4g`, `.2f`, `.4s`: significant digits, decimals, significant digits with a prefix of units.
function format(value, how = ".4g") {
  if (typeof value !== "number") return plain(value ?? "none");
  const [, digits, kind] = how.match(/(?:\.(\d+))?~?([gfs])?$/) ?? [];
  if (kind === "f") return value.toFixed(digits ?? 2);
  const places = Math.max(1, Number(digits ?? 4));
  if (kind === "s" && value !== 0) {
    const step = Math.min(4, Math.max(-5, Math.floor(Math.log10(Math.abs(value) * (1 + 1e-12)) / 3)));
    return Number((value / 1000 ** step).toPrecision(places)) + ["f", "p", "n", "u", "m", "", "k", "M", "G", "T"][step + 5];
  }
  return String(Number(value.toPrecision(places)));
}

// An axis over a range, in pixels from `begin` to `end`; categories stand at 0, 1, 2.
function scale(axis, values, begin, end) {
  const log = axis.type === "log", names = values.some((value) => typeof value === "string") ? [...new Set(values)] : null;
  const inner = (value) => (names ? names.indexOf(value) : log ? Math.log10(value) : value);
  let [low, high] = names ? [-0.5, names.length - 0.5] : axis.range ?? [];
  if (low == null) {
    const inside = numbers(values).filter((value) => !log || value > 0).map(inner);
    [low, high] = inside.length ? [Math.min(...inside), Math.max(...inside)] : [0, 1];
    if (axis.rangemode === "tozero") [low, high] = [Math.min(0, low), Math.max(0, high)];
    const margin = 0.05 * (high - low) || 0.1 * Math.abs(high) || 1;
    [low, high] = [axis.rangemode === "tozero" && low === 0 ? 0 : low - margin, high + (axis.above * (high - low) || margin)];
  }
  if (!(high > low)) [low, high] = [low - 0.5, low + 0.5]; // values that six digits do not tell apart
  const at = (value) => begin + ((value - low) / (high - low)) * (end - begin);
  return {log, names, low, high, axis, at, of: (value) => at(inner(value)), length: Math.abs(end - begin)};
}

// A value of an axis: with a prefix where there is a unit, or where zeros would be many.
function spoken(axis, value, digits) {
  const small = value !== 0 && (Math.abs(value) >= 1e5 || Math.abs(value) < 1e-3);
  const unit = plain(axis.ticksuffix), text = unit || small ? format(value, `.${digits}s`) : String(Number(value.toPrecision(digits)));
  return unit && value !== 0 ? text.replace(/[a-zA-Z]?$/, (prefix) => ` ${prefix}${unit}`) : text;
}

// Where about `count` ticks stand, three at least, in the axis' own (logarithmic) measure, and what they say.
function ticks({axis, low, high, log, names, length}, count = Math.max(3, Math.min(8, length / 62))) {
  if (names) return names.map((name, place) => [place, name]);
  if (axis.tickvals) return axis.tickvals.map((value, i) => [log ? Math.log10(value) : value, axis.ticktext?.[i] ?? format(value)]);
  const said = (value, digits) => spoken(axis, value, digits);
  const found = [], inside = ([value]) => value >= low - 1e-9 * (high - low) && value <= high + 1e-9 * (high - low);
  if (log) {
    const fine = high - low < 1.3 ? [1, 2, 3, 5, 7] : high - low < 3 ? [1, 2, 5] : [1], apart = Math.ceil((high - low) / count);
    for (let decade = Math.floor(low); decade <= high; decade += fine.length > 1 ? 1 : apart)
      for (const value of fine) found.push([decade + Math.log10(value), said(value * 10 ** decade, 3)]);
    const kept = found.filter(inside);
    if (kept.length > 2) return kept;
  }
  const [first, last] = log ? [10 ** low, 10 ** high] : [low, high]; // less than a decade has even ticks too
  return even(first, last, axis.dtick > 0 ? axis.dtick : pace(first, last, count)).map(([value, digits]) =>
    [log ? Math.log10(value) : value, said(value, digits)]);
}

// The largest of 1, 2 and 5 times a power of ten that makes `count` steps of a stretch at most, and three ticks at least.
function pace(low, high, count) {
  const rough = (high - low) / count, power = 10 ** Math.floor(Math.log10(rough));
  const nice = [10, 5, 2, 1, 0.5, 0.2].map((one) => one * power).filter((step) => step >= rough / 2.5);
  const fits = (step) => Math.floor(high / step + 1e-9) - Math.ceil(low / step - 1e-9) >= 2;
  return nice.filter((step) => step >= rough).reverse().find(fits) ?? nice.find(fits) ?? nice.at(-1);
}

// Whole multiples of `step` from `low` to `high`, with the digits that tell them apart.
function even(low, high, step) {
  const found = [];
  for (let n = Math.ceil(low / step - 1e-9); n * step <= high + 1e-9 * step; n++)
    found.push([n * step, Math.min(12, Math.max(1, Math.ceil(Math.log10(Math.abs(n) + 1)) + 1) + 1)]);
  return found;
}

// The ticks of an axis across, as many as stand beside each other with room between them.
function spaced(root, across) {
  const most = Math.max(3, Math.min(8, across.length / 62));
  for (let count = most; ; count--) {
    const found = ticks(across, count), widths = measured(root, found);
    const close = found.some(([value], i) => i && across.at(value) - across.at(found[i - 1][0]) < (widths[i] + widths[i - 1]) / 2 + 6);
    if (!close || across.names || across.axis.tickvals) return found;
    if (count <= 2) return found.filter((_, i) => i % 2 === 0);
  }
}

// How wide the texts of ticks are drawn.
function measured(root, found) {
  const texts = found.map(([, text]) => svg(root, "text", {class: "tick"}, text)), widths = texts.map((one) => one.getComputedTextLength());
  texts.forEach((one) => one.remove());
  return widths;
}

const MARKS = {
  square: "M-1-1H1V1H-1Z", diamond: "M0-1.3L1.3 0 0 1.3-1.3 0Z", "triangle-up": "M0-1.2L1.1.9H-1.1Z",
  x: "M-1-.5L-.5-1 0-.5.5-1 1-.5.5 0 1 .5.5 1 0 .5-.5 1-1 .5-.5 0Z",
  star: "M0-1.3L.3-.4H1.2L.5.2.8 1.1 0 .6-.8 1.1-.5.2-1.2-.4H-.3Z", circle: "M-1 0A1 1 0 1 0 1 0 1 1 0 1 0-1 0Z",
};

function mark(parent, x, y, {size = 8, symbol = "circle", color = "var(--ink)", line = {}}) {
  const open = symbol.endsWith("-open"), shape = MARKS[symbol.replace("-open", "")] ?? MARKS.circle;
  return svg(parent, "path", {
    d: shape, transform: `translate(${x.toFixed(1)} ${y.toFixed(1)}) scale(${size / 2})`, "vector-effect": "non-scaling-stroke",
    style: `fill:${open ? "var(--paper)" : color};stroke:${line.color ?? color};stroke-width:${line.width ?? 1}`,
  });
}

function path(places, shape) {
  let text = "", last = null;
  for (const place of places) {
    if (!place) { last = null; continue; }
    const [x, y] = place.map((value) => Number(value.toFixed(1)));
    if (!last) text += `M${x} ${y}`;
    else if (shape === "hv") text += `H${x}V${y}`;
    else if (shape === "vh") text += `V${y}H${x}`;
    else text += `L${x} ${y}`;
    last = place;
  }
  return text;
}

// Lines, marks and texts of a trace at `places` (pixels, or null), and what a pointer may find there.
function strokes(group, trace, places, found) {
  const mode = trace.mode ?? "lines", line = trace.line ?? {}, marker = trace.marker ?? {};
  if (mode.includes("lines"))
    svg(group, "path", {
      d: path(places, line.shape), "stroke-dasharray": DASHES[line.dash],
      style: `fill:none;stroke:${line.color ?? "var(--ink)"};stroke-width:${line.width ?? 1.7};stroke-linejoin:round`,
    });
  if (trace.faint) // thousands of points as one path
    svg(group, "path", {
      d: places.filter(Boolean).map(([x, y]) => `M${x.toFixed(1)} ${y.toFixed(1)}h0`).join(""),
      style: "fill:none;stroke:var(--faint);stroke-width:4;stroke-linecap:round",
    });
  places.forEach((place, i) => {
    if (!place) return;
    if (trace.hoverinfo !== "skip") found.push({x: place[0], y: place[1], trace, i});
    if (!mode.includes("markers") || trace.faint) return;
    const own = trace.ids ? svg(group, "g", {class: "point", "data-id": trace.ids[i]}) : group;
    mark(own, ...place, {...marker, color: many(marker.color, i + 1)[i]});
    if (!mode.includes("text") || trace.textposition) return;
    const look = {class: "rank", x: place[0], y: place[1], "font-size": trace.textfont?.size ?? 11};
    svg(own, "text", look, many(trace.text, i + 1)[i]);
  });
}

const over = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
const within = (a, box) => a.left > box.left && a.right < box.right && a.top > box.top && a.bottom < box.bottom;
const touches = (one, others) => others.some((other) => over(one, other));
const around = ([x, y], reach) => ({left: x - reach, right: x + reach, top: y - reach, bottom: y + reach});

// Lines at `places` as the small boxes that lie along them.
function dots(places) {
  return places.flatMap((b, i) => {
    const a = places[i - 1], steps = a && b ? Math.ceil(Math.hypot(b[0] - a[0], b[1] - a[1]) / 3) : 0;
    const part = (k) => [0, 1].map((axis) => a[axis] + ((b[axis] - a[axis]) * k) / steps);
    return Array.from({length: steps}, (_, k) => around(part(k), 1.5));
  });
}

// Where a name of that size may lie beside a point, to the right and below first, then farther and farther down and up.
function beside([x, y], reach, wide, high) {
  const sides = [[x + reach, reach / 2], [x - reach - wide, reach / 2], [x - wide / 2, reach]];
  const tops = (gap, step) => [y + gap + step * high, y - gap - (step + 1) * high];
  return Array.from({length: 6}, (_, step) => sides.flatMap(([left, gap]) => tops(gap, step).map((top) =>
    ({left, top, right: left + wide, bottom: top + high, step})))).flat();
}

// Of a box the place that is nearest to a point.
const nearest = ({left, right, top, bottom}, [x, y]) => [Math.max(left, Math.min(x, right)), Math.max(top, Math.min(y, bottom))];
const apart = (box, place) => Math.hypot(...nearest(box, place).map((value, axis) => value - place[axis]));

// Of `spots` beside a point the first that needs no stroke to tell whose name it is, and lies on no line, if there is one.
function best(spots, place, others, said, lines) {
  const crossed = [...others.filter((one) => apart(one, place)), ...said];
  const judged = spots.map((spot) => {
    const led = spot.step > 0 || others.some((one) => apart(spot, one.place) < apart(spot, place) + 2);
    const hits = led && dots([place, nearest(spot, place)]).some((one) => touches(one, crossed));
    return {...spot, led, evil: (touches(spot, lines) ? 2 : 0) + (led ? 2 + spot.step : 0) + (hits ? 10 : 0)};
  });
  return judged.sort((a, b) => a.evil - b.evil)[0];
}

// Names of points where they touch neither the frame nor another name nor a point, those with the least choice
// first; what finds no place is left out, as a pointer tells it.
function names(group, drawn, [left, right, top, bottom]) {
  const shown = (what) => drawn.filter(([trace]) => (trace.mode ?? "lines").includes(what) && !trace.faint);
  const named = shown("text").filter(([trace]) => trace.textposition), frame = {left, right, top, bottom};
  if (!named.length) return;
  const reach = (trace) => (trace.marker?.size ?? 8) / 2 + 2, point = (place, trace) => ({place, ...around(place, reach(trace))});
  const points = shown("markers").flatMap(([trace, places]) => places.filter(Boolean).map((place) => point(place, trace)));
  const lines = shown("lines").flatMap(([, places]) => dots(places)), said = [];
  const under = svg(group, "g", {style: "stroke:var(--soft)"}); // below all names
  const texts = named.flatMap(([trace, places]) => places.flatMap((place, i) => {
    if (!place) return [];
    const text = svg(group, "text", {class: "note", style: HALO}, many(trace.text, i + 1)[i]), own = text.getBBox();
    const spots = beside(place, reach(trace) + 1, own.width, own.height);
    return [{text, own, place, spots: spots.filter((spot) => within(spot, frame) && !touches(spot, points))}];
  }));
  for (const {text, own, place, spots} of texts.sort((a, b) => a.spots.length - b.spots.length)) {
    const free = spots.filter((spot) => !touches(spot, said));
    const spot = best(free, place, points.filter((one) => one.place !== place), said, lines);
    if (!spot) { text.remove(); continue; }
    text.setAttribute("x", spot.left - own.x);
    text.setAttribute("y", spot.top - own.y);
    said.push(spot);
    if (!spot.led) continue;
    svg(under, "path", {d: path([place, nearest(spot, place)])});
    lines.push(...dots([place, nearest(spot, place)]));
  }
}

// How the values of bars stand that are `pitch` apart, across or upright where they are wider than that; what room each needs,
// and how much of an axis `length` long they take.
function standing(root, traces, axis, pitch, length) {
  const values = traces.filter((trace) => !trace.width).flatMap((trace) => numbers(Array.from(trace.y)));
  const all = values.map((y) => [0, worth(axis, y)]);
  const widest = Math.max(0, ...measured(root, all)) + 3, high = 15; // of a line of text
  const turned = widest > pitch, share = turned && high <= pitch ? Math.min(0.5, (widest + 6) / length) : 0.13;
  return {turned, needs: turned ? high : widest, above: share / (1 - share)};
}

// What stands on a bar, with as many digits as the number has before its point.
const worth = (axis, y) => spoken(axis, y, Math.max(3, String(Math.trunc(y)).length));

function bars(group, traces, cell, found, {turned, needs}) {
  const share = (traces[0]?.width ? 1 : GROUP) / traces.length, unit = Math.abs(cell.x.at(traces[0]?.width ?? 1) - cell.x.at(0));
  traces.forEach((trace, number) => {
    trace.y.forEach((y, i) => {
      if (typeof y !== "number") return;
      const left = cell.x.of(trace.x[i]) + unit * (number - traces.length / 2) * share, top = cell.y.of(y), foot = cell.y.of(0);
      const box = {x: left, width: unit * share * 0.92, y: Math.min(top, foot), height: Math.abs(foot - top)};
      svg(group, "rect", {...box, style: `fill:${many(trace.marker?.color, i + 1)[i] ?? "var(--soft)"}`});
      const middle = left + (unit * share) / 2;
      found.push({x: middle, y: top, trace, i});
      if (trace.width || needs > unit * share) return; // of a histogram, whose axis tells, or it would lie on the next
      const across = {x: middle, y: top - 3, "text-anchor": "middle"};
      const look = turned ? {transform: `translate(${middle + 4} ${top - 4}) rotate(-90)`} : across;
      svg(group, "text", {class: "tick value", ...look}, worth(cell.y.axis, y));
    });
  });
}

function shapes(group, cell, all) {
  const [left, right, top, bottom] = cell.box;
  const ends = (reference, own, a, b, low, high) =>
    reference === own.name ? [own.of(a), own.of(b)] : [low + a * (high - low), low + b * (high - low)];
  for (const shape of all) {
    const [xref, yref] = [shape.xref, shape.yref].map((name) => name.replace(" domain", ""));
    if (!(xref === cell.x.name || xref === "paper") || !(yref === cell.y.name || yref === "paper")) continue;
    const [x0, x1] = ends(shape.xref, cell.x, shape.x0, shape.x1, left, right);
    const [y0, y1] = ends(shape.yref, cell.y, shape.y0, shape.y1, bottom, top);
    const look = {...FORBIDDEN, ...shape, line: {...FORBIDDEN.line, ...shape.line}};
    const style = `stroke:${look.line.color};stroke-width:${look.line.width}`;
    if (shape.type === "line") svg(group, "line", {x1: x0, x2: x1, y1: y0, y2: y1, "stroke-dasharray": DASHES[look.line.dash], style});
    else svg(group, "rect", {
      x: Math.min(x0, x1), y: Math.min(y0, y1), width: Math.abs(x1 - x0), height: Math.abs(y1 - y0), style: `${style};fill:${look.fillcolor}`,
    });
  }
}

// One plot with its axes, in a box [left, top, width, height].
function plot(root, [left, top, width, height], traces, layout, axes, found, id) {
  const box = [left + EDGE.left, left + width - EDGE.right, top + EDGE.top, top + height - EDGE.bottom];
  const key = (name) => name[0] + "axis" + name.slice(1), [xaxis, yaxis] = axes.map((name) => layout[key(name)] ?? {});
  const along = (axis) => traces.flatMap((trace) => Array.from(trace[axis]));
  const upright = traces.filter((trace) => trace.type === "bar");
  const named = [...new Set(along("x").filter((value) => typeof value === "string"))].map((name) => [0, name]);
  const widest = Math.max(0, ...measured(root, named)), drop = widest + 6 > (box[1] - box[0]) / named.length ? widest - 4 : 0;
  box[3] -= drop; // names that do not fit beside each other stand upright
  const pitch = (GROUP * (box[1] - box[0])) / (named.length * upright.length);
  const values = standing(root, upright, yaxis, pitch, box[3] - box[2]);
  const floor = upright.length && yaxis.type !== "log" ? {rangemode: "tozero", above: values.above} : {};
  const up = {...scale({...floor, ...yaxis}, along("y"), box[3], box[2]), name: axes[1]}, upwards = ticks(up);
  box[0] = Math.max(box[0], left + BESIDE + Math.max(0, ...measured(root, upwards)));
  const cell = {box, x: {...scale(xaxis, along("x"), box[0], box[1]), name: axes[0]}, y: up};
  const clip = svg(svg(root, "clipPath", {id}), "rect", {x: box[0], y: box[2], width: box[1] - box[0], height: box[3] - box[2]});
  for (const [value, text] of spaced(root, cell.x)) {
    const x = cell.x.at(value);
    svg(root, "path", {class: "grid", d: `M${x} ${box[2]}V${box[3]}`});
    if (drop) svg(root, "text", {class: "tick", transform: `translate(${x + 4} ${box[3] + 6}) rotate(-90)`, "text-anchor": "end"}, text);
    else svg(root, "text", {class: "tick", x, y: box[3] + 15, "text-anchor": "middle"}, text);
  }
  for (const [value, text] of upwards) {
    const y = cell.y.at(value);
    svg(root, "path", {class: "grid", d: `M${box[0]} ${y}H${box[1]}`});
    svg(root, "text", {class: "tick", x: box[0] - 6, y: y + 4, "text-anchor": "end"}, text);
  }
  const inside = svg(root, "g", {"clip-path": `url(#${id})`});
  shapes(inside, cell, layout.shapes ?? []);
  bars(inside, upright, cell, found, values);
  const drawn = traces.filter((one) => one.type !== "bar").map((trace) => {
    const ok = (value, axis) => typeof value === "string" || (typeof value === "number" && (!axis.log || value > 0));
    const places = Array.from(trace.x, (x, i) => (ok(x, cell.x) && ok(trace.y[i], cell.y) ? [cell.x.of(x), cell.y.of(trace.y[i])] : null));
    strokes(trace.ids ? svg(root, "g", {class: "points"}) : inside, trace, places, found);
    return [trace, places];
  });
  svg(root, "rect", {class: "frame", x: box[0], y: box[2], width: box[1] - box[0], height: box[3] - box[2]});
  names(root, drawn, box);
  const middle = (box[2] + box[3] + drop) / 2;
  svg(root, "text", {class: "title", x: (box[0] + box[1]) / 2, y: box[3] + 34 + drop, "text-anchor": "middle"}, xaxis.title?.text);
  svg(root, "text", {class: "title", transform: `translate(${left + 13} ${middle}) rotate(-90)`, "text-anchor": "middle"}, yaxis.title?.text);
  return clip;
}

// Of a circle [u, v, radius] the points within the unit circle, from one end to the other.
function arc([u, v, radius]) {
  const far = Math.hypot(u, v), cosine = (far ** 2 + radius ** 2 - 1) / (2 * far * radius); // by which they meet
  const half = Math.acos(Math.max(-1, Math.min(1, cosine || -1))), middle = Math.atan2(-v, -u);
  const angles = half ? Array.from({length: ARC + 1}, (_, i) => middle + half * ((2 * i) / ARC - 1)) : [];
  return angles.map((angle) => [u + radius * Math.cos(angle), v + radius * Math.sin(angle)]);
}

// Circles of constant resistance and reactance, and reflections from impedances over 50 ohm.
function smith(root, [left, top, width, height], traces, layout, name, found, id) {
  const radius = Math.min(width, height) / 2 - 22, x0 = left + width / 2, y0 = top + height / 2;
  const at = (u, v) => [x0 + radius * u, y0 - radius * v];
  const clip = svg(svg(root, "clipPath", {id}), "circle", {cx: x0, cy: y0, r: radius + 0.5});
  const grid = svg(root, "g", {"clip-path": `url(#${id})`});
  for (const r of [0.2, 0.5, 1, 2, 5]) {
    const [cx, cy] = at(r / (1 + r), 0), [tick] = at((r - 1) / (r + 1), 0);
    svg(grid, "circle", {class: "grid", cx, cy, r: radius / (1 + r)});
    svg(root, "text", {class: "tick", x: tick + 3, y: y0 - 4}, r);
    for (const x of [r, -r]) svg(grid, "circle", {class: "grid", cx: x0 + radius, cy: y0 - radius / x, r: radius / r});
  }
  svg(grid, "path", {class: "grid", d: `M${x0 - radius} ${y0}H${x0 + radius}`});
  for (const trace of traces) {
    const places = trace.circle ? arc(trace.circle).map(([u, v]) => at(u, v)) : trace.real.map((r, i) => {
      const x = trace.imag[i], bottom = (r + 1) ** 2 + x ** 2;
      return typeof r === "number" && typeof x === "number" ? at((r * r + x * x - 1) / bottom, (2 * x) / bottom) : null;
    });
    strokes(svg(root, "g"), trace, places, found);
  }
  svg(root, "circle", {class: "frame", cx: x0, cy: y0, r: radius});
  svg(root, "text", {class: "title", x: left + 8, y: top + 16}, layout[name]?.title?.text);
  return clip;
}

function table(box, trace) {
  const made = html(html(box, "div", "scroll"), "table", "wide");
  const head = html(html(made, "thead"), "tr"), body = html(made, "tbody"), columns = trace.cells.values;
  const looks = columns.map((column) => {
    if (column.every((cell) => /^[-+−]?[\d.]|^$|^none$/.test(cell))) return "n";
    return column.some((cell) => cell.length > PROSE) ? "prose" : "whole";
  });
  trace.header.values.forEach((text, i) => html(head, "th", looks[i], text));
  columns[0].forEach((_, row) => {
    const line = html(body, "tr");
    columns.forEach((column, i) => html(line, i ? "td" : "th", looks[i], column[row]));
  });
}

function legend(box, traces) {
  const shown = traces.filter((trace) => trace.name && trace.showlegend !== false);
  if (shown.length < 2 && !shown.some((trace) => trace.legendgroup)) return;
  const list = html(box, "div", "legend");
  for (const trace of shown) {
    const item = html(list, "span"), sample = svg(item, "svg", {width: 26, height: 12, "aria-hidden": true});
    const line = trace.line ?? {}, mode = trace.mode ?? (trace.type === "bar" ? "markers" : "lines");
    if (mode.includes("lines"))
      svg(sample, "path", {d: "M1 6H25", "stroke-dasharray": DASHES[line.dash], style: `stroke:${line.color ?? "var(--ink)"};stroke-width:2`});
    if (trace.faint) mark(sample, 13, 6, {size: 5, color: "var(--faint)"});
    else if (mode.includes("markers")) mark(sample, 13, 6, {...trace.marker, size: 8, color: many(trace.marker?.color, 1)[0]});
    item.append(plain(trace.name));
  }
}

const tip = document.createElement("div");
tip.className = "tip";

function told({trace, i}) {
  const value = (name) => (name.startsWith("customdata") ? many(trace.customdata, i + 1)[i] : many(trace[name], i + 1)[i]);
  const template = trace.hovertemplate ?? "%{x:.4g}, %{y:.4g}";
  const text = plain(template.replace(/<extra>.*/, "")).replace(/<br>/g, "\n").replace(/<[^>]*>/g, "");
  const filled = text.replace(/%\{(\w+)(?::([^}]*))?\}/g, (_, name, how) => format(value(name), how));
  return trace.name && !trace.hovertemplate?.includes("<extra>") ? `${plain(trace.name)}\n${filled}` : filled;
}

function pointed(root, found) {
  const dot = svg(root, "circle", {r: 4.5, class: "dot", visibility: "hidden"});
  const hide = () => { tip.remove(); dot.setAttribute("visibility", "hidden"); };
  root.addEventListener("pointerleave", hide);
  root.addEventListener("pointermove", (event) => {
    const frame = root.getBoundingClientRect(), zoom = frame.width / root.viewBox.baseVal.width;
    const [x, y] = [(event.clientX - frame.left) / zoom, (event.clientY - frame.top) / zoom];
    let best = null, least = 30 ** 2;
    for (const one of found) {
      const far = (one.x - x) ** 2 + (one.y - y) ** 2;
      if (far < least || (far === least && !one.trace.faint)) [best, least] = [one, far];
    }
    if (!best) return hide();
    dot.setAttribute("cx", best.x); dot.setAttribute("cy", best.y); dot.setAttribute("visibility", "visible");
    tip.textContent = told(best);
    document.body.append(tip);
    const room = document.documentElement.clientWidth - tip.offsetWidth - 8;
    tip.style.left = `${Math.max(8, Math.min(event.clientX + 14, room))}px`;
    tip.style.top = `${event.clientY + window.scrollY + 16}px`;
  });
}

let clips = 0;

// Draws `figure` into `box`, as wide as the box is; on narrow ones, plots that stand side by side stand below each other.
function draw(box, {data, layout}, label) {
  const width = Math.max(260, box.clientWidth), found = [];
  box.textContent = "";
  data.filter((trace) => trace.type === "table").forEach((trace) => table(box, trace));
  const drawn = data.filter((trace) => trace.type !== "table");
  if (!drawn.length) return null;
  legend(box, drawn);
  const cells = new Map();
  for (const trace of drawn) {
    const name = trace.type === "scattersmith" ? trace.subplot ?? "smith" : `${trace.xaxis ?? "x"} ${trace.yaxis ?? "y"}`;
    cells.set(name, [...(cells.get(name) ?? []), trace]);
  }
  const order = (name) => Number(name.match(/\d+$/)?.[0] ?? 1), sorted = [...cells].sort(([a], [b]) => order(a) - order(b));
  const round = sorted[0][0].startsWith("smith"), most = round ? sorted.length : layout.grid?.columns ?? 1;
  const columns = Math.min(most, Math.max(1, Math.floor(width / (round ? 300 : 250)))), rows = Math.ceil(sorted.length / columns);
  const own = (layout.height ?? 400) / (round ? 1 : layout.grid?.rows ?? 1), wide = width / columns;
  const high = round ? Math.min(own, wide) : Math.max(190, own);
  const root = svg(box, "svg", {viewBox: `0 0 ${width} ${high * rows}`, class: "chart", role: "img", "aria-label": label});
  sorted.forEach(([name, traces], place) => {
    const area = [(place % columns) * wide, Math.floor(place / columns) * high, wide, high], id = `clip${clips++}`;
    if (round) smith(root, area, traces, layout, name, found, id);
    else plot(root, area, traces, layout, name.split(" "), found, id);
  });
  pointed(root, found);
  return root;
}
