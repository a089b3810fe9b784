// A run, or several: everything that is recorded of a moment, and how it came about.
const frames = data.frames, edges = data.edges, cells = edges.length + 1;
const background = 0, objects = 1, classNames = ["background", "objects"];
const maxFrames = 320;
Object.assign(state, { at: Math.max(frames.length - 1, 0), overlay: false, less: false, picture: 0,
  probability: false, logStep: false, wallTime: false,
  score: (data.scores.find(each => each.first) || data.scores[0] || { name: "training_loss" }).name });

// Histograms, as the package computes them: a bin's rows are spread evenly over its width.
function fullCells(sparse) {
  const full = new Float64Array(cells);
  full.set(sparse.slice(1), sparse[0]);
  return full;
}
function below(cumulative, z) {
  if (z <= edges[0]) return z < edges[0] ? 0 : cumulative[0];
  let low = 0, high = edges.length - 1;
  if (z >= edges[high]) return cumulative[high];
  while (high - low > 1) { const middle = (low + high) >> 1; if (edges[middle] <= z) low = middle; else high = middle; }
  const inside = (z - edges[low]) / (edges[low + 1] - edges[low]);
  return cumulative[low] * (1 - inside) + cumulative[low + 1] * inside;
}
function binned(sparse, targets) {
  const full = fullCells(sparse), cumulative = new Float64Array(edges.length);
  let rows = 0;
  full.forEach((count, cell) => { rows += count; if (cell < edges.length) cumulative[cell] = rows; });
  const places = targets.map(z => below(cumulative, z));
  const shares = places.slice(1).map((place, at) => (place - places[at]) / Math.max(rows, 1));
  shares[0] += places[0] / Math.max(rows, 1);
  shares[shares.length - 1] += (rows - places[places.length - 1]) / Math.max(rows, 1);
  return { shares, beyond: [places[0] / Math.max(rows, 1), (rows - places[places.length - 1]) / Math.max(rows, 1)] };
}

// The axis of logits is that of the dashboard: of all moments, so that nothing jumps while the slider moves.
let axis = null;
const sigmoid = z => 1 / (1 + Math.exp(-z)), logit = p => Math.log(p) - Math.log1p(-p), maxMark = 4.7;
function probabilityAxis() {
  const targets = bins => Array.from({ length: bins + 1 }, (_, at) => logit(at / bins));
  const marks = data.axis.scales[Object.keys(data.axis.scales)[0]].marks.filter(z => Math.abs(z) < maxMark);
  return { low: -Infinity, high: Infinity, place: sigmoid, targets, name: "p = sigmoid(z)", marks, ticks: unitTicks };
}
function logitAxis() {
  if (state.probability) return probabilityAxis();
  const reach = side => Math.max(...shown().map(head => data.axis.reaches[head][side]));
  const { low, high, linear, name, ticks, marks } = data.axis.scales[`${reach(0)},${reach(1)}`];
  const bend = z => linear ? z : Math.asinh(z / data.axis.bend);
  const unbend = place => linear ? place : data.axis.bend * Math.sinh(place);
  const place = z => (bend(z) - bend(low)) / (bend(high) - bend(low));
  const targets = bins => Array.from({ length: bins + 1 }, (_, at) => unbend(bend(low) + (bend(high) - bend(low)) * at / bins));
  return { low, high, place, targets, name, marks, ticks: ticks.map(z => [place(z), number(z)]) };
}

