// A server's health as its page writes it: each fact {text, title, level}. Pure. What is not known is "?" with its reason.

import { ago, bytes, DASH, duration, percent, quantity, rate, significant, THIN, UNKNOWN, whole } from "./format.js";
import { nt, t, told } from "./words.js";

const HOUR = 3600;
/** From so full on memory is worth a look. */
export const NEARLY_FULL = 0.9;
const NOT_TOLD = t("The server does not tell, or does not let us ask.");
const OLD_SERVER = t("This version of the server does not tell.");
const POLICIES = { noeviction: t("refuses writes") };

const fact = (text, title = "", level = "") => ({ text, title, level });
const unknown = (reason = NOT_TOLD) => fact(UNKNOWN, reason);
const known = (value, write, reason) => (value === null || value === undefined ? unknown(reason) : write(value));
const counted = (value) => known(value, (count) => fact(quantity(count).text, quantity(count).title));
const sized = (value) => known(value, (size) => fact(bytes(size), t("{used} bytes", { used: whole(size) })));
const flow = (value) => known(value, (size) => fact(`${bytes(size)}/s`));
const fine = (value) => known(value, (ok) => (ok ? fact(t("ok")) : fact(t("failed"), "", "critical")));

/** Every fact by its name. `at` is the server's time of the sample. */
export function serverFacts(health, { at }) {
  return {
    version: fact(health.version),
    role: fact(roleWord(health.role)),
    ...memory(health),
    ...traffic(health),
    ...persistence(health, at),
    ...replication(health),
    ...processFacts(health, at),
    ...cost(health),
  };
}

/** "replica" for what Redis calls a slave. */
export function roleWord(role) {
  return { slave: t("replica"), replica: t("replica"), master: t("master"), primary: t("primary") }[role] ?? role;
}

function memory(health) {
  const { used_memory_bytes: used, max_memory_bytes: limit, memory_policy: policy } = health;
  return {
    memory_used: known(used, () => usedMemory(used, limit)),
    memory_limit: used === null ? unknown() : limit === null ? fact(t("none"), t("maxmemory is 0: memory may grow without limit.")) : sized(limit),
    memory_policy: known(policy, () => fact(POLICIES[policy] ?? t("evicts ({policy})", { policy }), policy)),
    memory_peak: sized(health.peak_memory_bytes),
    memory_growth: growth(health),
    memory_full: full(health),
    fragmentation: known(health.fragmentation, (ratio) => fact(`× ${significant(ratio)}`, t("Resident memory divided by used memory."))),
    evicted: total(health.evicted_keys, health.evicted_per_s, health.evicted_per_s > 0 ? "warning" : ""),
    expired: total(health.expired_keys, health.expired_per_s),
  };
}

function usedMemory(used, limit) {
  if (limit === null) return fact(bytes(used), t("{used} bytes", { used: whole(used) }));
  const share = used / limit;
  return fact(`${bytes(used)} (${percent(share)})`, t("{used} bytes", { used: whole(used) }), share >= NEARLY_FULL ? "warning" : "");
}

function growth({ used_memory_bytes: used, memory_growth_per_s: perSecond, memory_window_s: window }) {
  if (used === null) return unknown();
  if (window === null) return fact(DASH, t("It takes ten minutes of samples to say."));
  const seen = t("As over the last {window}.", { window: duration(window) });
  return perSecond === null ? fact(t("none"), seen) : fact(`${bytes(perSecond * HOUR)}/h`, seen);
}

function full({ used_memory_bytes: used, max_memory_bytes: limit, memory_full_in_s: left, memory_window_s: window }) {
  if (used === null) return unknown();
  if (limit === null) return fact(DASH, t("There is no limit to reach."));
  if (left === 0) return fact(t("full"), t("It has reached its limit."), "critical");
  if (window === null) return fact(DASH, t("It takes ten minutes of samples to say."));
  const seen = t("At the growth of the last {window}.", { window: duration(window) });
  if (left === null) return fact(t("not growing"), seen);
  return fact(duration(left), seen, left < 86400 ? "critical" : left < 7 * 86400 ? "warning" : "");
}

function total(count, perSecond, level = "") {
  return known(count, () => {
    const { text, title } = quantity(count);
    return fact(perSecond ? `${text} (${rate(perSecond)})` : text, [title, t("Since the server’s start.")].filter(Boolean).join(" · "), level);
  });
}

function traffic(health) {
  const { clients, max_clients: most } = health;
  return {
    round_trip: known(health.round_trip_ms, (ms) => fact(milliseconds(ms), t("From the sampler to the server and back."))),
    operations: known(health.operations_per_s, (value) => fact(rate(value))),
    input: flow(health.input_bytes_per_s),
    output: flow(health.output_bytes_per_s),
    clients: known(clients, () => fact(most ? t("{n} of {all}", { n: whole(clients), all: whole(most) }) : whole(clients), "", most && clients >= NEARLY_FULL * most ? "warning" : "")),
    blocked: counted(health.blocked_clients),
    rejected: total(health.rejected_connections, health.rejected_per_s, health.rejected_per_s > 0 ? "warning" : ""),
    fork: known(health.fork_us, (us) => (us ? fact(milliseconds(us / 1000), t("How long the latest fork held the server.")) : fact(DASH, t("It has not forked since its start.")))),
  };
}

