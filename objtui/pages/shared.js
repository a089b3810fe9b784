// What the scripts of all pages share; that of a page follows, in one function with it.
const data = JSON.parse(document.getElementById("content").textContent);
const dashes = ["", "6 3", "2 3", "8 3 2 3", "12 3", "4 2 2 2 2 2"];
const state = { hidden: new Set(), dark: false };
const byId = id => document.getElementById(id);
const views = byId("views");

// Elements. Text goes in as text alone, and looks by classes and attributes, as the policy demands.
function make(space, name, attributes, children) {
  const node = space ? document.createElementNS("http://www.w3.org/2000/svg", name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) if (value !== null && value !== undefined) node.setAttribute(key, value);
  for (const child of children) node.append(child);
  return node;
}
const html = (name, attributes, ...children) => make(false, name, attributes, children);
const svg = (name, attributes, ...children) => make(true, name, attributes, children);
const colour = head => `var(--c${head % 8})`;
const dash = head => dashes[head % dashes.length] || null;
const shown = () => data.heads.map((_, head) => head).filter(head => !state.hidden.has(head));
const grouped = count => String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, "\u202f");
function number(value, digits = 3) {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  if (value === 0) return "0";
  const size = Math.abs(value);
  const words = size < 1e-3 || size >= 1e5 ? value.toExponential(digits - 1) : String(Number(value.toPrecision(digits)));
  return words.replace("e+", "e").replace(/\.0+e/, "e").replaceAll("-", "−");
}
const percent = share => `${number(100 * share, share >= 0.995 ? 3 : 2)} %`;

// The ticks of which there is room for the numbers: 0 and both ends first.
const anchor = (place, text) => place > 0.97 ? "end" : place < 0.03 && text.length > 3 ? "start" : "middle";
const before = { start: 0.1, middle: 0.5, end: 0.9 };  // the part of a number that stands left of its tick
function apart(ticks, x) {
  const first = [...ticks.filter(([, text]) => text === "0"), ...ticks.slice(-1), ...ticks.slice(0, 1)], taken = [];
  return [...new Set([...first, ...ticks])].filter(([place, text]) => {
    const width = 6.2 * text.length + 9, left = x(place) - before[anchor(place, text)] * width, right = left + width;
    const free = taken.every(other => other[0] >= right || other[1] <= left);
    if (free) taken.push([left, right]);
    return free;
  });
}

