// What the server has listed: the rows of the last windows, each at its place. Pure.

import { toldColumn } from "./told-columns.js";

const KEPT = 400; // rows beside the newest window, shown until newer ones come

/** A row's own name: its place may change, its name stays. */
export function keyOf(row) {
  return row.kind === "family" ? `f ${row.server} ${row.family}` : `s ${row.id}`;
}

/** The rows of columns in step. */
function rowsOf(columns) {
  const names = Object.keys(columns);
  return Array.from({ length: columns.kind?.length ?? 0 }, (_, at) => {
    const row = {};
    for (const name of names) row[name] = toldColumn(name, columns[name][at]);
    return row;
  });
}

/** The listing as the page knows it; `take` gets each `listing.taken`. */
export function createListing() {
  const rows = new Map(); // place → row
  const places = new Map(); // key → place
  let facts = { total: 0, streams: 0, all: 0, states: {}, known: {}, unknown: [], attention: 0 };
  let window = null;
  let view = null;

  function put(place, row) {
    const key = keyOf(row);
    const before = places.get(key);
    if (before !== undefined && before !== place) rows.delete(before);
    drop(place);
    rows.set(place, row);
    places.set(key, place);
  }

  function drop(place) {
    const old = rows.get(place);
    if (old && places.get(keyOf(old)) === place) places.delete(keyOf(old));
    rows.delete(place);
  }

  function forgetFar() {
    for (const place of rows.keys()) {
      const far = place < window.first - KEPT || place > window.first + window.rows + KEPT;
      if (far || place >= facts.total) drop(place);
    }
  }

  function clear() {
    rows.clear();
    places.clear();
  }

  return {
    /** Takes an event; returns its rows. */
    take(event) {
      const listed = rowsOf(event.rows);
      const { total, streams, all, states, known, unknown } = event;
      facts = { total, streams, all, states, known, unknown, attention: event.servers.attention.reduce((sum, count) => sum + count, 0) };
      if (event.view !== view) clear();
      view = event.view;
      window = { first: event.first, rows: listed.length };
      listed.forEach((row, index) => put(event.first + index, row));
      forgetFar();
      return listed;
    },

    facts: () => facts,
    row: (place) => rows.get(place) ?? null,
    place: (key) => places.get(key) ?? null,
  };
}

const CALM = new Set(["ok", "waiting"]);

/** How many streams are not OK, of {state: streams}. */
export function notOk(states) {
  return Object.entries(states).reduce((sum, [state, streams]) => sum + (CALM.has(state) ? 0 : streams), 0);
}
