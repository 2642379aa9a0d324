// The charts of a server: its memory, operations, clients, round trip, and what watching it costs.

import { createSeries } from "../charts/series.js";
import { withBands } from "../charts/stream-lines.js";
import { bytes, compact, percent, rate, significant, whole } from "../lib/format.js";
import { milliseconds } from "../lib/server-facts.js";
import { createChartSet } from "./chart-set.js";

/** Columns of a server's health that have a line. */
export const LINES = [
  "used_memory_bytes", "operations_per_s", "clients", "blocked_clients", "round_trip_ms", "cost_share",
];

const line = (name, label, series = 1) => ({ name, label, series, dash: 0 });
const CHARTS = {
  memory: { lines: [line("used_memory_bytes", "Used memory")], format: bytes, axis: bytes, whole: false, binary: true },
  operations: { lines: [line("operations_per_s", "Operations")], format: rate, axis: compact, whole: true },
  clients: { lines: [line("clients", "connected"), line("blocked_clients", "blocked", 2)], format: whole, axis: compact, whole: true },
  round_trip: { lines: [line("round_trip_ms", "Round trip")], format: milliseconds, axis: (ms) => `${significant(ms)} ms`, whole: false },
  cost: { lines: [line("cost_share", "What watching costs")], format: percent, axis: percent, whole: false },
};

/** The values of one sample by line; unknown is null. */
export function healthValues(health) {
  return Object.fromEntries(LINES.map((name) => [name, health[name] ?? null]));
}

/** Charts in `root` over `window`; `happenings` are drawn on their rail. */
export function createServerCharts({ root, window, range_s, interval_s, happenings }) {
  const series = createSeries({ keep_s: range_s + 60, interval_s });
  let limits = {};
  const { painter, point } = createChartSet({
    root, series, window, happenings, named: true,
    limits: (chart) => limits[chart] ?? [],
    moment: root.querySelector("#stream-moment"),
    describe: (chart) => ({ ...CHARTS[chart], lines: () => CHARTS[chart].lines, more: () => 0 }),
  });

  return {
    painter,
    point,

    /** One live sample, taken at a moment of the host's clock. */
    sample(at, health, interval) {
      series.interval = interval;
      series.add(at, healthValues(health));
      limits = limitsOf(health);
      painter.request();
    },

    /** Forgets what is younger than a moment. */
    cut: series.cut,

    /** Stored samples: columns of the same names. */
    merge({ at, server, step_s }) {
      series.step = step_s;
      series.merge(at, withBands(server, LINES, (name) => name));
      painter.request();
    },

    holes: series.holes,
    get lastAt() {
      return series.lastAt;
    },
  };
}

function limitsOf({ max_memory_bytes: memory, max_clients: clients, cost_budget: budget }) {
  return {
    memory: memory ? [{ limit: memory, severity: "warning", words: `maxmemory ${bytes(memory)}` }] : [],
    clients: clients ? [{ limit: clients, severity: "warning", words: `maxclients ${whole(clients)}` }] : [],
    cost: budget ? [{ limit: budget, severity: "notice", words: `budget ${percent(budget)}` }] : [],
  };
}
