// How a stream stands, in one row: what the overview shows and sorts by. Pure; unknown is null.

import { gravity } from "./gravity.js";

/** Numbers older than this many intervals are stale. */
const STALE_INTERVALS = 3;

/** Seconds since the server's last sample where that is too long, else null. `server` is the store's. */
export function staleFor(server, now) {
  if (!server || server.taken_at === null) return null;
  const age = now - server.taken_at;
  const limit = Math.max(3, STALE_INTERVALS * (server.interval ?? 1));
  return server.unreachable || age > limit ? Math.max(0, age) : null;
}

/** The group that lags most. An unknown lag is worse than none and better than any that is known to be there. */
export function worstLag(groups) {
  const weight = (group) => group.lag ?? 0.5;
  return groups.reduce((worst, group) => (worst === null || weight(group) > weight(worst) ? group : worst), null);
}

/** The group in the gravest state; among equals the one that lags most. */
export function gravest(groups) {
  const worst = Math.min(...groups.map((group) => gravity(group.state)));
  return worstLag(groups.filter((group) => gravity(group.state) === worst));
}

const largest = (values) => values.reduce((most, value) => (value !== null && (most === null || value > most) ? value : most), null);

const PROBLEMS = {
  vanished: "The key is gone.",
  wrong_type: "The key is no stream any more.",
  denied: "The server refuses us this key.",
  error: "The server answered with an error.",
};

/**
 * A stream's row: {state, reason, length, added, lag: group | null, timeLag, pending, groups}.
 * `stream` is the store's, or null while nothing is known.
 */
export function standing(stream) {
  if (stream === null) {
    return { state: "waiting", reason: "", length: null, added: null, lag: null, timeLag: null, pending: null, groups: 0 };
  }
  const groups = [...stream.groups.values()];
  const grave = groups.length ? gravest(groups) : null;
  return {
    state: stream.problem ?? grave?.state ?? "ok",
    reason: stream.problem ? PROBLEMS[stream.problem] ?? stream.problem : groupReason(grave),
    length: stream.length,
    added: stream.added_per_s,
    addedAtLeast: Boolean(stream.added_at_least),
    lag: worstLag(groups),
    timeLag: largest(groups.map((group) => group.time_lag_s)),
    pending: stream.pending,
    groups: groups.length,
  };
}

function groupReason(group) {
  if (!group || group.state === "ok") return "";
  return group.state_reason ? `${group.name}: ${group.state_reason}` : group.name;
}

/** What is added per second to all `streams` but vanished ones: {sum, complete}; sum is null where none is known. */
export function totalRate(streams) {
  const rates = streams.filter((stream) => stream.problem !== "vanished").map((stream) => stream.added_per_s);
  const known = rates.filter((value) => value !== null);
  return { sum: known.length ? known.reduce((a, b) => a + b, 0) : null, complete: known.length === rates.length };
}