// The axis of steps, or of seconds of training by the clock of each head's run.
const secondsOf = (frame, head) => frame.seconds[head];
function secondsAt(head, step) {
  const timed = frames.filter(frame => secondsOf(frame, head) !== null);
  const after = timed.findIndex(frame => frame.step >= step);
  if (!timed.length || after === 0) return timed.length ? secondsOf(timed[0], head) : null;
  const [from, to] = after < 0 ? [timed[timed.length - 1], timed[timed.length - 1]] : [timed[after - 1], timed[after]];
  const part = to.step > from.step ? (step - from.step) / (to.step - from.step) : 0;
  return secondsOf(from, head) + part * (secondsOf(to, head) - secondsOf(from, head));
}
function stepScale(seconds = false) {
  const all = frames.flatMap(frame => seconds ? shown().map(head => secondsOf(frame, head)).filter(value => value !== null) : [frame.step]);
  const high = Math.max(...all, seconds ? 1e-3 : 1), name = seconds ? "seconds" : "step", words = seconds ? number : grouped;
  if (!state.logStep) return { place: at => at === null ? null : at / high, ticks: niceTicks(0, high, 4).map(at => [at / high, words(at)]), name };
  const low = Math.min(...all.filter(value => value > 0), high / (1 + 1e-9)), span = Math.log10(high / low);
  const place = at => at === null || at < low ? null : Math.log10(at / low) / Math.max(span, 1e-9);
  return { place, ticks: logTicks(low, high).map(at => [place(at), words(at)]), name };
}
function marks(drawn, upright = true) {
  for (const z of axis.marks) {
    const at = axis.place(z), line = upright
      ? { x1: drawn.x(at), x2: drawn.x(at), y1: drawn.y(0), y2: drawn.y(1) } : { x1: drawn.x(0), x2: drawn.x(1), y1: drawn.y(at), y2: drawn.y(at) };
    drawn.add("line", { ...line, stroke: "var(--faint)", "stroke-dasharray": z ? "3 3" : null });
  }
}

const overlayButton = html("button", { type: "button", "aria-pressed": "false" }, "overlay");
overlayButton.addEventListener("click", () => {
  state.overlay = !state.overlay;
  overlayButton.setAttribute("aria-pressed", String(state.overlay));
  drawMoment();
});
const bodies = {};
bodies.answers = section("In words", "answers", true);
bodies.histograms = section("Histograms", "histograms", true, overlayButton, html("span", { class: "soft" }, "share of a class's rows; each class has a scale of its own; dashed: p = .01 and .99, and from where the sigmoid is 1"));
const curveNames = [...data.scores.filter(each => !each.constant).map(each => each.name), "training_loss", ...new Set(data.numbers.map(each => `log: ${each.name}`))];
bodies.curves = section("Curves", "curves", false, choice("score", curveNames, state.score, name => { state.score = name; drawCurves(); }));
const lessButton = html("button", { type: "button", "aria-pressed": "false" }, `less ${data.heads[0].name}`);
lessButton.addEventListener("click", () => {
  state.less = !state.less;
  lessButton.setAttribute("aria-pressed", String(state.less));
  drawMoment();
});
bodies.scores = section("Scores", "scores", false, ...(data.heads.length > 1 ? [lessButton] : []));
bodies.history = section("Histograms over the steps", "history", true, html("span", { class: "soft" }, "share of a class's rows on a log ramp, from .01 to 100 %"));
bodies.reliability = section("Reliability", "reliability", false);
bodies.threshold = section("Threshold", "threshold", false, html("span", { class: "soft" }, "F1 (solid), precision (dashed), recall (dotted)"));
bodies.pr = section("Precision over recall", "precision-recall", false);
bodies.gradient = section("Gradient", "gradient", true, html("span", { class: "soft" }, "dL/dz of a row"));
const pictureCount = Math.max(0, ...data.pictures.map(each => Array.isArray(each) ? each.length : 0));
if (pictureCount) bodies.pictures = section("Pictures", "pictures", true,
  choice("picture", Array.from({ length: pictureCount }, (_, at) => `picture ${at + 1}`), "picture 1", (_, at) => { state.picture = at; drawMoment(); }),
  html("span", { class: "soft" }, "of the first seed: hit (solid), false alarm (dashed), missed (dotted)"));
if (pictureCount) bodies.mistakes = section("Worst mistakes", "mistakes", true, html("span", { class: "soft" }, "over all evaluation pictures, of the first seed, at the end of the run"));
if (data.claims.length) bodies.claims = section("Claims", "claims", true);

