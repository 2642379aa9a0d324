import assert from "node:assert/strict";
import test from "node:test";

import { serverFacts, share } from "../../static/js/lib/server-facts.js";
import { healthValues } from "../../static/js/charts/server-lines.js";
import { concerns, serverSentence } from "../../static/js/ui/server-sentence.js";
import { deploymentWords, replicaRows } from "../../static/js/ui/server-tables.js";

const MIB = 2 ** 20;
const AT = 1_795_469_400;
// A server that tells nothing: what a user without INFO sees.
const MUTE = {
  state: "up", detail: "", version: "valkey 9.1.2", role: "master", mode: null, uptime_s: null, loading: null, async_loading: null,
  round_trip_ms: null, replicas: null, replica_states: null, master: null, link_up: null, link_down_s: null,
  used_memory_bytes: null, peak_memory_bytes: null, max_memory_bytes: null, memory_policy: null, memory_growth_per_s: null,
  memory_full_in_s: null, memory_window_s: null, fragmentation: null, evicted_keys: null, evicted_per_s: null,
  expired_keys: null, expired_per_s: null, clients: null, max_clients: null, blocked_clients: null, rejected_connections: null,
  rejected_per_s: null, operations_per_s: null, input_bytes_per_s: null, output_bytes_per_s: null, fork_us: null, aof: null,
  aof_write_ok: null, aof_rewrite_ok: null, aof_bytes: null, rdb_saved_at: null, rdb_ok: null, rdb_changes: null, slow_log: null,
  nodes: [], deployment: null, cost_share: null, cost_budget: null, calls_per_s: null, bytes_per_s: null, every_s: null, skipped: "",
};
const WELL = {
  ...MUTE, mode: "standalone", uptime_s: 7300, loading: false, async_loading: false, round_trip_ms: 0.42, replicas: 0,
  replica_states: [], used_memory_bytes: 61 * MIB, max_memory_bytes: 100 * MIB, memory_policy: "noeviction", fragmentation: 1.234,
  evicted_keys: 0, evicted_per_s: 0, clients: 12, max_clients: 10_000, blocked_clients: 3, rejected_connections: 0, rejected_per_s: 0,
  operations_per_s: 84_200, fork_us: 0, aof: "off", aof_write_ok: true, aof_rewrite_ok: true, rdb_saved_at: AT - 180, rdb_ok: true,
};
const factsOf = (more, base = WELL) => serverFacts({ ...base, ...more }, { at: AT });
const plain = (text) => text.replaceAll("\u202f", " ");

test("what a server does not tell is ? with its reason, and never 0", () => {
  const facts = factsOf({}, MUTE);
  const numbers = ["memory_used", "memory_limit", "clients", "blocked", "evicted", "operations", "uptime", "aof", "rdb_saved", "replicas", "slow_length", "cost_share", "fork"];

  for (const name of numbers) {
    assert.equal(facts[name].text, "?", name);
    assert.ok(facts[name].title.length > 10, name);
  }
  assert.ok(Object.values(facts).every(({ text }) => !/null|undefined|NaN|\b0\b/.test(text)));
});

for (const [name, more, expected, level] of [
  ["memory_used", {}, "61 MiB (61 %)", ""],
  ["memory_used", { used_memory_bytes: 95 * MIB }, "95 MiB (95 %)", "warning"],
  ["memory_used", { max_memory_bytes: null }, "61 MiB", ""],
  ["memory_limit", { max_memory_bytes: null }, "none", ""],
  ["memory_policy", {}, "refuses writes", ""],
  ["memory_policy", { memory_policy: "allkeys-lru" }, "evicts (allkeys-lru)", ""],
  ["memory_full", {}, "–", ""],
  ["memory_full", { memory_window_s: 3600 }, "not growing", ""],
  ["memory_full", { memory_window_s: 21_600, memory_full_in_s: 3600 }, "1 h", "critical"],
  ["memory_full", { memory_window_s: 21_600, memory_full_in_s: 3 * 86_400 }, "3 d", "warning"],
  ["memory_full", { memory_window_s: 21_600, memory_full_in_s: 40 * 86_400 }, "40 d", ""],
  ["memory_full", { memory_full_in_s: 0 }, "full", "critical"],
  ["memory_growth", { memory_window_s: 3600, memory_growth_per_s: MIB / 3600 }, "1 MiB/h", ""],
  ["evicted", { evicted_keys: 12_345, evicted_per_s: 4 }, "12.3 k (4 /s)", "warning"],
  ["clients", { clients: 9_500 }, "9 500 of 10 000", "warning"],
  ["clients", { max_clients: null }, "12", ""],
  ["round_trip", {}, "0.42 ms", ""],
  ["fork", {}, "–", ""],
  ["fork", { fork_us: 12_345 }, "12.3 ms", ""],
  ["aof_write", {}, "–", ""],
  ["aof_write", { aof: "failing", aof_write_ok: false }, "failed", "critical"],
  ["aof", { aof: "ok" }, "on", ""],
  ["rdb_saved", {}, "3 min ago", ""],
  ["link", { role: "slave", link_up: false, link_down_s: 72 }, "down for 1 min 12 s", "critical"],
  ["replicas", { replicas: 2, replica_states: [{ state: "online" }, { state: "wait_bgsave" }] }, "1 of 2 in step", "warning"],
  ["loading", { async_loading: true }, "beside serving", "warning"],
  ["slow_newest", { slow_log: { length: 1, id: 7, at: AT - 60, duration_us: 15_000, command: "XADD" } }, "XADD took 15 ms", ""],
  ["slow_newest", { slow_log: { length: 0, id: null, at: null, duration_us: null, command: "" } }, "–", ""],
  ["cost_share", { cost_share: 0.0001, cost_budget: 0.02 }, "< 0.1 %", ""],
  ["cost_share", { cost_share: 0.03, cost_budget: 0.02 }, "3 %", "warning"],
  ["cost_every", { every_s: 4, skipped: "Swept every 4 s." }, "4 s to stay in budget", "notice"],
]) {
  test(`${name} of ${JSON.stringify(more)} reads ${expected}`, () => {
    const fact = factsOf(more)[name];

    assert.equal(plain(fact.text), expected);
    assert.equal(fact.level, level);
  });
}

