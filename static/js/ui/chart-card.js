// One chart card: its lines' names and present values, the plot, and the same in words for whoever cannot see it.

import { boundOf } from "../charts/doubt.js";
import { createLiveChart } from "../charts/live-chart.js";
import { leastOf, mostOf } from "../charts/series.js";
import { t } from "../lib/words.js";
import { setFlag, setText } from "./cells.js";
import { offerTakeaway } from "./chart-takeaway.js";
import { createLegend } from "./chart-legend.js";
import { createTable } from "./chart-table.js";
import { cursorWords, inWords, valueWords, whyWords } from "./chart-words.js";

const WORDS_EVERY_S = 5;

/**
 * Brings a figure to life. `lines()` are its lines, `more()` how many there was no room for, `format(value)` writes one
 * of their values, `reason(name)` says why the newest one is not known; `view` is what the charts of a page share (chart-set.js).
 */
export function createChartCard(figure, { lines, more, format, axis, whole, binary, lasting, silence, reason = () => "", view }) {
  const name = figure.dataset.chart;
  const [canvas, surface, heading, note] = ["canvas", ".chart__surface", "h2", ".chart__note"].map((part) => figure.querySelector(part));
  const title = heading.textContent;
  const chart = createLiveChart(canvas, { label: axis, whole, binary, lasting });
  const legend = createLegend({ list: figure.querySelector(".chart__keys"), format, picked: view.picked, onPick: view.redraw });
  const table = createTable(figure, { view, format, rangeWords: view.rangeWords });
  offerTakeaway(figure, { view, shown });
  let worded = { at: 0, what: "", loaded: null };

  /** Lines with their points, and behind them those of the comparison, where they are now. */
  function drawnLines({ since, until }) {
    const { series, picked } = view;
    const before = view.before();
    const buckets = chart.buckets;
    const present = picked.of(lines()).map((line) => withPoints(line, series, { since, until, buckets }));
    const shifted = before ? present.map((line) => {
      const its = { since: since - before.shift_s, until: until - before.shift_s, buckets };
      const points = before.series.points(line.name, its).map(({ x, y }) => ({ x: x + before.shift_s, y }));
      return { ...line, name: `${line.name} before`, points, band: [], faint: true };
    }) : [];
    return { present, shifted };
  }

  function draw() {
    const shownNow = view.bounds();
    const { present, shifted } = drawnLines(shownNow);
    const empty = present.every(({ points }) => points.every(({ y }) => y === null)) && !shifted.some(({ points }) => points.some(({ y }) => y !== null));
    fold(empty);
    if (!isFolded()) {
      chart.show({
        ...shownNow, lines: [...present, ...shifted], thresholds: view.limits(name), happened: view.happened(),
        spans: view.spans(name), unloaded: view.unloaded(), theme: view.theme,
      });
    }
    showNote(present, empty);
    showKeys();
    const what = `${empty} ${shownNow.until - shownNow.since} ${present.map((line) => line.name).join(" ")}`;
    const isOld = Math.abs(shownNow.until - worded.at) >= WORDS_EVERY_S || what !== worded.what || view.loaded() !== worded.loaded;
    if (!isOld) return;
    worded = { at: shownNow.until, what, loaded: view.loaded() };
    describe(present);
  }

  const isFolded = () => figure.hasAttribute("data-folded");

  /** A chart with nothing to say steps back to one line; never under somebody's hands, and not because they look into a gap. */
  function fold(empty) {
    if (!empty) figure.removeAttribute("data-folded");
    else if (chart.canDraw && view.loaded() && view.isFollowing() && !figure.matches(":focus-within, :hover")) figure.setAttribute("data-folded", "");
  }

  function reading(line) {
    const row = view.rowAt();
    const before = view.before();
    const value = row?.value(line) ?? null;
    const bound = row ? boundOf(row.value, line) : null;
    const why = whyWords({ value, bound, sampled: row !== null, reason: view.isNow() ? reason(line) : "" });
    return { value, bound, why, before: before ? view.rowBefore()?.value(line) ?? null : undefined };
  }

  function showKeys() {
    legend.show(lines(), reading, { more: more(), beforeWord: view.beforeWord() });
  }

  function showNote(present, empty) {
    note.hidden = chart.canDraw && !empty;
    if (!chart.canDraw) setText(note, t("Chart.js could not be loaded. The figures and the table go on."));
    else if (empty) setText(note, view.loaded() !== null ? present.length ? silence ?? t("No samples in this time.") : t("No groups, so nothing to show.") : "");
    setFlag(figure, "waiting", empty && !view.loaded() !== null ? "true" : null);
  }

  function describe(present) {
    canvas.setAttribute("aria-label", inWords(title, present, format));
    table.show(view.picked.of(lines()));
  }

  /** What is under the crosshair, for a screen reader that follows it. */
  function sayCursor(at) {
    const { since, until } = view.bounds();
    for (const [key, value] of [["valuemin", since], ["valuemax", until], ["valuenow", at ?? until]]) surface.setAttribute(`aria-${key}`, value.toFixed(0));
    const readings = view.picked.of(lines()).map(({ name: line, label }) => ({ label, ...reading(line) }));
    surface.setAttribute("aria-valuetext", cursorWords(view.momentWords(), readings, { format, beforeWord: view.beforeWord() }));
  }

  function shown() {
    const its = view.picked.of(lines());
    const beforeWord = view.beforeWord();
    const words = ({ value, bound, before }) => valueWords(value, bound, format) + (before === undefined ? "" : ` (${beforeWord} ${valueWords(before, null, format)})`);
    return {
      canvas, title, unit: figure.querySelector(".chart__unit").textContent, subject: view.subject, range: view.rangeWords(), lines: its,
      legend: its.map((line) => ({ ...line, text: words(reading(line.name)) })),
    };
  }

  return {
    draw,
    isFolded,
    showKeys,
    surface,
    sayCursor,
    point: (at) => chart.point(at),
    select: (stretch) => chart.select(stretch),
    timeAt: (x) => chart.timeAt(x),
    isBelow: chart.isBelow,
  };
}

function withPoints(line, series, range) {
  const points = (name) => series.points(name, range);
  return { ...line, points: points(line.name), band: series.has(mostOf(line.name)) ? [points(mostOf(line.name)), points(leastOf(line.name))] : [] };
}