function drawHistograms(frame) {
  const targets = axis.targets(72);
  const half = (drawn, shares, sign, highest, attributes) => {
    let outline = `M${drawn.x(axis.place(targets[0]))} ${drawn.y(0.5)}`;
    shares.forEach((share, at) => {
      const y = drawn.y(0.5 + sign * 0.42 * share / (highest || 1)).toFixed(1);
      outline += `L${drawn.x(at / shares.length).toFixed(1)} ${y}L${drawn.x((at + 1) / shares.length).toFixed(1)} ${y}`;
    });
    drawn.add("path", { d: `${outline}L${drawn.x(1)} ${drawn.y(0.5)}`, ...attributes });
  };
  const notes = (drawn, side, highest) => drawn.words(`${classNames[side]} (highest bin ${percent(highest)})`, drawn.x(1), side === objects ? drawn.y(1) + 9 : drawn.y(0) - 5, { "text-anchor": "end", "font-size": 10 });
  const finish = drawn => {
    drawn.add("line", { x1: drawn.x(0), x2: drawn.x(1), y1: drawn.y(0.5), y2: drawn.y(0.5), stroke: "var(--ink)" });
    drawn.across(axis.ticks, axis.name);
  };
  if (state.overlay) {
    const drawn = keyedChart(720, 245, { left: 12, label: "histograms of all heads" });
    marks(drawn);
    for (const side of [objects, background]) {
      const all = shown().map(head => binned(frame.counts[head][side], targets).shares), highest = Math.max(0, ...all.flat());
      shown().forEach((head, at) => half(drawn, all[at], side === objects ? 1 : -1, highest, { fill: "none", stroke: colour(head), "stroke-width": 1.6, "stroke-dasharray": dash(head) }));
      notes(drawn, side, highest);
    }
    finish(drawn);
    put(bodies.histograms, drawn.node);
    return;
  }
  put(bodies.histograms, many(shown().map(head => {
    const drawn = chart(420, 210, { left: 10, label: `histogram of ${data.heads[head].name}` });
    marks(drawn);
    for (const side of [objects, background]) {
      const { shares, beyond } = binned(frame.counts[head][side], targets), highest = Math.max(0, ...shares);
      half(drawn, shares, side === objects ? 1 : -1, highest, { fill: side === objects ? colour(head) : "var(--background)" });
      notes(drawn, side, highest);
      if (!state.probability) beyond.forEach((share, end) => { if (share > 1e-7) drawn.words(`${percent(share)} beyond`, drawn.x(end ? 0.98 : 0.02), drawn.y(side === objects ? 0.62 : 0.34), { "text-anchor": end ? "end" : "start", "font-size": 10 }); });
    }
    finish(drawn);
    drawn.words(data.heads[head].name, drawn.x(0), drawn.y(1) + 9, { "font-weight": "bold" });
    if (frame.diverged[head]) drawn.words(`${frame.diverged[head]} of ${frame.seeds[head]} seeds diverged`, drawn.x(0), drawn.y(1) + 22, { "font-size": 10 });
    return drawn.node;
  })));
}