// Charts: places are 0…1 of the inner rectangle, y upwards.
function chart(width, height, { left = 46, right = 10, top = 10, bottom = 34, label = "" } = {}) {
  const node = svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label, "font-size": 11 });
  const x = place => left + place * (width - left - right), y = place => height - bottom - place * (height - top - bottom);
  const add = (name, attributes, ...children) => { const made = svg(name, attributes, ...children); node.append(made); return made; };
  const words = (text, px, py, attributes) => add("text", { x: px, y: py, ...attributes }, text);
  const path = (points, attributes) => {
    let drawn = "", open = false;
    for (const [px, py] of points) {
      if (px === null || py === null || Number.isNaN(py)) { open = false; continue; }
      drawn += `${open ? "L" : "M"}${x(px).toFixed(1)} ${y(py).toFixed(1)}`;
      open = true;
    }
    if (drawn) add("path", { d: drawn, fill: "none", "stroke-width": 1.6, "stroke-linejoin": "round", ...attributes });
  };
  const area = (points, attributes) => {
    const whole = points.filter(([px, low, high]) => px !== null && low !== null && high !== null && !Number.isNaN(low));
    if (whole.length < 2) return;
    const up = whole.map(([px, , high]) => `${x(px).toFixed(1)} ${y(high).toFixed(1)}`);
    const back = whole.reverse().map(([px, low]) => `${x(px).toFixed(1)} ${y(low).toFixed(1)}`);
    add("path", { d: `M${up.join("L")}L${back.join("L")}Z`, opacity: 0.18, ...attributes });
  };
  const across = (ticks, name) => {
    add("line", { x1: x(0), x2: x(1), y1: y(0), y2: y(0), stroke: "var(--ink)" });
    for (const [place] of ticks) add("line", { x1: x(place), x2: x(place), y1: y(0), y2: y(0) + 4, stroke: "var(--ink)" });
    for (const [place, text] of apart(ticks, x)) words(text, x(place), y(0) + 15, { "text-anchor": anchor(place, text) });
    words(name, x(0.5), height - 4, { "text-anchor": "middle" });
  };
  const upwards = (ticks, name) => {
    for (const [place, text] of ticks) {
      add("line", { x1: x(0), x2: x(1), y1: y(place), y2: y(place), stroke: "var(--faint)" });
      words(text, x(0) - 5, y(place) + 4, { "text-anchor": "end" });
    }
    if (name) words(name, 10, y(0.5), { "text-anchor": "middle", transform: `rotate(-90 10 ${y(0.5)})` });
  };
  return { node, x, y, add, words, path, area, across, upwards };
}
function niceTicks(low, high, most = 5) {
  const raw = (high - low) / most || 1, power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map(each => each * power).find(each => each >= raw) || raw;
  const ticks = [];
  for (let at = Math.ceil(low / step - 1e-9) * step; at <= high + step * 1e-9; at += step) ticks.push(Math.abs(at) < step * 1e-9 ? 0 : at);
  return ticks;
}
function logTicks(low, high) {
  const span = Math.log10(high / low), ticks = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power += Math.max(Math.ceil(span / 5), 1))
    for (const times of span < 2.5 ? [1, 2, 5] : [1]) { const tick = times * 10 ** power; if (tick >= low && tick <= high) ticks.push(tick); }
  return ticks;
}
const unitTicks = [0, 0.25, 0.5, 0.75, 1].map(tick => [tick, String(tick)]);
const unitScale = { place: value => value, ticks: unitTicks };
function valueScale(values, log) {
  const drawn = values.filter(value => value !== null && (!log || value > 0));
  if (!drawn.length) return null;
  let low = Math.min(...drawn), high = Math.max(...drawn);
  if (log) {
    low = Math.max(low, high * 1e-12) / 1.2; high *= 1.2;
    const place = value => value === null ? null : Math.max(Math.log(Math.max(value, low) / low) / Math.log(high / low), 0);
    return { place, ticks: logTicks(low, high).map(tick => [place(tick), number(tick, 2)]) };
  }
  if (high - low < 1e-12) { low -= Math.abs(low) * 0.1 || 0.5; high += Math.abs(high) * 0.1 || 0.5; }
  const margin = 0.05 * (high - low), floor = low - margin, top = high + margin;
  const place = value => value === null ? null : (value - floor) / (top - floor);
  return { place, ticks: niceTicks(low, high).map(tick => [place(tick), number(tick)]) };
}
function section(title, id, wide, ...controls) {
  const body = html("div", { id: `${id}-body` });
  views.append(html("section", { id, class: wide ? "wide" : null, "aria-label": title }, html("h2", {}, title, ...controls), body));
  return body;
}
function choice(label, options, chosen, then) {
  const select = html("select", { "aria-label": label });
  for (const option of options) select.append(html("option", option === chosen ? { selected: "" } : {}, option));
  select.addEventListener("change", () => then(select.value, select.selectedIndex));
  return select;
}
const headName = head => html("b", {}, data.heads[head].name);
function put(body, ...nodes) { body.replaceChildren(...nodes); }
const nothing = words => html("p", { class: "soft" }, words);
const several = (look, nodes) => html("div", { class: look }, ...nodes);
const many = nodes => several("many", nodes);
// The key above a chart: as many heads a line as its width has room for, and what it is high.
const keyLine = 15;
function keyPlaces(left, width) {
  let at = left, line = 0;
  return shown().map(head => {
    const room = 40 + 6.5 * data.heads[head].name.length;
    if (at > left && at + room > width) { at = left; line++; }
    const place = [head, at, line];
    at += room;
    return place;
  });
}
const keyHeight = (left, width) => keyLine * Math.max(1, ...keyPlaces(left, width).map(([, , line]) => line + 1));
function keyedChart(width, height, options) {
  const { left = 46 } = options, key = keyHeight(left, width);
  const drawn = chart(width, height + key, { ...options, top: key + 9 });
  for (const [head, x, line] of keyPlaces(left, width)) {
    const y = 10 + keyLine * line;
    drawn.add("line", { x1: x, x2: x + 22, y1: y, y2: y, stroke: colour(head), "stroke-width": 2, "stroke-dasharray": dash(head) });
    drawn.words(data.heads[head].name, x + 27, y + 4, {});
  }
  return drawn;
}
// Viridis at nine places (van der Walt and Smith, 2015), reversed on light grounds.
const ramp = [[68, 1, 84], [71, 44, 122], [59, 81, 139], [44, 113, 142], [33, 144, 141], [39, 173, 129], [92, 200, 99], [170, 220, 50], [253, 231, 37]];
function rampColour(place) {
  const at = Math.min(Math.max(state.dark ? place : 1 - place, 0), 1) * (ramp.length - 1), low = Math.min(Math.floor(at), ramp.length - 2);
  return ramp[low].map((part, i) => Math.round(part + (ramp[low + 1][i] - part) * (at - low)));
}
function headBoxes(drawAll) {
  data.heads.forEach((head, at) => {
    const box = html("input", { type: "checkbox", checked: "" });
    box.addEventListener("change", () => {
      if (box.checked) state.hidden.delete(at);
      else if (shown().length > 1) state.hidden.add(at);
      else box.checked = true;
      drawAll();
    });
    const key = svg("svg", { viewBox: "0 0 24 8", class: "key", width: 24, height: 8 }, svg("line", { x1: 0, x2: 24, y1: 4, y2: 4, stroke: colour(at), "stroke-width": 3, "stroke-dasharray": dash(at) }));
    byId("heads").append(html("label", {}, box, " ", key, " ", head.name));
  });
}
function followTheme(drawAll) {
  const button = byId("theme");
  function set(dark) {
    state.dark = dark;
    document.documentElement.classList.toggle("dark", dark);
    button.setAttribute("aria-pressed", String(dark));
  }
  button.addEventListener("click", () => { set(!state.dark); drawAll(); });
  set(window.matchMedia("(prefers-color-scheme: dark)").matches);
  window.addEventListener("beforeprint", () => { if (state.dark) { set(false); drawAll(); } });
}
