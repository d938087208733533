// The page: figures are drawn when they come into sight, and a design chosen in the front is shown below it.
const $ = (id) => document.getElementById(id);
const drawings = new Map(); // box -> width that it was drawn for

function show(figure) {
  const box = figure.querySelector(".plot");
  if (!box || box.clientWidth === 0 || drawings.get(box) === box.clientWidth) return;
  drawings.set(box, box.clientWidth);
  draw(box, JSON.parse(figure.querySelector("script").textContent), figure.getAttribute("aria-label"));
}

function showAll() {
  document.querySelectorAll("figure[data-plot]").forEach(show);
  document.querySelectorAll(".scroll").forEach(reachable);
}

// What is wider than the window fades out where there is more of it, and the keyboard can scroll it.
function reachable(box) {
  const hidden = box.scrollWidth - box.clientWidth, wide = hidden > 1;
  box.classList.toggle("more", wide && box.scrollLeft < hidden - 2);
  const said = wide ? {tabindex: 0, role: "region", "aria-label": `${headed(box)}, scrolls sideways`} : {};
  for (const name of ["tabindex", "role", "aria-label"])
    if (wide) box.setAttribute(name, said[name]); else box.removeAttribute(name);
}
document.addEventListener("scroll", (event) => { if (event.target.classList?.contains("scroll")) reachable(event.target); }, true);

// The nearest heading before a box, beside it or beside what is around it; of what is folded away, the summary and the nearest within.
function headed(box) {
  const folded = box.closest("details");
  let near = box;
  while (near && near !== folded && !near.matches("h2, h3")) near = near.previousElementSibling ?? near.parentElement;
  const said = [folded?.querySelector("summary"), near === folded ? null : near].filter(Boolean);
  return said.map((one) => one.textContent.trim()).join(": ") || "table";
}

const page = JSON.parse($("data").textContent);
const packed = JSON.parse($("packed")?.textContent ?? '{"articles":{}}');
const SYMBOLS = ["circle", "square", "diamond", "triangle-up", "x", "star"];
const RANKED = 5; // colours that mostly are those of chosen designs: structures take the others first
const articles = new Map([...document.querySelectorAll("article[data-id]")].map((one) => [one.dataset.id, one]));
let selected = page.designs[0]?.id;

function range(metric, place, designs) {
  const cloud = numbers(page.cloud.map((row) => row[place])).sort((a, b) => a - b);
  const kept = [...(cloud.length ? [cloud[Math.floor(0.02 * cloud.length)], cloud[Math.floor(0.98 * (cloud.length - 1))]] : []),
    ...numbers(designs.map((design) => design.metrics[place]))];
  if (!kept.length) return [0, 1];
  let [low, high] = [Math.min(...kept), Math.max(...kept)];
  const near = page.designs.some((design) => design.rank && !design.holds) ? Infinity : 0.2 * (high - low);
  for (const limit of [metric.min, metric.max])
    if (limit != null && limit > low - near && limit < high + near) [low, high] = [Math.min(low, limit), Math.max(high, limit)];
  const margin = 0.07 * (high - low) || 0.05 * Math.abs(high) || 1;
  return [low - margin, high + margin];
}

function forbidden(metric, [low, high], axis) {
  const across = axis === "x" ? "y" : "x", stretches = [];
  if (metric.min != null && metric.min > low) stretches.push([low, metric.min]);
  if (metric.max != null && metric.max < high) stretches.push([metric.max, high]);
  return stretches.map(([a, b]) => ({
    type: "rect", [`${axis}ref`]: axis, [`${axis}0`]: a, [`${axis}1`]: b, [`${across}ref`]: `${across} domain`, [`${across}0`]: 0, [`${across}1`]: 1,
  }));
}