const vanished = { "background at dL/dz = 0": background, "objects at dL/dz = 0": objects };
// A curve is a list of [step, mean, lowest, highest].
function curveOf(name, head) {
  if (name === "training_loss") return data.losses[head];
  if (name.startsWith("log: ")) {
    const logged = data.numbers.find(each => each.head === head && `log: ${each.name}` === name);
    return logged ? logged.points.map(([step, value]) => [step, value, value, value]) : [];
  }
  const at = data.scores.findIndex(each => each.name === name);
  if (name in vanished) return frames.map(frame => { const share = frame.vanished[head][vanished[name]]; return [frame.step, share, share, share]; });
  return at < 0 ? [] : frames.map(frame => [frame.step, ...(frame.scores[at][head] || [null, null, null])]);
}
function curveChart(name, title, width, height, log, unit = false, timed = false) {
  const curves = shown().map(head => [head, curveOf(name, head)]);
  const scale = unit ? unitScale : valueScale(curves.flatMap(([, points]) => points.flatMap(point => point.slice(1))), log), steps = stepScale(timed);
  if (!scale) return nothing(`${title}: nothing recorded`);
  const drawn = keyedChart(width, height, { left: 58, label: `curve of ${title}` });
  drawn.upwards(scale.ticks, title);
  drawn.across(steps.ticks, steps.name);
  const across = (head, step) => steps.place(timed ? secondsAt(head, step) : step);
  for (const [head, points] of curves) drawn.area(points.map(([step, , low, high]) => [across(head, step), scale.place(low), scale.place(high)]), { fill: colour(head) });
  for (const [head, points] of curves) drawn.path(points.map(([step, mean]) => [across(head, step), scale.place(mean)]), { stroke: colour(head), "stroke-dasharray": dash(head) });
  const cursors = frames.length ? new Set(shown().map(head => across(head, frames[state.at].step))) : [];
  for (const place of cursors) if (place !== null) drawn.add("line", { x1: drawn.x(place), x2: drawn.x(place), y1: drawn.y(0), y2: drawn.y(1), stroke: "var(--soft)", "stroke-dasharray": "2 2" });
  return drawn.node;
}
const isLog = name => name === "training_loss" || Boolean((data.scores.find(each => each.name === name) || {}).log);
function drawCurves() {
  const meaning = (data.scores.find(each => each.name === state.score) || { meaning: "" }).meaning;
  put(bodies.curves, curveChart(state.score, state.score, 480, 275, isLog(state.score), false, state.wallTime), html("p", { class: "soft" }, `${meaning}${meaning ? "; " : ""}bands: lowest to highest seed`));
}
function drawGradient() {
  put(bodies.gradient, many([["grad_pos", "mean size, objects", true], ["grad_neg", "mean size, background", true], ["grad_share_neg", "background's share", false],
    ...Object.keys(vanished).filter(name => frames.some(frame => shown().some(head => frame.vanished[head][vanished[name]] !== null))).map(name => [name, name, false])]
    .map(([name, title, log]) => curveChart(name, title, 380, 190, log, !log))));
}
function drawScores(frame) {
  byId("scores").classList.toggle("wide", shown().length > 4);
  const head = html("tr", {}, html("th", { scope: "col" }, ""), ...shown().map(each => html("th", { scope: "col" }, headName(each))));
  const cell = (at, each) => {
    const range = frame.scores[at][each], mean = number(range ? range[0] : null), less = frame.less[at][each];
    const title = range ? `${number(range[1])} to ${number(range[2])} over seeds` : null;
    if (!state.less || each === 0) return html("td", { title }, frame.best[at].includes(each) && !state.less ? html("b", {}, mean) : mean);
    if (!less) return html("td", {}, "–");
    const noise = less[1] !== null && Math.abs(less[0]) <= less[1], sign = less[0] > 0 ? "+" : "";
    return html("td", { title, class: noise ? "soft" : null }, `${noise ? "≈ " : ""}${sign}${number(less[0])}${less[1] === null ? "" : ` ± ${number(less[1], 2)}`}`);
  };
  const rows = data.scores.map((score, at) => [score, at]).filter(([, at]) => shown().some(each => frame.scores[at][each]))
    .map(([score, at]) => html("tr", { title: score.meaning }, html("th", { scope: "row" }, score.name), ...shown().map(each => cell(at, each))));
  const words = state.less ? `values less those of ${data.heads[0].name}, ± half of their 95 % intervals; ≈: 0 is inside` : "means over the seeds that have not diverged; bold: the best, and what their seeds do not tell from it";
  put(bodies.scores, html("div", { class: "scroll" }, html("table", {}, html("thead", {}, head), html("tbody", {}, ...rows))), html("p", { class: "soft" }, words));
}
function drawReliability(frame) {
  const drawn = keyedChart(480, 315, { label: "reliability diagram" });
  drawn.upwards(unitTicks, "share of objects");
  drawn.across(unitTicks, "p");
  drawn.path([[0, 0], [1, 1]], { stroke: "var(--background)", "stroke-width": 1 });
  for (const head of shown()) {
    const bins = frame.bins[head];
    drawn.path(bins.map(([p, share]) => [p, share]), { stroke: colour(head), "stroke-dasharray": dash(head) });
    for (const [p, share, rows] of bins) drawn.add("circle", { cx: drawn.x(p), cy: drawn.y(share), r: 3.2, fill: colour(head) }, svg("title", {}, `${data.heads[head].name}: ${grouped(rows)} rows`));
  }
  for (const head of shown()) {
    drawn.path(frame.calibrated[head].map(([p, share]) => [p, share]), { stroke: colour(head), "stroke-dasharray": "1 3" });
    for (const [p, share] of frame.calibrated[head]) drawn.words("×", drawn.x(p), drawn.y(share) + 4, { "text-anchor": "middle", class: `ink${head % 8}` });
  }
  const crosses = shown().some(head => frame.calibrated[head].length) ? "crosses: calibrated, over rows that it was not fitted on; " : "";
  put(bodies.reliability, drawn.node, html("p", { class: "soft" }, crosses + "bins from the histograms: near those of the score ece, not equal to them"));
}
function drawThreshold(frame) {
  const unit = [0, 0.5, 1].map(tick => [tick, String(tick)]);
  put(bodies.threshold, several("many small", shown().map(head => {
    const drawn = chart(320, 200, { top: 34, left: 30, label: `threshold sweep of ${data.heads[head].name}` });
    drawn.words(data.heads[head].name, 30, 12, { "font-weight": "bold" });
    if (!frame.sweeps[head].length) { drawn.words("no objects to be found", drawn.x(0.5), drawn.y(0.5), { "text-anchor": "middle" }); return drawn.node; }
    const [logits, precision, recall, f1] = frame.sweeps[head], best = frame.points[head][1];
    drawn.upwards(unit, "");
    drawn.across(axis.ticks, axis.name);
    const line = values => {
      const inside = logits.map((z, at) => [z, values[at]]).filter(([z]) => z >= axis.low && z <= axis.high).map(([z, value]) => [axis.place(z), value]);
      return inside.length && logits[0] > axis.low ? [[0, values[0]], ...inside] : inside;
    };
    for (const [values, pattern, width] of [[recall, "2 3", 1.2], [precision, "6 3", 1.2], [f1, null, 2]])
      drawn.path(line(values), { stroke: colour(head), "stroke-dasharray": pattern, "stroke-width": width });
    drawn.add("circle", { cx: drawn.x(axis.place(best[0])), cy: drawn.y(best[4]), r: 4, fill: colour(head) });
    drawn.words(`best F1 ${number(best[4])} at z = ${number(best[0])}, p = ${number(best[1])}`, drawn.x(1), 26, { "text-anchor": "end", "font-size": 10 });
    return drawn.node;
  })));
}
function drawPrecisionRecall(frame) {
  const drawn = keyedChart(480, 315, { label: "precision over recall" });
  const heads = shown().filter(head => frame.sweeps[head].length);
  if (!heads.length) { put(bodies.pr, nothing("no objects to be found")); return; }
  drawn.upwards(unitTicks, "precision");
  drawn.across(unitTicks, "recall");
  for (const head of heads) {
    const [, precision, recall] = frame.sweeps[head];
    drawn.path(recall.map((at, i) => [at, precision[i]]).filter(([, value]) => value !== null), { stroke: colour(head), "stroke-dasharray": dash(head) });
  }
  for (const head of heads) frame.points[head].forEach(([z, p, precision, recall, f1], at) => {
    if (precision === null) return;
    const x = drawn.x(recall), y = drawn.y(precision), words = svg("title", {}, `${data.heads[head].name}, ${at ? "best F1" : "p = .5"}: z ${number(z)}, p ${number(p)}, precision ${number(precision)}, recall ${number(recall)}, F1 ${number(f1)}`);
    if (at) drawn.add("path", { d: `M${x} ${y - 5}L${x + 5} ${y + 4}L${x - 5} ${y + 4}Z`, fill: colour(head) }, words);
    else drawn.add("circle", { cx: x, cy: y, r: 4.5, fill: "var(--paper)", "fill-opacity": 0.6, stroke: colour(head), "stroke-width": 1.6 }, words);
  });
  put(bodies.pr, drawn.node, html("p", { class: "soft" }, "over the rows of all seeds; circle: p = .5; triangle: the threshold of the best F1"));
}

