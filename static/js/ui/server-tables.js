// The tables of a server's page: its replicas, and the nodes of a cluster or around Sentinels.

import { bytes, duration, percent, UNKNOWN, whole } from "../lib/format.js";
import { milliseconds, roleWord } from "../lib/server-facts.js";
import { setState } from "./state.js";
import { el, table } from "./stream-dom.js";

const REPLICA_COLUMNS = [{ title: "Replica" }, { title: "State" }, { title: "Behind", num: true }, { title: "Heard of", num: true }];
const NODE_COLUMNS = [
  { title: "Node" }, { title: "State" }, { title: "Role" }, { title: "Slots", num: true }, { title: "Streams", num: true },
  { title: "Used memory", num: true }, { title: "Clients", num: true }, { title: "Operations/s", num: true },
  { title: "Round trip", num: true }, { title: "Up for", num: true },
];

const some = (value, write = whole) => (value === null || value === undefined ? UNKNOWN : write(value));

/** Rows of replicas: address, state, lag in bytes and in seconds. */
export function replicaRows(states) {
  return states.map(({ address, state, lag_bytes: behind, lag_s: heard }) => [
    address, state === "online" ? "in step" : state.replaceAll("_", " "), some(behind, bytes), some(heard, (seconds) => `${duration(seconds)} ago`),
  ]);
}

/** What the whole deployment says of itself, in one line. */
export function deploymentWords(deployment) {
  if (!deployment) return "";
  const { cluster_state: state, slots_served: served, slots_failed: failed, failed_nodes: nodes, master, sentinels,
    sentinels_answering: answering, quorum, has_quorum: can } = deployment;
  const words = [];
  if (state) words.push(`cluster ${state}`);
  if (served !== null && state) words.push(`${whole(served)} of ${whole(16384)} slots served${failed ? `, ${whole(failed)} failed` : ""}`);
  if (nodes.length) words.push(`failed: ${nodes.join(", ")}`);
  if (master) words.push(`master ${master}`);
  if (sentinels !== null) words.push(`${some(answering)} of ${sentinels} Sentinels answer`);
  if (quorum !== null) words.push(`quorum ${quorum}${can === false ? ", not reached" : ""}`);
  return words.join(" · ");
}

function nodeCells(node) {
  const state = el("span", { class: "state", title: node.detail || null });
  setState(state, node.state);
  const used = node.max_memory_bytes && node.used_memory_bytes !== null
    ? `${bytes(node.used_memory_bytes)} (${percent(node.used_memory_bytes / node.max_memory_bytes)})` : some(node.used_memory_bytes, bytes);
  return [
    el("span", { class: "mono wrap" }, node.address), state, roleWord(node.role), node.slots === null ? "–" : whole(node.slots),
    some(node.streams), used, some(node.clients), some(node.operations_per_s), some(node.round_trip_ms, milliseconds),
    some(node.uptime_s, duration),
  ];
}

/** Fills what `elements` names: {replicas, nodes, section, deployment}; each only where something changed. */
export function createServerTables({ replicas, nodes, section, deployment }) {
  let shown = "";

  return (health) => {
    const identity = JSON.stringify([health.replica_states, health.nodes, health.deployment]);
    if (identity === shown) return;
    shown = identity;
    const states = health.replica_states ?? [];
    replicas.replaceChildren(...(states.length ? [table({ label: "Replicas", columns: REPLICA_COLUMNS, rows: replicaRows(states) })] : []));
    section.hidden = !health.nodes.length && !health.deployment;
    deployment.textContent = deploymentWords(health.deployment);
    nodes.replaceChildren(...(health.nodes.length ? [table({ label: "Nodes", columns: NODE_COLUMNS, rows: health.nodes.map(nodeCells) })] : []));
  };
}
