// The state of a server in a word, a sentence, and what about it is worth a look. Pure.

import { duration, percent, time } from "../lib/format.js";
import { milliseconds, NEARLY_FULL } from "../lib/server-facts.js";

const TROUBLE = {
  down: ["It cannot be reached", "Check that it runs and that the sampler’s machine can reach it; it is tried again by itself."],
  denied: ["It refuses our account", "Correct its user name, password or permissions: in the admin, or with ACL SETUSER on the server."],
  busy: ["It is busy with a script", "Wait until the script ends; Streamgauge never kills one."],
  loading: ["It is loading its data", "Wait until it has loaded."],
  error: ["It cannot be sampled", "The sampler’s log has the details."],
  stale: ["It has not been sampled", "See at /readyz what is missing: most likely the sampler."],
};

/**
 * {state, sentence, remedy} of what is known: `health` (null: nothing yet), `unreachable` ({state, detail, since} or
 * null), `staleSince` (null: fresh).
 */
export function serverSentence({ health, unreachable, staleSince, now }) {
  const trouble = unreachable ?? (staleSince === null ? null : { state: "stale", detail: "", since: staleSince });
  if (trouble) return inTrouble(trouble, health, now);
  if (!health) return { state: "waiting", sentence: "Waiting for the first sample.", remedy: "" };
  const quick = health.round_trip_ms === null ? "It answers." : `It answers within ${milliseconds(health.round_trip_ms)}.`;
  return { state: health.state, sentence: health.detail || quick, remedy: "" };
}

function inTrouble({ state, detail, since }, health, now) {
  const [what, remedy] = TROUBLE[state] ?? TROUBLE.error;
  const when = since === null ? "" : ` since ${time(since, { now })} (${duration(Math.max(1, now - since))})`;
  const last = health ? " What stands below is the last that was known." : "";
  return { state, sentence: `${what}${when}${detail ? `: ${detail}` : "."}${last}`, remedy };
}

/** What about a server that answers is worth a look: [{level, text}], the gravest first. */
export function concerns(health) {
  return [...persistenceConcerns(health), ...replicationConcerns(health), ...roomConcerns(health)]
    .sort((one, other) => RANK[one.level] - RANK[other.level]);
}

const RANK = { critical: 0, warning: 1, notice: 2 };
const critical = (text) => ({ level: "critical", text });
const warning = (text) => ({ level: "warning", text });

function* persistenceConcerns({ aof, aof_write_ok: write, rdb_ok: rdb, async_loading: loading }) {
  if (aof === "failing") yield critical(write === false ? "The last write of the append-only file failed." : "The last rewrite of the append-only file failed.");
  if (rdb === false) yield critical("The last snapshot (RDB) failed; until one succeeds the server may refuse writes.");
  if (loading) yield warning("It serves its old data while it loads its master’s.");
}

function* replicationConcerns({ link_up: linkUp, replica_states: states, deployment }) {
  if (linkUp === false) yield critical("The link to its master is down: what it serves grows old.");
  const behind = (states ?? []).filter(({ state }) => state !== "online").length;
  if (behind) yield warning(`${behind} of ${states.length} replicas ${behind === 1 ? "is" : "are"} not in step yet.`);
  if (deployment?.trouble) yield critical(deployment.trouble);
}

function* roomConcerns(health) {
  const { used_memory_bytes: used, max_memory_bytes: most, memory_full_in_s: left, memory_policy: policy } = health;
  const then = policy === "noeviction" ? "then it refuses writes" : "then it evicts keys, streams among them";
  if (most && used !== null && used >= most) yield critical(`Its memory has reached the limit: ${then.replace("then it", "it")}.`);
  else if (left !== null && left < 86400) yield critical(`At the present growth its memory is full in ${duration(left)}: ${then}.`);
  else if (most && used !== null && used >= NEARLY_FULL * most) yield warning(`Its memory is ${percent(used / most)} full.`);
  if (health.evicted_per_s > 0) yield warning("It evicts keys: a stream may vanish whole.");
  if (health.rejected_per_s > 0) yield critical("It rejects connections: its maximum number of clients is reached.");
  else if (health.max_clients && health.clients >= NEARLY_FULL * health.max_clients) yield warning(`${health.clients} of at most ${health.max_clients} clients are connected.`);
}
