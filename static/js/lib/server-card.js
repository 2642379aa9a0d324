// A server's card on the overview in words: each fact {text, why, level}. Pure.

import { ago, bytes, DASH, duration, percent, perSecond, THIN, UNKNOWN, whole } from "./format.js";
import { share } from "./server-facts.js";
import { nt, t } from "./words.js";

const fact = (text, why = "", level = "") => ({ text, why, level });

/** What its health says, by the name of the cell; `bar` is {share, level}, or null where memory has no limit. */
export function serverCard(health, { at }) {
  return { memory: memory(health), persistence: persistence(health, at), replication: replication(health), cost: cost(health), bar: share(health.used_memory_bytes, health.max_memory_bytes) };
}

function memory({ used_memory_bytes: used, max_memory_bytes: most }) {
  if (used === null) return fact(UNKNOWN, t("The server does not tell, or does not let us ask."));
  if (!most) return fact(bytes(used), t("{n} bytes; no maximum is set", { n: whole(used) }));
  return fact(t("{share} of {size}", { share: percent(used / most), size: bytes(most) }), t("{n} bytes used", { n: whole(used) }), share(used, most).level);
}

function persistence({ aof, rdb_saved_at: saved, rdb_ok: ok }, at) {
  const file = { ok: t("AOF ok"), failing: t("AOF failing") }[aof];
  const snapshot = ok === false ? t("RDB failed") : saved === null ? null : t("RDB {when}", { when: ago(Math.max(5, at - saved)) });
  const said = [file, snapshot].filter(Boolean);
  const level = aof === "failing" || ok === false ? "critical" : "";
  if (said.length) return fact(said.join(" · "), t("The append-only file, and when the last snapshot was saved."), level);
  return fact(aof === null && saved === null ? UNKNOWN : t("none"), t("Neither the append-only file nor a snapshot is known of."));
}

function replication({ role, replicas, replica_states: states, master, link_up: linkUp, nodes = [], deployment }) {
  if (deployment?.trouble) return fact(t("in trouble"), deployment.trouble, "critical");
  if (linkUp === false) return fact(t("link down"), t("The link to its master is down: what it serves grows old."), "critical");
  if (nodes.length > 1) return nodeWords(nodes, deployment);
  if (role === "slave" || role === "replica") return fact(t("replica"), master ? t("of {master}", { master }) : "");
  if (replicas === null) return fact(UNKNOWN, t("The server does not tell, or does not let us ask."));
  const behind = (states ?? []).filter(({ state }) => state !== "online").length;
  if (behind) return fact(t("{n} of {all} in step", { n: replicas - behind, all: replicas }), t("The others are still copying."), "warning");
  return fact(replicas ? nt("{n} replica", "{n} replicas", replicas) : t("no replica"));
}

function nodeWords(nodes, deployment) {
  const masters = nodes.filter(({ role }) => role === "master").length;
  const lost = nodes.filter(({ state }) => state !== "up");
  const kinds = [nt("{n} master", "{n} masters", masters), nt("{n} replica", "{n} replicas", nodes.length - masters)].join(` ${"+"} `);
  const watch = deployment?.sentinels ? t("{n} of {all} Sentinels answer", { n: deployment.sentinels_answering ?? UNKNOWN, all: deployment.sentinels }) : "";
  if (!lost.length) return fact(kinds, watch);
  return fact(nt("{n} node not up", "{n} nodes not up", lost.length), lost.map(({ address, state }) => `${address} ${state}`).join("\n"), "warning");
}

function cost({ cost_share: part, cost_budget: budget, skipped, every_s: every }) {
  if (part === null) return fact(DASH, t("The server does not tell what watching costs it."));
  const why = [t("Of one core of the server; the budget is {budget}.", { budget: percent(budget) }), skipped].filter(Boolean).join(" ");
  return skipped ? fact(t("{share}, every {time}", { share: percent(part), time: duration(every) }), why, "notice") : fact(percent(part), why);
}

/** How fast its streams grow. `complete`: every rate is known. */
export function addedWords(sum, complete) {
  if (sum === null) return fact(DASH);
  return complete ? fact(perSecond(sum)) : fact(`≥${THIN}${perSecond(sum)}`, t("Some streams’ rates are not known yet."));
}

/** Numbers older than this many intervals are stale. */
const STALE_INTERVALS = 3;

/** Seconds since something was taken where that is too long for its interval, else null. */
export function staleFor(takenAt, interval, now) {
  if (takenAt === null || takenAt === undefined) return null;
  const age = now - takenAt;
  return age > Math.max(3, STALE_INTERVALS * (interval ?? 1)) ? age : null;
}