function heat(head, side, bins, columns) {
  const canvas = document.createElement("canvas"), steps = stepScale(), targets = axis.targets(bins);
  canvas.width = columns; canvas.height = bins;
  const context = canvas.getContext("2d"), image = context.createImageData(columns, bins);
  const shares = frames.map(frame => binned(frame.counts[head][side], targets).shares);
  let frame = 0;
  for (let column = 0; column < columns; column++) {
    const place = (column + 0.5) / columns;
    while (frame + 1 < frames.length && steps.place(frames[frame + 1].step) <= place) frame++;
    if (!frames.length || place > Math.max(steps.place(frames[frames.length - 1].step), 0.004)) break;
    shares[frame].forEach((share, bin) => {
      if (share < 1e-5) return;
      const at = 4 * ((bins - 1 - bin) * columns + column), [red, green, blue] = rampColour(Math.min(Math.max(1 + Math.log10(share) / 4, 0), 1));
      image.data.set([red, green, blue, 255], at);
    });
  }
  context.putImageData(image, 0, 0);
  return canvas.toDataURL("image/png");
}
function drawHistory() {
  put(bodies.history, several("many pairs", shown().flatMap(head => [objects, background].map(side => {
    const drawn = chart(600, 220, { top: 24, label: `${classNames[side]} of ${data.heads[head].name} over the steps` }), steps = stepScale();
    drawn.add("image", { href: heat(head, side, 80, 300), x: drawn.x(0), y: drawn.y(1), width: drawn.x(1) - drawn.x(0), height: drawn.y(0) - drawn.y(1), preserveAspectRatio: "none" });
    marks(drawn, false);
    const zero = axis.place(0), near = place => Math.abs(drawn.y(place) - drawn.y(zero)) < 12;
    for (const [place, text] of axis.ticks) if (place === zero || !near(place)) drawn.words(text, drawn.x(0) - 5, drawn.y(place) + 4, { "text-anchor": "end" });
    drawn.across(steps.ticks, steps.name);
    drawn.words(`${data.heads[head].name}: ${classNames[side]}`, 46, 14, { "font-weight": "bold" });
    drawn.words(axis.name, drawn.x(1), 14, { "text-anchor": "end", "font-size": 10 });
    return drawn.node;
  }))));
}
function drawPictures(frame) {
  put(bodies.pictures, many(shown().map(head => {
    const of = Array.isArray(data.pictures[head]) ? data.pictures[head] : data.pictures[data.pictures[head]], picture = of[state.picture], boxes = (frame.boxes[head] || [])[state.picture];
    if (!picture || !boxes) return nothing(`${data.heads[head].name}: no detections`);
    const node = svg("svg", { viewBox: `0 0 ${picture.width} ${picture.height}`, role: "img", "aria-label": picture.name }, svg("image", { href: picture.source, width: picture.width, height: picture.height }));
    for (const [kind, left, top, width, height, logit] of boxes) for (const under of [true, false]) node.append(svg("rect", {
      x: left, y: top, width, height, fill: "none", stroke: under ? "#000000" : boxLooks[kind][0], "stroke-dasharray": under ? null : boxLooks[kind][1],
      "stroke-width": under ? 4 : 2, "vector-effect": "non-scaling-stroke" }, svg("title", {}, `${kind}, z ${number(logit)}`)));
    const count = kind => boxes.filter(box => box[0] === kind).length;
    return html("figure", {}, html("figcaption", {}, headName(head), ` ${picture.name}: ${count("hit")} hit, ${count("false alarm")} false alarms, ${count("missed")} missed`), node);
  })));
}
const boxLooks = { hit: ["#2fd1a2", null], "false alarm": ["#ff7f0e", "6 3"], missed: ["#f0e442", "2 3"] };
function drawMistakes() {
  if (!bodies.mistakes) return;
  const crop = ([kind, p, [left, top, width, height], source]) => {
    const words = p === null ? "no box" : p < 0.005 ? "p < 0.005" : p > 0.995 ? "p > 0.995" : `p = ${number(p, 2)}`;
    const node = svg("svg", { viewBox: "0 0 1 1", role: "img", "aria-label": `${kind}, ${words}` }, svg("image", { href: source, width: 1, height: 1, preserveAspectRatio: "none" }));
    for (const under of [true, false]) node.append(svg("rect", { x: left, y: top, width, height, fill: "none", stroke: under ? "#000000" : boxLooks[kind][0],
      "stroke-dasharray": under ? null : boxLooks[kind][1], "stroke-width": under ? 4 : 2, "vector-effect": "non-scaling-stroke" }));
    return html("figure", { class: "crop" }, node, html("figcaption", { class: "soft" }, words));
  };
  put(bodies.mistakes, ...shown().map(head => data.mistakes[head].length
    ? html("div", {}, ...[["false alarm", "surest false alarms"], ["missed", "missed most"]].map(([kind, heading]) => {
      const some = data.mistakes[head].filter(each => each[0] === kind);
      return html("div", { class: "crops" }, html("p", {}, headName(head), ` ${heading}${some.length ? "" : ": none"}`), ...some.map(crop));
    }))
    : nothing(`${data.heads[head].name}: ${data.ended ? "none" : "kept at the end or most stops"}`)));
}
function drawClaims() {
  if (!bodies.claims) return;
  put(bodies.claims, html("dl", {}, ...data.claims.flatMap(claim => [
    html("dt", {}, html("b", { class: claim.label.split(" ")[0] }, claim.label), ` ${claim.text}`), html("dd", {}, `${claim.test}${claim.measured ? `: ${claim.measured}` : ""}`)])));
}

