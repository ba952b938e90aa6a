"use strict";
// Everything of the data becomes text in an element: nothing of it is ever read as HTML, a style or an address.
const data = JSON.parse(document.getElementById("data").textContent);
const PAGE = 8, LINES = 25;
const COLOURS = ["#0b6e63", "#c4572a", "#3f6fb5", "#a8842c", "#8a4d9e", "#b03a5b", "#5d7a2e", "#2f8fa3", "#7a5b45", "#6a6f78"];
const state = {
  language: (navigator.language || "").startsWith("ko") ? "ko" : "en",
  histogram: "", example: "", page_source: "", page_rule: "", reason: "", source: "", search: "", page: 0, pair: 0, line_source: "", line: 0, hit: 0,
};

function word(key) {
  const found = Object.hasOwn(data.words, key) ? data.words[key] : null;
  return found ? found[state.language === "ko" ? 1 : 0] : key;
}
const meaning = (kind, name, english) =>
  (state.language === "ko" && Object.hasOwn(data.words, `${kind}.${name}`) ? word(`${kind}.${name}`) : english[name]) || name;
const rule = (name) => (Object.hasOwn(data.words, `rule.${name}`) ? word(`rule.${name}`) : name);
const number = (value) => value.toLocaleString("en-US");
const percent = (part, whole) => (whole ? `${((100 * part) / whole).toFixed(1)} %` : "–");
const sum = (values) => values.reduce((total, value) => total + value, 0);
const unique = (values) => [...new Set(values)];
const size = (bytes) => (bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(1)} GB`);

function make(name, about, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(about || {})) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}
function draw(name, about, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(about)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}
const note = (key) => make("p", { class: "note" }, word(key));
const text = (...children) => make("div", { class: "text", dir: "auto" }, ...children);
const tag = (name) => make("span", { class: "tag" }, name);

function table(head, rows, numeric) {
  const cell = (kind, value, place) =>
    make(kind, { ...(numeric.includes(place) ? { class: "number" } : {}), ...(kind === "th" ? { scope: "col" } : {}) }, value);
  return make("div", { class: "wide", tabindex: "0" },
    make("table", {},
      make("thead", {}, make("tr", {}, head.map((value, place) => cell("th", value, place)))),
      make("tbody", {}, rows.map((row) => make("tr", {}, row.map((value, place) => cell("td", value, place)))))));
}
const named = (names, shown = String) => [["", word("all")], ...names.map((name) => [name, shown(name)])];
function choose(id, label, options, value, changed) {
  const select = make("select", { id, onchange: (event) => changed(event.target.value) },
    options.map(([name, shown]) => {
      const option = make("option", { value: name }, shown);
      option.selected = name === value;
      return option;
    }));
  return make("label", {}, label, select);
}
function turn(id, place, last, go) {
  const button = (name, step, able) => {
    const made = make("button", { id: `${id}-${name}`, type: "button", onclick: () => go(place + step) }, word(name));
    made.disabled = !able;
    return made;
  };
  return make("div", { class: "tools", role: "group" },
    button("previous", -1, place > 0), make("span", { "aria-live": "polite" }, `${word("page")} ${place + 1} / ${last + 1}`),
    button("next", 1, place < last));
}
function paged(id, found, size, key, show) {
  const last = Math.max(0, Math.ceil(found.length / size) - 1), at = Math.min(state[key], last);
  return [...show(found.slice(at * size, at * size + size)), turn(id, at, last, (place) => set({ [key]: place }))];
}
const runs = (diff, sides, marks) =>
  diff.filter(([side]) => sides.includes(side)).map(([side, part]) => (side === 0 ? part : make(marks[side], {}, part)));
const MARKS = { "-1": "del", 1: "ins" };
function sides(diff, left, right, before = [0, -1], after = [0, 1]) {
  const part = (title, which) => make("div", {}, make("h4", {}, title), text(runs(diff, which, MARKS)));
  return make("div", { class: "pair" }, part(left, before), part(right, after));
}
const origin = ({ source, file, row }) => [make("span", {}, source), make("span", {}, `${file}: ${number(row)}`)];

function section(id, ...children) {
  return make("section", { id, "aria-labelledby": `${id}-title` }, make("h2", { id: `${id}-title` }, word(id)), ...children);
}

function funnel() {
  const sources = Object.entries(data.ledger);
  const reasons = Object.keys(data.reasons).filter((name) => sources.some(([, entry]) => entry.dropped[name]));
  const colour = (place) => COLOURS[(place + 1) % COLOURS.length];
  const piece = (share, fill, title) => {
    const made = make("i", { title });
    made.style.width = `${100 * share}%`;
    made.style.background = fill;
    return made;
  };
  const swatch = (fill, name) => { const i = make("i"); i.style.background = fill; return make("li", {}, i, name); };
  const bars = sources.map(([source, entry]) => make("div", { class: "funnel" },
    make("div", {}, make("b", {}, source), ` ${number(entry.in)} → ${number(entry.out)} (${percent(entry.out, entry.in)})`),
    make("div", { class: "bar", role: "img", "aria-label": `${source}: ${number(entry.out)} / ${number(entry.in)}` },
      piece(entry.in ? entry.out / entry.in : 0, COLOURS[0], `${word("out")} ${number(entry.out)}`),
      reasons.map((name, place) => entry.dropped[name] &&
        piece(entry.dropped[name] / entry.in, colour(place), `${name} ${number(entry.dropped[name])}`)).filter(Boolean))));
  const lost = (name) => sum(sources.map(([, entry]) => entry.dropped[name] || 0));
  const came = sum(sources.map(([, entry]) => entry.in)), went = sum(sources.map(([, entry]) => entry.out));
  const rows = sources.map(([source, entry]) =>
    [source, number(entry.in), number(entry.out), ...reasons.map((name) => number(entry.dropped[name] || 0))]);
  if (rows.length > 1) rows.push([word("total"), number(came), number(went), ...reasons.map((name) => number(lost(name)))]);
  const tile = (value, name) => make("div", {}, make("b", {}, value), make("span", {}, name));
  return section("funnel", note("funnel.note"),
    make("div", { class: "numbers" }, tile(number(came), word("in")), tile(number(went), word("out")),
      tile(percent(went, came), word("share")), tile(size(data.inputs.bytes), word("inputs")),
      tile(size(sum(data.outputs.map((file) => file.bytes))), word("outputs"))),
    bars,
    make("ul", { class: "key" }, swatch(COLOURS[0], word("out")), reasons.map((name, place) => swatch(colour(place), name))),
    table([word("source"), word("in"), word("out"), ...reasons], rows, [...Array(reasons.length + 3).keys()].slice(1)),
    reasons.length ? table([word("reason"), word("count"), ""],
      reasons.map((name) => [make("code", {}, name), number(lost(name)), meaning("reason", name, data.reasons)]), [1]) : null);
}

const edge = (value) => (value >= 1000 ? `${value / 1000}k` : String(Math.round(value * 100) / 100));
function histogram(shown) {
  const counts = shown.edges.map((_, place) =>
    sum(Object.entries(shown.counts).filter(([source]) => !state.histogram || !source || source === state.histogram).map(([, of]) => of[place])));
  const most = Math.max(1, ...counts), width = 320, height = 120, step = width / counts.length;
  const svg = draw("svg", { viewBox: `0 0 ${width} ${height + 18}`, role: "img", "aria-label": shown.name },
    draw("line", { class: "axis", x1: 0, x2: width, y1: height, y2: height }));
  counts.forEach((count, place) => {
    const tall = (count / most) * (height - 6);
    const title = draw("title", {}, `${edge(shown.edges[place])}–: ${number(count)}`);
    svg.append(draw("rect", { class: "col", x: place * step + 0.5, y: height - tall, width: Math.max(step - 1, 0.5), height: tall }, title));
    if (place % Math.ceil(counts.length / 6) === 0) {
      const label = draw("text", { x: place * step, y: height + 13 });
      label.textContent = edge(shown.edges[place]);
      svg.append(label);
    }
  });
  for (const cutoff of shown.cutoffs) {
    const next = shown.edges.findIndex((begin) => begin > cutoff);
    const place = (next < 0 ? shown.edges.length : next) - 1;
    const begin = shown.edges[place], end = next < 0 ? begin : shown.edges[next];
    const x = (place + (end > begin ? (cutoff - begin) / (end - begin) : 1)) * step;
    svg.append(draw("line", { class: "cut", x1: x, x2: x, y1: 0, y2: height }, draw("title", {}, String(cutoff))));
  }
  const english = { ...data.measured, chars: word("chars"), korean_ratio: word("korean_ratio") };
  return make("figure", {},
    make("figcaption", {}, make("code", {}, shown.name), ` ${meaning("measure", shown.name, english)}`,
      shown.sample ? make("div", { class: "note" }, `${word("histograms.sample")} ${number(shown.sample)}`) : null),
    svg,
    make("details", {}, make("summary", {}, word("table")),
      table(["≥", word("documents")], counts.map((count, place) => [edge(shown.edges[place]), number(count)]), [0, 1])));
}
function histograms() {
  const sources = unique(data.histograms.flatMap((shown) => Object.keys(shown.counts))).filter(Boolean);
  return section("histograms", note("histograms.note"),
    sources.length > 1 ? make("div", { class: "tools" }, choose("histogram-source", word("source"),
      named(sources), state.histogram, (value) => set({ histogram: value }))) : null,
    data.histograms.length ? make("div", { class: "grid" }, data.histograms.map(histogram)) : note("none"),
    data.histograms.some((shown) => Object.hasOwn(data.measured, shown.name)) ? null : note("histograms.off"));
}

function changes() {
  const rules = unique(data.examples.map((example) => example.rule));
  const wanted = data.examples.filter((example) => !state.example || example.rule === state.example);
  const of_pages = data.pages.filter((page) =>
    (!state.page_source || page.source === state.page_source) && (!state.page_rule || page.rules.includes(state.page_rule)));
  return section("changes",
    make("p", {}, make("del", {}, word("legend")), " ", make("ins", {}, word("legend.added"))),
    make("h3", {}, word("examples")), note("examples.note"),
    make("div", { class: "tools" }, choose("example-rule", word("rule"), named(rules, rule), state.example, (value) => set({ example: value }))),
    make("div", { class: "grid" }, wanted.map((example) => make("div", { class: "card example" },
      make("div", { class: "meta" }, tag(rule(example.rule)), make("span", {}, example.source)), text(runs(example.diff, [0, -1, 1], MARKS))))),
    make("h3", {}, word("pages")), data.pages.length ? note("pages.note") : note("pages.none"),
    data.pages.length ? make("div", { class: "tools" },
      choose("page-source", word("source"), named(unique(data.pages.map((page) => page.source))), state.page_source, (value) => set({ page_source: value })),
      choose("page-rule", word("rule"), named(unique(data.pages.flatMap((page) => page.rules)), rule), state.page_rule, (value) => set({ page_rule: value }))) : null,
    of_pages.map((page) => make("details", { class: "card corpus" },
      make("summary", {}, `${page.source} ${page.file}: ${page.row} · `, page.rules.map(rule).join(", ") || word("pages.quiet")),
      text(runs(page.diff, [0, -1, 1], MARKS)))));
}

// Apart from the tools, which must not be redrawn: that would break a syllable that is being typed.
function row_list() {
  const matches = (row) => (!state.reason || (row.reason || "kept") === state.reason) && (!state.source || row.source === state.source) &&
    (!state.search || row.text.toLowerCase().includes(state.search.toLowerCase()));
  const found = data.rows.filter(matches);
  return make("div", { id: "row_list" },
    make("p", { id: "found", class: "note", "aria-live": "polite" }, `${word("found")}: ${number(found.length)}`),
    found.length ? null : note("nothing"),
    paged("rows", found, PAGE, "page", (shown) => shown.map((row) => make("article", { class: "card row", "data-reason": row.reason || "kept" },
      make("div", { class: "meta" }, tag(row.reason || word("kept")), row.source ? origin(row) : null,
        make("span", {}, `${number(row.chars)} ${word("characters")}`), row.note.map((said) => make("span", {}, said))),
      text(row.text)))));
}
function rows() {
  const reasons = unique(data.rows.map((row) => row.reason || "kept"));
  const dropped = (name) => sum(Object.values(data.ledger).map((entry) => entry.dropped[name] || 0));
  const label = (name) => (name === "kept" ? word("kept")
    : `${name} (${number(data.rows.filter((row) => row.reason === name).length)} ${word("of_ledger")} ${number(dropped(name))})`);
  const search = make("input", { id: "search", type: "search", value: state.search,
    oninput: (event) => set({ search: event.target.value, page: 0 }) });
  return section("rows", note("rows.note"), Object.keys(data.sampled).length ? null : note("rows.none"),
    make("div", { class: "tools" },
      choose("reason", word("reason"), named(reasons, label), state.reason, (value) => set({ reason: value, page: 0 })),
      choose("source", word("source"), named(unique(data.rows.map((row) => row.source)).filter(Boolean)),
        state.source, (value) => set({ source: value, page: 0 })),
      make("label", {}, word("search"), search)),
    row_list());
}

function one(list, place, id, key, card) {
  if (!list || !list.length) return [];
  return [turn(id, place, list.length - 1, (to) => set({ [key]: to })), card(list[place])];
}
function duplicates() {
  const found = data.clusters, pairs = found.pairs || [];
  return section("duplicates", pairs.length ? note("duplicates.note") : note("duplicates.none"),
    one(pairs, state.pair, "pairs", "pair", (pair) => make("div", { class: "card duplicate" },
      make("div", { class: "meta" }, tag(`Jaccard ${pair.alike.toFixed(3)}`), make("span", {}, `${word("kept")}:`), origin(pair.kept),
        make("span", {}, `${word("lost")}:`), origin(pair.lost)),
      sides(pair.diff, word("lost"), word("kept")))),
    found.largest && found.largest.length ? [make("h3", {}, word("clusters")),
      table([word("clusters.size"), word("source"), word("outputs"), ""], found.largest.map((row) =>
        [number(row.size), Object.entries(row.sources).map(([name, count]) => `${name} ${number(count)}`).join(", "), `${row.output}: ${number(row.line)}`,
          make("span", { class: "text" }, row.text)]), [0])] : null);
}
function lines() {
  const went = Object.entries(data.repeated_lines);
  const found = data.lines.filter((row) => !state.line_source || row.source === state.line_source);
  return section("lines", data.lines.length ? note("lines.note") : note(data.options.repeated_lines ? "lines.found_none" : "lines.none"),
    went.length ? table([word("source"), word("lines.documents"), word("lines.went")],
      went.map(([source, counts]) => [source, number(counts.documents), number(counts.lines)]), [1, 2]) : null,
    data.lines.length ? [
      make("div", { class: "tools" }, choose("line-source", word("source"),
        named(unique(data.lines.map((row) => row.source))), state.line_source, (value) => set({ line_source: value, line: 0 }))),
      ...paged("lines", found, LINES, "line", (shown) => [table([word("documents"), word("dropped"), word("source"), word("lines.line")],
        shown.map((row) => [number(row.documents), number(row.dropped), row.source, make("span", { class: "text" }, row.line)]), [0, 1])])] : null);
}
function hits() {
  const guarded = data.options.guard || [];
  return section("hits",
    guarded.length ? make("p", {}, `${word("hits.guarded")}: `, guarded.map((entry) => `${entry.file} (${number(entry.items)})`).join(", ")) : null,
    data.hits.length ? note("hits.note") : note("hits.none"),
    one(data.hits, state.hit, "hits", "hit", (hit) => make("div", { class: "card hit" },
      make("div", { class: "meta" }, origin(hit), make("span", {}, hit.note.join(" "))),
      make("div", { class: "pair" },
        make("div", {}, make("h4", {}, word("lost")), text(runs(hit.text, [0, -1], { "-1": "mark" }))),
        make("div", {}, make("h4", {}, `${hit.hit.file}: ${number(hit.hit.row)}`), text(hit.item))))));
}

function facts() {
  const kinds = ["digits", "signs", "numbers"];
  const accounts = Object.entries(data.facts);
  return section("facts", note("facts.note"), accounts.length ? accounts.map(([source, account]) => {
    const line = (name, counts) => [name, ...kinds.map((kind) => number(counts[kind] || 0))];
    return [make("h3", {}, source), table(["", ...kinds.map((kind) => word(`facts.${kind}`))], [
      line(word("in"), account.in),
      ...Object.entries(account.added).map(([name, counts]) => line(`+ ${rule(name)}`, counts)),
      ...Object.entries(account.dropped).map(([name, counts]) => line(`− ${rule(name)}`, counts)),
      line(word("out"), account.out), line(word("facts.lost"), { ...account.lost, ...account.joined })], [1, 2, 3])];
  }).flat() : note("none"));
}
function tokens() {
  const found = data.tokens.rows || [];
  if (!found.length) return section("tokens", note("tokens.none"));
  const base = found[0].tokens;
  return section("tokens", note("tokens.note"),
    make("p", {}, `${number(data.tokens.texts)} ${word("documents")}, ${number(data.tokens.chars)} ${word("characters")}`),
    table([word("tokens.name"), word("tokens.size"), word("tokens.count"), word("tokens.each"), word("tokens.change")],
      found.map((row) => [row.name, number(row.size), number(row.tokens), (row.tokens / data.tokens.chars).toFixed(3),
        row.tokens === base ? "–" : `${((100 * (row.tokens - base)) / base).toFixed(1)} %`]), [1, 2, 3, 4]),
    found[0].pieces.map((_, place) => make("div", { class: "card" }, found.map((row) => [
      make("div", { class: "meta" }, tag(row.name), make("span", {}, number(row.pieces[place].length))),
      text(row.pieces[place].map((piece) => make("span", { class: "piece" }, piece)))]).flat())));
}
function licences() {
  const value = (entry) => (typeof entry === "string" ? entry : JSON.stringify(entry));
  const list = (entries) => make("dl", {}, Object.entries(entries).map(([name, entry]) => [make("dt", {}, name), make("dd", {}, value(entry))]).flat());
  return section("licences", note("licences.note"),
    table([word("source"), word("licence")], Object.entries(data.licences), []),
    make("details", {}, make("summary", {}, word("options")), list(data.options)),
    make("details", {}, make("summary", {}, word("versions")), list(data.versions)),
    data.unreadable.length ? [make("h3", {}, word("unreadable")),
      table([word("files"), "", ""], data.unreadable.map((row) => [row.file, number(row.row), row.why]), [1])] : null);
}

const SECTIONS = { funnel, histograms, changes, rows, duplicates, lines, hits, facts, tokens, licences };
const PARTS = { ...SECTIONS, row_list };
// A change redraws only the part it is made in, and leaves the focus where it was.
const OWNER = { histogram: "histograms", example: "changes", page_source: "changes", page_rule: "changes", reason: "rows", source: "rows",
  search: "row_list", page: "row_list", pair: "duplicates",
  line_source: "lines", line: "lines", hit: "hits" };
function set(changed) {
  Object.assign(state, changed);
  const focused = document.activeElement && document.activeElement.id;
  const name = OWNER[Object.keys(changed)[0]];
  document.getElementById(name).replaceWith(PARTS[name]());
  const again = focused && document.getElementById(focused);
  if (again) again.focus({ preventScroll: true });
}
function speak(language) {
  state.language = language;
  document.documentElement.lang = language;
  document.title = word("title");
  const button = (name, shown) => make("button", { id: `speak-${name}`, type: "button", lang: name,
    "aria-pressed": String(name === language), onclick: () => speak(name) }, shown);
  document.getElementById("top").replaceChildren(make("h1", {}, word("title")), button("ko", "한국어"), button("en", "English"));
  document.getElementById("nav").replaceChildren(make("div", {}, Object.keys(SECTIONS).map((name) => make("a", { href: `#${name}` }, word(`nav.${name}`)))));
  document.getElementById("main").replaceChildren(...Object.values(SECTIONS).map((draw_section) => draw_section()));
}
speak(state.language);