/** Milliseconds as 0.42 ms, 12 ms, 1.2 s. */
export function milliseconds(ms) {
  return ms < 1000 ? `${significant(ms)}${THIN}ms` : duration(ms / 1000);
}

function persistence(health, at) {
  const { aof, rdb_saved_at: saved } = health;
  const off = fact(DASH, t("The append-only file is off."));
  return {
    aof: known(aof, () => fact({ ok: t("on"), off: t("off"), failing: t("failing") }[aof] ?? aof, "", aof === "failing" ? "critical" : "")),
    aof_write: aof === "off" ? off : fine(health.aof_write_ok),
    aof_rewrite: aof === "off" ? off : fine(health.aof_rewrite_ok),
    aof_size: aof === "off" ? off : sized(health.aof_bytes),
    rdb_saved: known(saved, () => fact(ago(Math.max(5, at - saved)))),
    rdb_status: fine(health.rdb_ok),
    rdb_changes: counted(health.rdb_changes),
  };
}

function replication(health) {
  const { role, master, link_up: linkUp, link_down_s: down } = health;
  const none = fact(DASH, role ? t("Its role is {role}.", { role: roleWord(role) }) : "");
  const broken = down === null ? t("down") : t("down for {time}", { time: duration(down) });
  return {
    replication_role: role ? fact(roleWord(role)) : unknown(),
    master: master === null ? none : fact(master),
    link: linkUp === null ? none : linkUp ? fact(t("up")) : fact(broken, t("It serves what it had."), "critical"),
    replicas: known(health.replicas, (count) => replicas(count, health.replica_states)),
  };
}

function replicas(count, states) {
  const behind = (states ?? []).filter(({ state }) => state !== "online").length;
  return behind ? fact(t("{n} of {all} in step", { n: count - behind, all: count }), "", "warning") : fact(whole(count));
}

function processFacts(health, at) {
  const { slow_log: log } = health;
  return {
    uptime: known(health.uptime_s, (seconds) => fact(duration(seconds))),
    mode: known(health.mode, (mode) => fact(mode)),
    loading: known(health.loading, () => loading(health)),
    slow_length: known(log, () => fact(nt("{n} entry", "{n} entries", log.length, { n: whole(log.length) })), t("Our user may not run SLOWLOG.")),
    slow_newest: slowNewest(log),
    slow_at: log?.at ? fact(ago(Math.max(0, at - log.at))) : log ? fact(DASH, t("The slow log is empty.")) : unknown(t("Our user may not run SLOWLOG.")),
  };
}

function loading({ loading: now, async_loading: beside }) {
  if (now) return fact(t("its dataset"), "", "warning");
  if (beside) return fact(t("beside serving"), t("A replica that serves its old data while it loads its master’s."), "warning");
  return fact(t("no"), beside === null || beside === undefined ? OLD_SERVER : "");
}

function slowNewest(log) {
  if (!log) return unknown(t("Our user may not run SLOWLOG."));
  if (log.id === null) return fact(DASH, t("The slow log is empty."));
  return fact(t("{command} took {time}", { command: log.command || t("a command"), time: milliseconds(log.duration_us / 1000) }), t("Its arguments are never read."));
}

function cost({ cost_share: share, cost_budget: budget, calls_per_s: calls, bytes_per_s: size, every_s: every, skipped }) {
  const early = t("It is not measured yet.");
  const over = share !== null && budget !== null && share > budget;
  return {
    cost_share: known(share, () => fact(percent(share), t("The time of our own commands, by the server’s own count."), over ? "warning" : ""), t("The server does not tell what its commands take.")),
    cost_budget: known(budget, () => fact(percent(budget)), early),
    cost_calls: known(calls, () => fact(rate(calls)), early),
    cost_bytes: known(size, () => fact(`${bytes(size)}/s`), early),
    cost_every: known(every, () => fact(skipped ? t("{time} to stay in budget", { time: duration(every) }) : duration(every), "", skipped ? "notice" : ""), early),
    cost_skipped: fact(told(skipped ?? "")),
  };
}

/** What a bar shows: {share, level} of `used` in `most`; null where either is unknown. */
export function share(used, most, { warnAt = NEARLY_FULL } = {}) {
  if (used === null || used === undefined || !most) return null;
  const part = Math.min(1, used / most);
  return { share: part, level: part >= 1 ? "critical" : part >= warnAt ? "warning" : "" };
}
