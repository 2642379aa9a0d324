// A row of the overview in words: each figure as {text, why, quality}. Pure. `why` is "" where nothing is to be explained.

import { DASH, THIN, UNKNOWN, bytes, duration, lag, percent, perSecond, quantity, whole } from "./format.js";
import { t } from "./words.js";

const figure = (text, why = "", quality = "") => ({ text, why, quality });
const NONE = figure(DASH);

/** Every figure of a row by its column's name. `lag_quality` is "" where no group reads the stream. */
export function rowWords(row) {
  if (row.length === null) return missing(row);
  const grouped = row.lag_quality !== "";
  const least = (name, words) => (row.partial?.includes(name) && words.text !== UNKNOWN ? figure(`≥${THIN}${words.text}`, t("It is not known of every one of them."), "at_least") : words);
  return {
    length: least("length", counted(row.length)),
    added: added(row),
    delivered: grouped ? least("delivered_per_s", delivered(row)) : NONE,
    lag: grouped ? lagWords(row) : figure(DASH, t("No group reads this stream.")),
    time_lag: grouped ? least("time_lag_s", timeLag(row)) : NONE,
    oldest: least("oldest_pending_s", oldest(row)),
    pending: least("pending", counted(row.pending)),
    drain: grouped ? drain(row) : NONE,
    memory: least("memory_bytes", memory(row)),
  };
}

function memory({ memory_bytes: value }) {
  if (value === null) return figure(UNKNOWN, t("It is not measured yet, or the server does not let us."), "unknown");
  return figure(bytes(value), t("{n} bytes", { n: whole(value) }));
}

function missing(row) {
  const nothing = row.state === "vanished" || row.state === "waiting" || row.known === "unwatched" ? NONE : figure(UNKNOWN, row.reason, "unknown");
  return Object.fromEntries(["length", "added", "delivered", "lag", "time_lag", "oldest", "pending", "drain", "memory"].map((name) => [name, nothing]));
}

function counted(value) {
  const { text, title } = quantity(value);
  return figure(text, title);
}

function added({ added_per_s: value, added_at_least: atLeast, kind }) {
  if (value === null) return figure(UNKNOWN, t("Not known yet: it takes two samples in a row, and starts again when the stream does."), "unknown");
  if (!atLeast) return figure(perSecond(value), exactly(value));
  const why = kind === "family" ? t("The rates of some of them are not known.") : t("Counted up to a cap; this server keeps no count of added entries.");
  return figure(`≥${THIN}${perSecond(value)}`, why, "at_least");
}

function exactly(value) {
  return value > 10_000 ? whole(value) : "";
}

function delivered({ delivered_per_s: value }) {
  if (value === null) return figure(UNKNOWN, t("Not known: it takes two samples in a row whose lag is known exactly."), "unknown");
  return figure(perSecond(value), exactly(value));
}

function lagWords({ lag: value, lag_quality: quality, lag_reason: reason }) {
  const words = lag({ value, quality, reason });
  return figure(words.text, words.title, words.quality === "exact" ? "" : words.quality);
}

function timeLag({ time_lag_s: value, time_lag_estimated: estimated }) {
  if (value === null) return figure(UNKNOWN, t("Not known: the entry ids carry no time."), "unknown");
  if (!estimated) return figure(duration(value));
  return figure(`≈${THIN}${duration(value)}`, t("Estimated from how fast entries came: the entry ids carry no time."), "approximate");
}

function oldest({ oldest_pending_s: value, pending }) {
  if (value !== null) return figure(duration(value));
  return pending ? figure(UNKNOWN, t("Not known: the entry ids carry no time, or it is not read yet."), "unknown") : NONE;
}

function drain({ drain_s: value, never_drains: never, lag: waiting, state }) {
  if (never) return figure(t("never"), t("Entries arrive at least as fast as they are delivered."), "never");
  if (value !== null && waiting !== 0) return figure(duration(value));
  if (waiting === 0) return NONE;
  if (state === "ok") return figure(DASH, t("It catches up now and then."));
  return figure(UNKNOWN, t("Not known: it takes a known lag and a known rate of delivery."), "unknown");
}

/** What is said of a family beside its name: {text, why} of how uneven it is; null where nothing is. */
export function skewWords({ skew, odd_reason: reason, members }) {
  if (reason) return { text: reason, why: reason };
  if (skew === null || skew === undefined || members < 2) return null;
  const text = t("largest {share}", { share: percent(skew) });
  return { text, why: t("The busiest of {n} streams gets {share} of what is added; in step it would be {even}.", { n: members, share: percent(skew), even: percent(1 / members) }) };
}

/** All that is known about where a row belongs, in one line. */
export function rowAbout(row, serverName) {
  const said = [row.title, row.owner && t("owner {name}", { name: row.owner }), [row.tags].flat().filter(Boolean).join(", "), serverName && t("on {server}", { server: serverName })];
  return [nameOf(row), ...said].filter(Boolean).join(" · ");
}

/** What a row is called. */
export function nameOf(row) {
  return row.kind === "family" ? row.family : row.name;
}
