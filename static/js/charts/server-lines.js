// Which lines the charts of a server have: from a sample's health to values. Pure.

import { withBands } from "./stream-lines.js";

/** Columns of a server's health that have a line. */
export const LINES = [
  "used_memory_bytes", "operations_per_s", "clients", "blocked_clients", "round_trip_ms", "cost_share",
];

/** The values of one sample by line; unknown is null. */
export function healthValues(health) {
  return Object.fromEntries(LINES.map((name) => [name, health[name] ?? null]));
}

/** Stored columns by line. */
export const healthColumns = ({ server }) => withBands(server, LINES, (name) => name);
