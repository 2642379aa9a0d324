// The charts of a server: its memory, operations, clients, round trip, and what watching it costs.

import { axisCount } from "../charts/axis-words.js";
import { healthColumns, healthValues } from "../charts/server-lines.js";
import { bytes, percent, rate, significant, whole } from "../lib/format.js";
import { milliseconds } from "../lib/server-facts.js";
import { t } from "../lib/words.js";
import { createCharted } from "./charted.js";

const line = (name, label, series = 1) => ({ name, key: name, label, series, dash: 0 });
const CHARTS = {
  memory: { lines: () => [line("used_memory_bytes", t("Used memory"))], format: bytes, axis: bytes, binary: true, metrics: ["server_memory_bytes"] },
  operations: { lines: () => [line("operations_per_s", t("Operations"))], format: rate, axis: axisCount, whole: true },
  clients: { lines: () => [line("clients", t("connected")), line("blocked_clients", t("blocked"), 2)], format: whole, axis: axisCount, whole: true },
  round_trip: { lines: () => [line("round_trip_ms", t("Round trip"))], format: milliseconds, axis: (ms) => `${significant(ms)} ms` },
  cost: { lines: () => [line("cost_share", t("What watching costs"))], format: percent, axis: percent },
};

/** The charts of the server that `page` is about, as of a stream's; `concerns` and `markUrl` as in createCharted. */
export function createServerCharts({ root, page, subject, ...happening }) {
  let limits = {};
  const charted = createCharted({
    ...happening, root, page, subject, interval_s: page.server.interval_s, named: true,
    columns: healthColumns,
    limits: (chart) => [...(limits[chart] ?? []), ...(page.limits ?? []).filter(({ metric }) => CHARTS[chart].metrics?.includes(metric))],
    describe: (chart) => ({
      ...CHARTS[chart], metrics: [...(CHARTS[chart].metrics ?? []), "server_unreachable_s", ...(page.span_metrics ?? [])], more: () => 0,
    }),
  });

  return {
    ...charted,

    /** One live sample, taken at a moment of the host's clock. */
    sample(at, health, interval) {
      limits = limitsOf(health);
      charted.sample(at, healthValues(health), interval);
    },
  };
}

function limitsOf({ max_memory_bytes: memory, max_clients: clients, cost_budget: budget }) {
  return {
    memory: memory ? [{ limit: memory, severity: "warning", words: `maxmemory ${bytes(memory)}` }] : [],
    clients: clients ? [{ limit: clients, severity: "warning", words: `maxclients ${whole(clients)}` }] : [],
    cost: budget ? [{ limit: budget, severity: "notice", words: t("budget {share}", { share: percent(budget) }) }] : [],
  };
}