function layers(i, j) {
  const layer = (name, designs, look) => ({
    name, x: designs.map((design) => design.metrics[i]), y: designs.map((design) => design.metrics[j]),
    mode: "markers", ids: designs.map((design) => design.id), hoverinfo: "skip", ...look,
  });
  const others = page.designs.filter((design) => !design.rank), chosen = page.designs.filter((design) => design.rank).reverse();
  const fronts = page.structures.flatMap(({name, hue}, place) => [true, false].map((holds) => {
    const symbol = SYMBOLS[place % SYMBOLS.length] + (holds ? "" : "-open"), color = `var(--c${((hue ?? place + RANKED) % 8) + 1})`;
    const where = !page.corners ? "" : holds ? ", all corners met" : ", nominal only";
    const own = others.filter((design) => design.structure === place && design.holds === holds);
    return layer(`front: ${name}${where}`, own, {marker: {symbol, color, size: 8, line: {width: 1.4, color}}});
  })).filter((one) => one.x.length);
  const badges = layer("chosen, by rank", chosen, {
    mode: "markers+text", showlegend: false, text: chosen.map((design) => design.rank),
    marker: {size: 19, color: chosen.map((design) => `var(--c${((design.rank - 1) % 8) + 1})`), line: {color: "var(--paper)"}},
  });
  const cloud = {name: page.cloudName, x: page.cloud.map((row) => row[i]), y: page.cloud.map((row) => row[j]), mode: "markers", faint: true, hoverinfo: "skip"};
  return [...(cloud.x.length ? [cloud] : []), ...fronts, badges];
}

const byId = (id) => page.designs.find((design) => design.id === id);
const named = (design) => `${design.rank ? `${design.rank}: ` : ""}${design.id}, ${page.structures[design.structure].name}`;

function drawFront() {
  const box = $("front");
  if (!box) return;
  const [i, j] = ["x-axis", "y-axis"].map((id) => Number($(id).value)), [x, y] = [page.metrics[i], page.metrics[j]];
  const ranges = [range(x, i, page.designs), range(y, j, page.designs)];
  const chart = draw(box, {data: layers(i, j), layout: {
    height: Math.min(520, Math.max(320, 0.62 * box.clientWidth)), xaxis: {...x, range: ranges[0]}, yaxis: {...y, range: ranges[1]},
    shapes: [...forbidden(x, ranges[0], "x"), ...forbidden(y, ranges[1], "y")],
  }}, "the front");
  chart.setAttribute("role", "listbox");
  chart.setAttribute("aria-label", "designs of the front; arrow keys go from one to the next, Enter shows it");
  for (const point of chart.querySelectorAll(".point")) {
    const design = byId(point.dataset.id);
    const said = [x, y].map((metric, k) => `${metric.name} ${format(design.metrics[[i, j][k]], metric.ticksuffix ? ".4s" : ".4g")}${plain(metric.ticksuffix)}`);
    point.setAttribute("role", "option");
    point.setAttribute("aria-label", [named(design), ...said].join("; "));
    svg(point, "title", {}, [named(design), ...said].join("\n"));
    const shape = point.querySelector("path");
    svg(point, "circle", {class: "ring", transform: shape.getAttribute("transform").replace(/ scale.*/, ""), r: design.rank ? 12 : 8});
    point.addEventListener("click", () => { select(design.id); point.focus(); });
    point.addEventListener("keydown", (event) => walk(event, design, i));
  }
  marked();
}

// From left to right, Home and End; Enter and space choose.
function walk(event, design, axis) {
  const order = [...page.designs].sort((a, b) => a.metrics[axis] - b.metrics[axis]), place = order.indexOf(design);
  const steps = {ArrowRight: place + 1, ArrowUp: place + 1, ArrowLeft: place - 1, ArrowDown: place - 1, Home: 0, End: order.length - 1};
  if (event.key === "Enter" || event.key === " ") {
    select(design.id);
    event.currentTarget.focus(); // it was drawn anew on top
  }
  else if (event.key in steps) {
    const next = order[Math.max(0, Math.min(order.length - 1, steps[event.key]))];
    [...$("front").querySelectorAll(".point")].find((point) => point.dataset.id === next.id).focus();
  } else return;
  event.preventDefault();
}

