// A sweep: the table of its cells, a score over what they differ in, and what decides about it.
const factors = data.factors, cells = data.cells;
[state.head, state.score] = data.sort;
const score = () => data.scores[state.score];
const nll = data.scores.findIndex(each => each.name === "nll");
const scoreOf = (cell, head, at = state.score) => cell.scores[at][head];
const meanOf = (cell, head, at = state.score) => { const entry = scoreOf(cell, head, at); return entry === null ? null : entry[0]; };
const spreadWords = entry => entry === null ? "–" : entry[1] === null ? number(entry[0]) : `${number(entry[0])} ± ${number(entry[1], 2)}`;
// The last two words of a key, as long as they tell it from the others.
const lastWords = axis => axis.name.split(".").slice(-2).join(".");
const keyOf = axis => factors.filter(other => lastWords(other) === lastWords(axis)).length > 1 ? axis.name : lastWords(axis);
const settings = cell => cell.at.map((value, at) => `${factors[at].name}=${factors[at].values[value]}`).join(" ");
const short = (words, most) => words.length > most ? `…${words.slice(1 - most)}` : words;
const lowerFirst = value => ({ lower: value, "nearest 1": Math.abs(value - 1) })[score().direction] ?? -value;
function ordered(head) {
  const place = cell => { const mean = meanOf(cell, head); return mean === null ? Infinity : lowerFirst(mean); };
  return [...cells].sort((one, other) => place(one) - place(other) || 0);
}
const areAlike = values => { const low = Math.min(...values), high = Math.max(...values); return high - low <= data.alike * Math.max(Math.abs(low), Math.abs(high)); };
// The best of the cells that came to their ends; nothing where no score is better than others.
function bestOf(head) {
  const ended = ordered(head).filter(cell => !cell.early && meanOf(cell, head) !== null);
  return score().direction && ended.length > 1 && !areAlike(ended.map(cell => meanOf(cell, head))) ? ended[0] : null;
}
function scaleOf(values) {
  const finite = values.filter(value => value !== null), low = Math.min(...finite), high = Math.max(...finite);
  if (finite.length && areAlike(finite)) {
    const around = 0.1 * Math.max(Math.abs(low), Math.abs(high)) || 0.5;
    return valueScale([low - around, high + around], false);
  }
  return valueScale(finite, score().log && low > 0 && high > 3 * low);
}
const isEven = axis => axis.kind === "even";

function spreadMarks(drawn, head, points) {
  for (const [cell, x, entry, low, mean, high] of points) {
    if (isEven(factors[0]) && low !== null) drawn.add("line", { x1: drawn.x(x), x2: drawn.x(x), y1: drawn.y(low), y2: drawn.y(high), stroke: colour(head), "stroke-width": 1.4 });
    drawn.add("circle", { cx: drawn.x(x), cy: drawn.y(mean), r: 3.6, fill: cell.early ? "var(--paper)" : colour(head), stroke: colour(head), "stroke-width": 1.4 },
      svg("title", {}, `${data.heads[head].name} at ${settings(cell)}: ${spreadWords(entry)}, ${cell.state}`));
  }
}
function drawStrip() {
  const axis = factors[0], entries = shown().map(head => [head, cells.filter(cell => scoreOf(cell, head) !== null).sort((one, other) => axis.places[one.at[0]] - axis.places[other.at[0]])]);
  const scale = scaleOf(entries.flatMap(([head, some]) => some.flatMap(cell => { const [mean, sd] = scoreOf(cell, head); return [mean, mean - sd, mean + sd]; }))
    .filter((value, _, all) => !(score().log && value <= 0 && all.some(each => each > 0))));
  if (!scale) return [nothing("no cell has a score yet")];
  const drawn = keyedChart(720, 320, { left: 58, label: `${score().name} over ${axis.name}` });
  drawn.upwards(scale.ticks, score().name);
  drawn.across(axis.places.map((place, at) => [place, short(axis.values[at], 14)]), axis.name + (axis.kind === "log" ? " (log axis)" : ""));
  for (const [head, some] of entries) {
    const points = some.map(cell => {
      const entry = scoreOf(cell, head), [mean, sd] = entry;
      return [cell, axis.places[cell.at[0]], entry, ...(sd === null ? [null, scale.place(mean), null] : [mean - sd, mean, mean + sd].map(scale.place))];
    });
    if (!isEven(axis)) {
      drawn.area(points.map(([, x, , low, , high]) => [x, low, high]), { fill: colour(head) });
      drawn.path(points.map(([, x, , , mean]) => [x, mean]), { stroke: colour(head), "stroke-dasharray": dash(head) });
    }
    spreadMarks(drawn, head, points);
  }
  return [drawn.node];
}

