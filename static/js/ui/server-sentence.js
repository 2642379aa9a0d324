// The state of a server in a word, a sentence, and what about it is worth a look. Pure.

import { duration, percent, time } from "../lib/format.js";
import { milliseconds, NEARLY_FULL } from "../lib/server-facts.js";
import { nt, t, told } from "../lib/words.js";

const TROUBLE = {
  down: [t("It cannot be reached"), t("Check that it runs and that the sampler’s machine can reach it; it is tried again by itself.")],
  denied: [t("It refuses our account"), t("Correct its user name, password or permissions: in the admin, or with ACL SETUSER on the server.")],
  busy: [t("It is busy with a script"), t("Wait until the script ends; Streamgauge never kills one.")],
  loading: [t("It is loading its data"), t("Wait until it has loaded.")],
  error: [t("It cannot be sampled"), t("The sampler’s log has the details.")],
  stale: [t("It has not been sampled"), t("See at /readyz what is missing: most likely the sampler.")],
};

/**
 * {state, sentence, remedy} of what is known: `health` (null: nothing yet), `unreachable` ({state, detail, since} or
 * null), `staleSince` (null: fresh).
 */
export function serverSentence({ health, unreachable, staleSince, now }) {
  const trouble = unreachable ?? (staleSince === null ? null : { state: "stale", detail: "", since: staleSince });
  if (trouble) return inTrouble(trouble, health, now);
  if (!health) return { state: "waiting", sentence: t("Waiting for the first sample."), remedy: "" };
  const quick = health.round_trip_ms === null ? t("It answers.") : t("It answers within {time}.", { time: milliseconds(health.round_trip_ms) });
  return { state: health.state, sentence: told(health.detail) || quick, remedy: "" };
}

function inTrouble({ state, detail, since }, health, now) {
  const [what, remedy] = TROUBLE[state] ?? TROUBLE.error;
  const when = since === null ? "" : ` ${t("since {time}", { time: time(since, { now }) })} (${duration(Math.max(1, now - since))})`;
  const last = health ? ` ${t("What stands below is the last that was known.")}` : "";
  return { state, sentence: `${what}${when}${detail ? `: ${told(detail)}` : "."}${last}`, remedy };
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
  if (aof === "failing") yield critical(write === false ? t("The last write of the append-only file failed.") : t("The last rewrite of the append-only file failed."));
  if (rdb === false) yield critical(t("The last snapshot (RDB) failed; until one succeeds the server may refuse writes."));
  if (loading) yield warning(t("It serves its old data while it loads its master’s."));
}

function* replicationConcerns({ link_up: linkUp, replica_states: states, deployment }) {
  if (linkUp === false) yield critical(t("The link to its master is down: what it serves grows old."));
  const behind = (states ?? []).filter(({ state }) => state !== "online").length;
  if (behind) yield warning(nt("{n} of {all} replicas is not in step yet.", "{n} of {all} replicas are not in step yet.", behind, { all: states.length }));
  if (deployment?.trouble) yield critical(told(deployment.trouble));
}

function* roomConcerns(health) {
  const { used_memory_bytes: used, max_memory_bytes: most, memory_full_in_s: left, memory_policy: policy } = health;
  const isRefusing = policy === "noeviction";
  if (most && used !== null && used >= most) yield critical(isRefusing ? t("Its memory has reached the limit: it refuses writes.") : t("Its memory has reached the limit: it evicts keys, streams among them."));
  else if (left !== null && left < 86400) yield critical(isRefusing ? t("At the present growth its memory is full in {time}: then it refuses writes.", { time: duration(left) }) : t("At the present growth its memory is full in {time}: then it evicts keys, streams among them.", { time: duration(left) }));
  else if (most && used !== null && used >= NEARLY_FULL * most) yield warning(t("Its memory is {share} full.", { share: percent(used / most) }));
  if (health.evicted_per_s > 0) yield warning(t("It evicts keys: a stream may vanish whole."));
  if (health.rejected_per_s > 0) yield critical(t("It rejects connections: its maximum number of clients is reached."));
  else if (health.max_clients && health.clients >= NEARLY_FULL * health.max_clients) yield warning(t("{n} of at most {all} clients are connected.", { n: health.clients, all: health.max_clients }));
}
