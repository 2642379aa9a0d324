// The tables of a server's page: its replicas, and the nodes of a cluster or around Sentinels.

import { bytes, duration, percent, UNKNOWN, whole } from "../lib/format.js";
import { milliseconds, roleWord } from "../lib/server-facts.js";
import { setState } from "./state.js";
import { el, table } from "./stream-dom.js";
import { t, told } from "../lib/words.js";

const REPLICA_COLUMNS = [{ title: t("Replica") }, { title: t("State") }, { title: t("Behind"), num: true }, { title: t("Heard of"), num: true }];
const NODE_COLUMNS = [
  { title: t("Node") }, { title: t("State") }, { title: t("Role") }, { title: t("Slots"), num: true }, { title: t("Streams"), num: true },
  { title: t("Used memory"), num: true }, { title: t("Clients"), num: true }, { title: t("Operations/s"), num: true },
  { title: t("Round trip"), num: true }, { title: t("Up for"), num: true },
];

const some = (value, write = whole) => (value === null || value === undefined ? UNKNOWN : write(value));

/** Rows of replicas: address, state, lag in bytes and in seconds. */
export function replicaRows(states) {
  return states.map(({ address, state, lag_bytes: behind, lag_s: heard }) => [
    address, state === "online" ? t("in step") : state.replaceAll("_", " "), some(behind, bytes), some(heard, (seconds) => t("{time} ago", { time: duration(seconds) })),
  ]);
}

/** What the whole deployment says of itself, in one line. */
export function deploymentWords(deployment) {
  if (!deployment) return "";
  const { cluster_state: state, slots_served: served, slots_failed: failed, failed_nodes: nodes, master, sentinels,
    sentinels_answering: answering, quorum, has_quorum: can } = deployment;
  const words = [];
  if (state) words.push(t("cluster {state}", { state }));
  if (served !== null && state) words.push(t("{n} of {all} slots served", { n: whole(served), all: whole(16384) }) + (failed ? t(", {n} failed", { n: whole(failed) }) : ""));
  if (nodes.length) words.push(t("failed: {nodes}", { nodes: nodes.join(", ") }));
  if (master) words.push(t("master {master}", { master }));
  if (sentinels !== null) words.push(t("{n} of {all} Sentinels answer", { n: some(answering), all: sentinels }));
  if (quorum !== null) words.push(can === false ? t("quorum {quorum}, not reached", { quorum }) : t("quorum {quorum}", { quorum }));
  return words.join(" · ");
}

function nodeCells(node) {
  const state = el("span", { class: "state", title: told(node.detail) || null });
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
    replicas.replaceChildren(...(states.length ? [table({ label: t("Replicas"), columns: REPLICA_COLUMNS, rows: replicaRows(states) })] : []));
    section.hidden = !health.nodes.length && !health.deployment;
    deployment.textContent = deploymentWords(health.deployment);
    nodes.replaceChildren(...(health.nodes.length ? [table({ label: t("Nodes"), columns: NODE_COLUMNS, rows: health.nodes.map(nodeCells) })] : []));
  };
}