// Where so many heads are on a page that not every moment was judged, the last one before that was.
function drawAnswers() {
  let at = state.at;
  while (at > 0 && !frames[at].answers) at--;
  const said = frames[at].answers || [], elsewhere = at === state.at ? [] : [nothing(`as of step ${grouped(frames[at].step)}`)];
  put(bodies.answers, said.length ? html("dl", {}, ...said.flatMap(([question, words]) => [html("dt", {}, question), html("dd", {}, words)])) : nothing("nothing is said of this moment"), ...elsewhere);
}

const slider = byId("slider");
function drawMoment() {
  drawAbout();
  if (!frames.length) { put(bodies.histograms, nothing("nothing is recorded yet")); return; }
  const frame = frames[state.at];
  slider.max = frames.length - 1;
  slider.value = state.at;
  slider.setAttribute("aria-valuetext", `step ${frame.step}`);
  byId("step").textContent = grouped(frame.step);
  drawAnswers();
  for (const draw of [drawHistograms, drawScores, drawReliability, drawThreshold, drawPrecisionRecall]) draw(frame);
  if (bodies.pictures) drawPictures(frame);
  drawCurves();
  drawGradient();
}
function drawAll() {
  axis = logitAxis();
  drawMoment();
  if (frames.length) drawHistory();
  drawMistakes();
  drawClaims();
}
function drawAbout() {
  const parts = [data.state, data.device === "none" ? "given logits" : data.device, data.dtype, data.note].filter(Boolean);
  byId("about").textContent = `${data.run}: ${parts.join(", ")}`;
  byId("notes").textContent = data.recorded > frames.length
    ? `This page shows ${frames.length} of ${data.recorded} recorded moments, spread over the steps; the run file has all.` : `All ${frames.length} recorded moments.`;
}
byId("title").textContent = data.title;
byId("question").textContent = data.question;
byId("controls").addEventListener("submit", event => event.preventDefault());
slider.addEventListener("input", () => { state.at = Number(slider.value); drawMoment(); });
headBoxes(drawAll);
const rowAxes = ["logit z", "probability p"], stepAxes = ["step", "log step", "wall time", "log wall time"];
byId("axes").append(
  choice("axis of histograms", rowAxes, rowAxes[0], (_, at) => { state.probability = at === 1; drawAll(); }),
  choice("axis of steps", stepAxes, stepAxes[0], (_, at) => { state.logStep = at % 2 === 1; state.wallTime = at > 1; drawAll(); }));