// Places of a score between the least, 0, and the most, 1, or in the middle where all are alike; the ends of the ramp are left out.
// Numbers have as many digits as tell the least from the most.
function tones(head) {
  const means = cells.map(cell => meanOf(cell, head)).filter(mean => mean !== null), low = Math.min(...means), high = Math.max(...means);
  const log = score().log && low > 0 && high > 3 * low, bend = value => log ? Math.log(value) : value;
  const alike = areAlike(means), place = mean => alike ? 0.5 : (bend(mean) - bend(low)) / (bend(high) - bend(low));
  const digits = alike ? 3 : [3, 4, 5, 6].find(count => number(low, count) !== number(high, count)) || 7, words = mean => number(mean, digits);
  const parts = mean => rampColour(0.08 + 0.84 * place(mean));
  const ticks = !alike ? [0, 0.25, 0.5, 0.75, 1].map(at => log ? low * (high / low) ** at : low + (high - low) * at) : [low];
  const title = `${data.heads[head].name}.${score().name}` + (means.length < 2 ? "" : alike ? `: all alike, ${words(low)}` : `: ${words(low)} to ${words(high)}`);
  return { any: means.length > 0, place, ticks, words, title, fill: mean => `rgb(${parts(mean).join(",")})`, ink: mean => { const [red, green, blue] = parts(mean); return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 115 ? "#000000" : "#ffffff"; } };
}
function drawMap(head) {
  const [rows, columns] = factors, tone = tones(head), best = bestOf(head);
  const left = 24 + Math.min(90, 7 * Math.max(...rows.values.map(value => value.length))), field = 30;
  const width = Math.max(320, left + 84 * columns.values.length + 10), height = 38 + field * rows.values.length + 38;
  const node = svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `${data.heads[head].name}.${score().name} over ${rows.name} and ${columns.name}`, "font-size": 11 });
  const wide = (width - left - 10) / columns.values.length, words = (text, x, y, attributes) => node.append(svg("text", { x, y, ...attributes }, text));
  words(tone.title, 10, 14, { "font-weight": "bold" });
  words(`${rows.name} ↓`, 10, 32, {});
  for (const cell of cells) {
    const [row, column] = cell.at, x = left + wide * column, y = 38 + field * row, entry = scoreOf(cell, head);
    const drawn = svg("rect", { x: x + 1, y: y + 1, width: wide - 2, height: field - 2, fill: entry === null ? "none" : tone.fill(entry[0]), stroke: entry === null ? "var(--faint)" : "none" }, svg("title", {}, `${settings(cell)}: ${spreadWords(entry)}, ${cell.state}`));
    node.append(drawn);
    const shownValue = entry === null ? "–" : tone.words(entry[0]), noted = `${cell === best ? "★ " : ""}${cell.early ? `(${shownValue})` : shownValue}`;
    const look = entry === null ? {} : { class: tone.ink(entry[0]) === "#000000" ? "on-light" : "on-dark" };
    words(noted, x + wide / 2, y + field / 2 + 4, { "text-anchor": "middle", ...look });
  }
  rows.values.forEach((value, at) => words(short(value, 13), left - 6, 38 + field * (at + 0.5) + 4, { "text-anchor": "end" }));
  columns.values.forEach((value, at) => words(short(value, 12), left + wide * (at + 0.5), 38 + field * rows.values.length + 15, { "text-anchor": "middle" }));
  words(columns.name, left + (width - left - 10) / 2, height - 6, { "text-anchor": "middle" });
  return node;
}
function drawLines(head) {
  const tone = tones(head), count = factors.length;
  if (!tone.any) return nothing(`${data.heads[head].name}: no cell has a score yet`);
  const width = Math.max(480, 150 * (count + 1)), height = 300, x = at => 30 + (width - 110) * at / count, y = place => height - 36 - place * (height - 76);
  const node = svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `${data.heads[head].name}.${score().name}, a line a cell`, "font-size": 11 });
  const words = (text, px, py, attributes) => node.append(svg("text", { x: px, y: py, ...attributes }, text));
  words(tone.title, 10, 14, { "font-weight": "bold" });
  const even = (value, values) => values > 1 ? value / (values - 1) : 0;
  for (const cell of ordered(head).reverse()) {
    const mean = meanOf(cell, head);
    if (mean === null) continue;
    const points = [...cell.at.map((value, at) => [x(at), y(even(value, factors[at].values.length))]), [x(count), y(tone.place(mean))]];
    node.append(svg("path", { d: `M${points.map(point => point.map(part => part.toFixed(1)).join(" ")).join("L")}`, fill: "none", stroke: tone.fill(mean), "stroke-width": 1.6, "stroke-dasharray": cell.early ? "3 3" : null }, svg("title", {}, `${settings(cell)}: ${spreadWords(scoreOf(cell, head))}, ${cell.state}`)));
  }
  const rule = (at, name) => {
    node.append(svg("line", { x1: x(at), x2: x(at), y1: y(0), y2: y(1), stroke: "var(--ink)" }));
    words(short(name, 22), x(at), height - 12, { "text-anchor": at ? "middle" : "start" });
  };
  const tick = (at, place, text) => words(text, x(at) + 5, y(place) + 4, { class: "halo" });
  factors.forEach((axis, at) => {
    rule(at, axis.name);
    axis.values.forEach((value, place) => tick(at, even(place, axis.values.length), short(value, 14)));
  });
  rule(count, score().name);
  for (const value of tone.ticks) tick(count, tone.place(value), tone.words(value));
  return node;
}

