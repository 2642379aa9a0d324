// One chart card: its lines' names and present values, the plot, and the same in words for whoever cannot see it.

import { createLiveChart } from "../charts/live-chart.js";
import { leastOf, mostOf } from "../charts/series.js";
import { time, UNKNOWN } from "../lib/format.js";
import { setText } from "./cells.js";
import { el } from "./stream-dom.js";

const WORDS_EVERY_S = 5;
const TABLE_ROWS = 15;

/**
 * Brings a figure to life. `lines()` are its lines, `more()` how many there was no room for, `format(value)` writes one
 * of their values; `view` is what the charts of a page share: {series, window, theme, cursor, limits(chart), happened()}.
 */
export function createChartCard(figure, { lines, more, format, axis, whole, binary = false, view }) {
  const name = figure.dataset.chart;
  const canvas = figure.querySelector("canvas");
  const title = figure.querySelector("h2").textContent;
  const keys = createKeys(figure.querySelector(".chart__keys"), format);
  const note = figure.querySelector(".chart__note");
  const told = el("p", { class: "chart__told", "aria-hidden": "true", hidden: true }); // the list below is for the others
  canvas.after(told);
  const chart = createLiveChart(canvas, { label: axis, whole, binary });
  const table = createTable(figure, { view, format });
  let wordsAt = 0;
  let worded = "";

  function draw() {
    const { since, until } = view.window.bounds();
    const buckets = chart.buckets;
    const points = (name) => view.series.points(name, { since, until, buckets });
    const banded = new Set(view.series.names);
    const drawn = lines().map((line) => ({
      ...line,
      points: points(line.name),
      band: banded.has(mostOf(line.name)) ? [points(mostOf(line.name)), points(leastOf(line.name))] : [],
    }));
    chart.show({ since, until, lines: drawn, thresholds: view.limits(name), happened: view.happened(), theme: view.theme });
    const empty = drawn.every(({ points }) => points.every(({ y }) => y === null));
    showNote(drawn, empty);
    showKeys();
    const identity = `${empty} ${drawn.map((line) => line.name).join(" ")}`;
    if (Math.abs(until - wordsAt) >= WORDS_EVERY_S || identity !== worded) describe(drawn, until);
    worded = identity;
  }

  function showKeys() {
    const row = view.cursor === null ? null : view.series.row(view.cursor);
    const value = view.cursor === null ? view.series.last : (line) => row?.value(line) ?? null;
    keys.show(lines(), value, more());
  }

  function showNote(drawn, empty) {
    note.hidden = chart.canDraw && !empty;
    if (!chart.canDraw) setText(note, "Chart.js could not be loaded. The figures and the table go on.");
    else if (empty) setText(note, drawn.length ? "No samples in this time." : "No groups, so nothing to show.");
  }

  function describe(drawn, until) {
    wordsAt = until;
    canvas.setAttribute("aria-label", inWords(title, drawn, format));
    table.show(lines());
  }

  return {
    draw,
    showKeys,
    point: (at) => chart.point(at),
    /** Says what happened where somebody points; "" is nothing. */
    tell(text) {
      told.hidden = !text;
      setText(told, text);
    },
    timeAt: (event) => chart.timeAt(event.offsetX),
    canvas,
  };
}

/** "Lag. billing: now 40, least 3, most 120. …" */
export function inWords(title, lines, format) {
  const sentences = lines.map(({ label, points }) => {
    const known = points.map(({ y }) => y).filter((y) => y !== null);
    if (!known.length) return `${label}: nothing known`;
    const now = points.at(-1).y;
    const [least, most] = [known.reduce((a, b) => Math.min(a, b)), known.reduce((a, b) => Math.max(a, b))];
    return `${label}: now ${now === null ? "unknown" : format(now)}, least ${format(least)}, most ${format(most)}`;
  });
  return lines.length === 1 && lines[0].label === title ? sentences[0] : [title, ...sentences].join(". ");
}

function createKeys(list, format) {
  let shown = "";
  let values = [];

  function rebuild(lines, more) {
    list.toggleAttribute("data-alone", lines.length === 1); // one line speaks for itself
    values = lines.map(() => el("b", { class: "num" }));
    list.replaceChildren(...lines.map(({ label, series, dash }, index) => (
      el("li", { class: "key", "data-series": series, "data-dash": dash },
        el("span", { class: "key__name truncate", title: label }, label), values[index])
    )), ...(more ? [el("li", { class: "quiet" }, `and ${more} more in the table below`)] : []));
  }

  return {
    show(lines, value, more) {
      const identity = [more, ...lines.map(({ name }) => name)].join(" ");
      if (identity !== shown) rebuild(lines, more);
      shown = identity;
      lines.forEach(({ name }, index) => {
        const its = value(name);
        setText(values[index], its === null ? UNKNOWN : format(its));
      });
    },
  };
}

function createTable(figure, { view, format }) {
  const region = figure.querySelector(".chart__table");
  const toggle = figure.querySelector(".chart__toggle");
  const [head, body] = [region.querySelector("thead"), region.querySelector("tbody")];
  let present = [];

  function fill() {
    if (region.hidden) return;
    const { since, until } = view.window.bounds();
    const step = (until - since) / TABLE_ROWS;
    const moments = Array.from({ length: TABLE_ROWS }, (_, index) => until - index * step);
    head.replaceChildren(el("tr", {}, el("th", { scope: "col" }, "Time"),
      ...present.map(({ label }) => el("th", { scope: "col", class: "num" }, label))));
    body.replaceChildren(...moments.map((moment) => tableRow(moment, present, { view, format })));
  }

  toggle.addEventListener("click", () => {
    region.hidden = !region.hidden;
    toggle.setAttribute("aria-expanded", String(!region.hidden));
    fill();
  });

  return {
    show(lines) {
      present = lines;
      fill();
    },
  };
}

function tableRow(moment, lines, { view, format }) {
  const row = view.series.row(moment);
  const cells = lines.map(({ name }) => {
    const value = row?.value(name) ?? null;
    return el("td", { class: "num" }, value === null ? UNKNOWN : format(value));
  });
  return el("tr", {}, el("th", { scope: "row" }, time(row?.at ?? moment)), ...cells);
}