followTheme(drawAll);
drawAll();

function follow() {
  const events = new EventSource(`events?after=${frames.length ? frames[frames.length - 1].step : -1}`);
  let due = false;
  function drawSoon() {
    if (due) return;
    due = true;
    window.setTimeout(() => { due = false; drawAll(); }, 250);
  }
  events.addEventListener("frame", event => {
    const frame = JSON.parse(event.data), follows = state.at >= frames.length - 1, step = frames.length ? frames[state.at].step : 0;
    let at = frames.length;
    while (at > 0 && frames[at - 1].step >= frame.step) at--;
    const same = at < frames.length && frames[at].step === frame.step;
    frames.splice(at, same ? 1 : 0, frame);
    if (!same) data.recorded++;
    if (frames.length > maxFrames) for (let old = frames.length - 3; old > 0; old -= 2) frames.splice(old, 1);
    state.at = follows ? frames.length - 1 : Math.max(frames.findLastIndex(each => each.step <= step), 0);
    drawSoon();
  });
  events.addEventListener("state", event => { Object.assign(data, JSON.parse(event.data)); drawSoon(); });
  events.addEventListener("again", () => window.location.reload());
  events.addEventListener("end", event => { data.state = JSON.parse(event.data); events.close(); drawSoon(); });
  events.onerror = () => { data.state = "not connected; what was shown last"; drawAbout(); };
}
if (data.live) follow();