function drawTable() {
  const order = ordered(state.head), others = [state.head, ...shown().filter(head => head !== state.head)].map(head => [head, state.score]);
  const columns = [...others, ...(nll < 0 || nll === state.score ? [] : shown().map(head => [head, nll]))];
  const names = [...factors.map(keyOf), "state", ...columns.map(([at, which]) => `${data.heads[at].name}.${data.scores[which].name}`), "step", "cell"];
  const head = html("tr", {}, ...names.map((name, at) => html("th", { scope: "col", title: at < factors.length ? factors[at].name : null }, name)));
  const rows = order.map(cell => html("tr", { title: cell.words || null }, ...cell.at.map((value, at) => html(at ? "td" : "th", at ? {} : { scope: "row" }, factors[at].values[value])),
    html("td", { class: cell.failed ? "fails" : cell.state === "finished" ? "holds" : null }, cell.state), ...columns.map(([at, which]) => html("td", {}, spreadWords(scoreOf(cell, at, which)))), html("td", {}, grouped(cell.step)), html("td", { class: "soft" }, cell.id)));
  const direction = { higher: "the highest", lower: "the lowest", "nearest 1": "the nearest to 1" }[score().direction] || "the most";
  const failed = order.filter(cell => cell.failed && cell.words).map(cell => html("p", { class: "soft" }, html("b", { class: "fails" }, cell.id), ` ${cell.words}`));
  put(bodies.table, html("div", { class: "scroll" }, html("table", {}, html("thead", {}, head), html("tbody", {}, ...rows))), ...failed,
    html("p", { class: "soft" }, `${score().meaning}${score().meaning ? "; " : ""}${direction} of ${data.heads[state.head].name} first${data.seeds.at(-1) > 1 ? "; ± standard deviation over seeds" : ""}`));
}
function drawChart() {
  const drawn = data.drawing === "strip" ? drawStrip() : [many(shown().map(data.drawing === "map" ? drawMap : drawLines))];
  const early = cells.some(cell => cell.early) ? { strip: "open marks: stopped early", map: "in brackets: stopped early", lines: "dashed: stopped early" }[data.drawing] : "";
  const said = { strip: data.seeds.at(-1) > 1 ? "band or bar: ± standard deviation over seeds" : "", map: shown().some(bestOf) ? "★ the best" : "", lines: "a line a cell: its value of every factor, and its score" }[data.drawing];
  put(bodies.chart, ...drawn, html("p", { class: "soft" }, [said, early].filter(Boolean).join("; ")));
}
const sharesOf = head => data.shares[state.score][head];
function noShares(head) {
  if (!data.grid) return "shares of variance need every cell of the grid, and these were drawn";
  const means = cells.map(cell => meanOf(cell, head));
  return means.every(mean => mean !== null) && areAlike(means) ? "no shares: it is the same in every cell" : "shares come once every cell has come to its end with a score, and they differ";
}
function shareBars(head) {
  const shares = sharesOf(head);
  if (!shares) return nothing(`${data.heads[head].name}.${score().name}: ${noShares(head)}`);
  const [own, together, seeds] = shares;
  const bars = [...own.map(([share, noise], at) => [factors[at].name, share, noise ? " (within seed noise)" : ""]), ...(factors.length > 1 ? [["together", together, ""]] : []), ["seeds", seeds, ""]];
  const node = svg("svg", { viewBox: `0 0 480 ${24 + 24 * bars.length}`, role: "img", "aria-label": `shares of the variance of ${data.heads[head].name}.${score().name}`, "font-size": 11 });
  node.append(svg("text", { x: 10, y: 14, "font-weight": "bold" }, `${data.heads[head].name}.${score().name}`));
  bars.forEach(([name, share, note], at) => {
    const y = 24 + 24 * at;
    node.append(svg("rect", { x: 170, y: y + 4, width: Math.max(1, 190 * share), height: 12, fill: colour(head), opacity: note ? 0.35 : 1 }),
      svg("text", { x: 162, y: y + 14, "text-anchor": "end" }, short(name, 26)), svg("text", { x: 176 + 190 * share, y: y + 14 }, `${percent(share < 1e-9 ? 0 : share)}${note}`));
  });
  return node;
}
function drawShares() {
  const why = new Set(shown().map(noShares));
  if (!shown().some(sharesOf) && why.size === 1) return put(bodies.shares, nothing(...why));
  put(bodies.shares, many(shown().map(shareBars)), html("p", { class: "soft" }, "of the variance over all cells and seeds; together: what factors do beyond each by itself"));
}