test("a growth that is foretold says over which time it was seen", () => {
  const { title } = factsOf({ memory_window_s: 21_600, memory_full_in_s: 86_400 * 9 }).memory_full;

  assert.equal(plain(title), "At the growth of the last 6 h.");
});

test("a server that answers says how soon, and one that does not since when, why and what to do", () => {
  const up = serverSentence({ health: WELL, unreachable: null, staleSince: null, now: AT });
  const down = serverSentence({
    health: WELL, unreachable: { state: "down", detail: "It refuses connections.", since: AT - 90 }, staleSince: null, now: AT,
  });

  assert.deepEqual([up.state, plain(up.sentence), up.remedy], ["up", "It answers within 0.42 ms.", ""]);
  assert.equal(down.state, "down");
  assert.match(plain(down.sentence), /^It cannot be reached since .* \(1 min 30 s\): It refuses connections\. What stands below is the last/);
  assert.ok(down.remedy);
});

test("a sampler that is silent makes a server stale, and nothing known yet is waited for", () => {
  assert.equal(serverSentence({ health: WELL, unreachable: null, staleSince: AT - 9, now: AT }).state, "stale");
  assert.equal(serverSentence({ health: null, unreachable: null, staleSince: null, now: AT }).state, "waiting");
  assert.doesNotMatch(
    serverSentence({ health: null, unreachable: { state: "denied", detail: "", since: null }, staleSince: null, now: AT }).sentence, /below/,
  );
});

test("what is worth a look comes gravest first, and a server that is well or mute has nothing", () => {
  assert.deepEqual([...concerns(WELL)], []);
  assert.deepEqual([...concerns(MUTE)], []);
  const found = concerns({ ...WELL, evicted_per_s: 2, aof: "failing", aof_write_ok: false, memory_full_in_s: 3600, memory_window_s: 3600 });
  assert.deepEqual(found.map(({ level }) => level), ["critical", "critical", "warning"]);
});

test("bars show what is used of a limit, and none where there is no limit", () => {
  assert.deepEqual(share(50, 100), { share: 0.5, level: "" });
  assert.deepEqual(share(120, 100), { share: 1, level: "critical" });
  assert.equal(share(50, null), null);
  assert.equal(share(null, 100), null);
});

test("replicas and deployments are told with what is not known as ?", () => {
  assert.deepEqual(replicaRows([
    { address: "10.0.0.2:6379", state: "online", lag_bytes: 0, lag_s: 1 }, { address: "10.0.0.3:6379", state: "wait_bgsave", lag_bytes: null, lag_s: null },
  ]).map((row) => row.map(plain)), [["10.0.0.2:6379", "in step", "0 B", "1 s ago"], ["10.0.0.3:6379", "wait bgsave", "?", "?"]]);
  const cluster = { cluster_state: "fail", slots_served: 10_923, slots_failed: 5461, failed_nodes: ["a:1"], master: "", sentinels: null, sentinels_answering: null, quorum: null, has_quorum: null };
  assert.equal(plain(deploymentWords(cluster)), "cluster fail · 10 923 of 16 384 slots served, 5 461 failed · failed: a:1");
  const sentinels = { ...cluster, cluster_state: null, failed_nodes: [], master: "b:2", sentinels: 3, sentinels_answering: 1, quorum: 2, has_quorum: false };
  assert.equal(deploymentWords(sentinels), "master b:2 · 1 of 3 Sentinels answer · quorum 2, not reached");
  assert.equal(deploymentWords(null), "");
});

test("a value that is not known is a gap in the charts", () => {
  assert.deepEqual(Object.values(healthValues(MUTE)), [null, null, null, null, null, null]);
});
