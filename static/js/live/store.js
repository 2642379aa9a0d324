// The latest known state of what the page watches. Pure: events in, facts out; unknown is null. Sentences that the sampler made
// are in the reader's language from here on.

import { toldColumn } from "../lib/told-columns.js";
import { told } from "../lib/words.js";

/**
 * A store. `apply(event)` takes every event of the socket; subscribers are called with the event after it was applied.
 * stream(id): {id, server, length, added_per_s, memory_bytes, pending, problem, at, groups: Map(slug → group)}
 * server(id): {id, health, at, taken_at, interval, unreachable: null | {state, detail, since}}
 * Both are null while nothing is known. Objects are replaced, never changed.
 */
export function createStore() {
  const streams = new Map();
  const servers = new Map();
  const subscribers = new Set();
  let openAlerts = null;

  const appliers = {
    "sample.taken": takeSample,
    "server.unreachable": ({ server, state, detail, since }) =>
      updateServer(server, { unreachable: { state, detail: told(detail), since } }),
    "server.recovered": ({ server }) => updateServer(server, { unreachable: null }),
    "alert.opened": countAlerts,
    "alert.resolved": countAlerts,
    "alert.changed": countAlerts,
  };

  function takeSample(event) {
    // Who watches single streams is told nothing of the server's health.
    const { server, at, taken_at, interval, health = null } = event;
    updateServer(server, { health: health && { ...health, detail: told(health.detail), skipped: told(health.skipped) }, at, taken_at, interval, unreachable: null });
    for (const row of rows(event.streams)) streams.set(row.id, { ...row, server, at, groups: new Map() });
    for (const { stream, ...group } of rows(event.groups)) streams.get(stream)?.groups.set(group.slug, group);
  }

  function updateServer(id, facts) {
    const known = servers.get(id) ?? { id, health: null, at: null, taken_at: null, interval: null, unreachable: null };
    servers.set(id, { ...known, ...facts });
  }

  function countAlerts(event) {
    openAlerts = event.open_alerts;
  }

  return {
    apply(event) {
      appliers[event.type]?.(event);
      for (const notify of [...subscribers]) notify(event);
    },
    stream: (id) => streams.get(id) ?? null,
    group: (streamId, slug) => streams.get(streamId)?.groups.get(slug) ?? null,
    server: (id) => servers.get(id) ?? null,
    streams: () => [...streams.values()],
    servers: () => [...servers.values()],
    openAlerts: () => openAlerts,
    subscribe(notify) {
      subscribers.add(notify);
      return () => subscribers.delete(notify);
    },
  };
}

/** The rows of an object of columns in step with each other. */
export function* rows(columns) {
  const names = Object.keys(columns);
  const count = names.length ? columns[names[0]].length : 0;
  for (let index = 0; index < count; index += 1) {
    yield Object.fromEntries(names.map((name) => [name, toldColumn(name, columns[name][index])]));
  }
}