const scoreNames = data.scores.filter(each => !each.constant).map(each => each.name), headNames = data.heads.map(each => each.name);
const bodies = {};
byId("controls").prepend(
  html("label", {}, "score ", choice("score", scoreNames, score().name, name => { state.score = data.scores.findIndex(each => each.name === name); drawAll(); })),
  html("label", {}, "sorted by ", choice("head that cells are sorted by", headNames, headNames[state.head], (_, at) => { state.head = at; drawTable(); })));
bodies.chart = section(data.drawing === "strip" ? "Strip" : data.drawing === "map" ? "Heat map" : "Parallel coordinates", "chart", true, html("span", { class: "soft" }, factors.map(axis => axis.name).join(" × ")));
bodies.table = section("Leaderboard", "leaderboard", true);
bodies.shares = section("Shares of the variance", "shares", true);
function drawAll() {
  drawChart();
  drawTable();
  drawShares();
}
byId("title").textContent = data.title;
byId("question").textContent = data.question;
const finished = cells.filter(cell => cell.state === "finished" || cell.state === "diverged").length, early = cells.filter(cell => cell.early).length, failed = cells.filter(cell => cell.failed).length;
byId("about").textContent = [`${data.sweep}: ${data.state}`, `${finished} of ${cells.length} cells finished`, data.training ? `${data.training} in training` : "", early ? `${early} stopped early (${data.stop} at ${data.rungs})` : data.stop ? `stop ${data.stop} at ${data.rungs}` : "", failed ? `${failed} failed` : ""].filter(Boolean).join(", ");
byId("notes").textContent = data.recorded > cells.length
  ? `This page shows the best ${cells.length} of ${data.recorded} cells, by ${data.heads[data.sort[0]].name}.${data.scores[data.sort[1]].name}; the table of \`objtui export --format csv\` has all.` : `All ${cells.length} cells.`;
byId("controls").addEventListener("submit", event => event.preventDefault());
headBoxes(drawAll);
followTheme(drawAll);
drawAll();
