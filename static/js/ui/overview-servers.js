// The strip of servers: one line each, its state and its health.

import { DASH, THIN, ago, bytes, duration, percent, perSecond, whole } from "../lib/format.js";
import { staleFor, totalRate } from "../lib/standing.js";
import { setFlag, setText } from "./cells.js";
import { setState } from "./state.js";

/** Takes hold of every [data-server-line] under `root`. */
export function createServers({ root, store, now }) {
  const lines = [...root.querySelectorAll("[data-server-line]")].map((element) => ({
    id: Number(element.dataset.serverLine),
    element,
    cells: Object.fromEntries([...element.querySelectorAll("[data-cell]")].map((cell) => [cell.dataset.cell, cell])),
    address: element.querySelector("[data-address]").dataset.address,
  }));

  function render(line) {
    const server = store.server(line.id);
    if (!server) return;
    const stale = staleFor(server, now());
    showState(line, server, stale);
    setFlag(line.element, "stale", stale !== null);
    setText(line.cells.age, server.taken_at === null ? DASH : ago(now() - server.taken_at));
    if (server.health) showHealth(line.cells, server);
  }

  function showState({ cells, address }, server, stale) {
    const trouble = server.unreachable;
    setState(cells.state, trouble?.state ?? (stale === null ? server.health?.state ?? "up" : "stale"));
    const since = trouble ? `for ${duration(Math.max(1, now() - trouble.since))}: ` : "";
    const old = stale !== null && !trouble ? `The last sample is ${duration(stale)} old. Is the sampler running?` : "";
    setText(cells.detail, trouble ? since + trouble.detail : old || server.health?.detail || address);
    setFlag(cells.detail, "trouble", trouble?.state ?? (old ? "stale" : null));
  }

  return {
    renderAll: () => lines.forEach(render),

    /** Takes one server's samples from the store. */
    sample(id, streams) {
      const line = lines.find((candidate) => candidate.id === id);
      if (!line) return;
      setText(line.cells.streams, whole(streams.length));
      const { sum, complete } = totalRate(streams);
      const title = complete ? "" : "Some streams' rates are not known yet.";
      setText(line.cells.added, sum === null ? DASH : (complete ? "" : `≥${THIN}`) + perSecond(sum), title);
      render(line);
    },
  };
}

function showHealth(cells, { health, at }) {
  const { used_memory_bytes: used, max_memory_bytes: most } = health;
  setText(cells.memory, memory(used, most), used === null ? "" : `${whole(used)} bytes used`);
  setText(cells.aof, health.aof === null ? DASH : health.aof);
  setFlag(cells.aof, "bad", health.aof === "failing");
  setText(cells.rdb, rdb(health, at));
  setFlag(cells.rdb, "bad", health.rdb_ok === false);
  setText(cells.replicas, whole(health.replicas).replace("?", DASH), health.role && `This node is a ${health.role}.`);
  setText(cells.version, health.version || DASH);
  setText(cells.cost, cost(health), costTitle(health));
  setFlag(cells.cost, "slowed", Boolean(health.skipped));
}

function cost({ cost_share: share, skipped, every_s }) {
  const text = share === null ? DASH : percent(share);
  return skipped ? `${text}, every ${duration(every_s)}` : text;
}

function costTitle({ cost_share: share, cost_budget: budget, skipped }) {
  if (share === null) return "The server does not tell what watching costs it.";
  return `Of one core of the server; the budget is ${percent(budget)}.${skipped ? ` ${skipped}` : ""}`;
}

function memory(used, most) {
  if (used === null) return DASH;
  return most ? `${percent(used / most)} of ${bytes(most)}` : bytes(used);
}

function rdb({ rdb_saved_at: saved, rdb_ok: ok }, at) {
  if (ok === false) return "failed";
  return saved === null ? DASH : ago(Math.max(5, at - saved));
}