function marked() {
  for (const point of document.querySelectorAll("#front .point")) {
    const own = point.dataset.id === selected;
    point.setAttribute("aria-selected", own);
    point.setAttribute("tabindex", own ? 0 : -1);
    if (own) point.parentNode.append(point);
  }
  for (const button of document.querySelectorAll("#chosen button")) button.setAttribute("aria-pressed", button.dataset.id === selected);
}

const LOOKS = {"✓": "met", "✗": "miss", "?": "open"};

function cells(row, [text, sign, margin]) {
  const look = `n${sign === "✗" ? " missed" : ""}`, cell = html(row, "td", look, text);
  html(cell, "span", LOOKS[sign] ?? "unmarked", sign);
  html(row, "td", look, margin);
}

function verdict(design) {
  const body = $("lines"), at = $("values"), worst = design.verdict.some((line) => line.length > 3);
  body.textContent = at.textContent = "";
  for (const head of document.querySelectorAll("#design .worst")) head.hidden = !worst;
  (page.structures[design.structure].goals ?? page.goals).forEach((goal, place) => {
    const row = html(body, "tr"), line = design.verdict[place];
    html(row, "th", "", goal.metric).title = goal.description;
    html(html(row, "td"), "span", "wish", goal.wanted);
    cells(row, line.slice(0, 3));
    if (!worst) return;
    cells(row, line.slice(3, 6));
    const at = html(row, "td", "at");
    html(at, "span", "", line[6]);
    if (line[7]) html(at, "small", "", line[7]);
  });
  page.structures[design.structure].variables.forEach((name, place) => {
    const item = html(at, "span");
    item.append(`${name} `);
    html(item, "b", "", design.values[place]);
  });
}

function select(id) {
  const design = byId(id);
  selected = id;
  $("which").textContent = named(design);
  verdict(design);
  marked();
  reveal();
  if (packed.articles[id]) unpack(id);
}

// Only the article that is shown is in the document: a click costs the same however many a reader has visited.
function reveal() {
  const own = articles.get(selected);
  for (const article of document.querySelectorAll("article[data-id]")) if (article !== own) article.remove();
  if (own && !own.isConnected) $("design").append(own);
  if (own) own.hidden = false;
  $("bare").hidden = selected in packed.articles || Boolean(own);
  showAll();
}

// Makes the article of a design that was not written out.
async function unpack(id) {
  const text = packed.articles[id];
  packed.articles[id] = null; // asked for once
  try {
    packed.drawn ??= JSON.parse(await inflated(packed.drawings));
    const article = await inflated(text);
    const made = document.createElement("template");
    made.innerHTML = article.replace("<!-- drawing -->", () => packed.drawn[id]);
    articles.set(id, made.content.querySelector("article"));
  } catch {
    delete packed.articles[id]; // browsers before 2023 cannot
  }
  reveal();
}

function inflated(text) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"))).text();
}

for (const [id, first] of [["x-axis", 0], ["y-axis", 1]]) {
  const choice = $(id);
  if (!choice) continue;
  page.metrics.forEach((metric, place) => { html(choice, "option", "", metric.name).value = place; });
  choice.value = Math.min(first, page.metrics.length - 1);
  choice.addEventListener("change", drawFront);
}
for (const button of document.querySelectorAll("#chosen button")) button.addEventListener("click", () => select(button.dataset.id));
if (selected) { drawFront(); select(selected); }
showAll();
document.addEventListener("toggle", showAll, true);
const unfolded = []; // for paper: tables, and not figures that stand one by one above
addEventListener("beforeprint", () => {
  for (const one of document.querySelectorAll("details:not([open])")) if (!one.querySelector("figure")) { one.open = true; unfolded.push(one); }
});
addEventListener("afterprint", () => { for (const one of unfolded.splice(0)) one.open = false; });
let waiting, width = document.documentElement.clientWidth;
addEventListener("resize", () => {
  clearTimeout(waiting);
  if (document.documentElement.clientWidth === width) return; // a phone's address bar comes and goes
  waiting = setTimeout(() => { width = document.documentElement.clientWidth; drawFront(); showAll(); }, 150);
});
