// The charts of a stream: one series, one window of time, one crosshair for all of them.

import { createSeries } from "../charts/series.js";
import { chartLines, createRoster, groupLine, MOST_LINES, sampleValues, storedColumns } from "../charts/stream-lines.js";
import { compact, rate, significant } from "../lib/format.js";
import { createChartSet } from "./chart-set.js";
import { el } from "./stream-dom.js";

const METRICS = { length: "length", rates: "added_per_s", lag: "lag", pending: "pending" };
const RANKED_EVERY_S = 10;
const axisRate = (value) => (value < 1000 ? significant(value) : compact(value));

/** Charts in `root` over `window`; `limits` are the page's, `happenings` what is drawn on the rail. */
export function createStreamCharts({ root, window, limits, range_s, interval_s, happenings }) {
  const series = createSeries({ keep_s: range_s + 60, interval_s });
  const roster = createRoster();
  const rated = createRatedGroup(root.querySelector("#rated-group"), () => painter.request());
  const shownGroups = createRanking({ roster, series, window });
  const { painter, point } = createChartSet({
    root, series, window, happenings, describe,
    limits: (chart) => limits.filter(({ metric }) => metric === METRICS[chart]),
    moment: root.querySelector("#stream-moment"),
  });

  function describe(chart) {
    const isRate = chart === "rates";
    return {
      whole: !isRate,
      format: isRate ? rate : compact,
      axis: isRate ? axisRate : compact,
      more: () => (chart === "lag" || chart === "pending" ? Math.max(0, roster.groups().length - MOST_LINES) : 0),
      lines: () => chartLines(chart, { groups: shownGroups(), rated: rated.slug }),
    };
  }

  return {
    painter,
    point,

    /** One live sample of the stream, taken at a moment of the host's clock. */
    sample(at, stream, interval) {
      for (const { slug, name } of stream.groups.values()) roster.see(slug, name);
      series.interval = interval;
      series.add(at, sampleValues(stream));
      rated.offer(roster.groups(), series);
      painter.request();
    },

    /** Forgets what is younger than a moment. */
    cut: series.cut,

    /** Stored samples. */
    merge(stored) {
      for (const { slug, name } of stored.groups) roster.see(slug, name);
      series.step = stored.step_s;
      series.merge(stored.at, storedColumns(stored));
      rated.offer(roster.groups(), series);
      painter.request();
    },

    holes: series.holes,
    get lastAt() {
      return series.lastAt;
    },
  };
}

/** The groups that have lines: all of them, or the eight that lag most, chosen anew now and then. */
function createRanking({ roster, series, window }) {
  let chosen = [];
  let chosenAt = -Infinity;
  return () => {
    const all = roster.groups();
    if (all.length <= MOST_LINES) return all;
    const { now } = window;
    if (now() - chosenAt > RANKED_EVERY_S || chosen.length < MOST_LINES) {
      const lag = ({ slug }) => series.last(groupLine("lag", slug)) ?? -1;
      chosen = [...all].sort((one, other) => lag(other) - lag(one)).slice(0, MOST_LINES);
      chosenAt = now();
    }
    return chosen;
  };
}

/** The select of the group whose rates are shown: at first the one that lags most, then whichever was chosen. */
function createRatedGroup(select, onChange) {
  let known = 0;
  select.addEventListener("change", onChange);
  return {
    get slug() {
      return select.value || null;
    },
    offer(groups, series) {
      if (groups.length === known) return;
      const lag = ({ slug }) => series.last(groupLine("lag", slug)) ?? -1;
      const worst = groups.reduce((left, right) => (lag(right) > lag(left) ? right : left));
      const chosen = known ? select.value : worst.slug;
      known = groups.length;
      select.replaceChildren(...groups.map(({ slug, name }) => el("option", { value: slug, selected: slug === chosen }, name)));
      select.closest("label").hidden = groups.length < 2;
    },
  };
}
