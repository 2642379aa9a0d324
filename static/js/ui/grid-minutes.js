// The sparklines' minutes: what history knows of a row that comes onto the screen, asked for once, then what is heard.

import { keyOf } from "../lib/listing.js";
import { createMinute } from "./sparkline.js";

const MOST = 100; // streams a request
const PAUSE_MS = 200; // rows come onto the screen in handfuls
const LATE_MS = 14_000; // the sampler writes its samples some seconds late: what was missing is there by then
const KEPT = 600; // rows
const GAP_S = 5; // a row that was away so long is asked for anew

/** `onFilled()` hears that some were filled. */
export function createMinutes({ onFilled, get = fetch, later = setTimeout }) {
  const minutes = new Map();
  let waiting = new Set();
  let timer = null;

  function minuteOf(row) {
    const key = keyOf(row);
    const known = minutes.get(key);
    const last = known?.points.at(-1)?.at;
    if (known && (last === undefined || Math.abs(row.taken_at - last) <= Math.max(GAP_S, 3 * (row.every_s ?? 1)))) return known;
    const minute = createMinute();
    minutes.delete(key);
    minutes.set(key, minute);
    if (minutes.size > KEPT) minutes.delete(minutes.keys().next().value);
    if (row.id !== null) want([row.id]);
    return minute;
  }

  function want(ids) {
    for (const id of ids) waiting.add(id);
    timer ??= later(run, PAUSE_MS);
  }

  async function run() {
    const ids = [...waiting].slice(0, MOST);
    waiting = new Set([...waiting].slice(MOST));
    timer = waiting.size ? later(run, PAUSE_MS) : null;
    await fill(ids);
    later(() => fill(ids.filter((id) => minutes.has(`s ${id}`))), LATE_MS);
  }

  async function fill(ids) {
    if (!ids.length) return;
    const answer = await get(`/sparklines/?streams=${ids.join(",")}`).catch(() => null);
    if (!answer?.ok) return; // the sparklines begin empty and fill as samples come
    const found = await answer.json();
    for (const id of ids) if (found[id]) minutes.get(`s ${id}`)?.fill(found[id].at, found[id].added_per_s);
    onFilled();
  }

  return {
    /** Takes the rows of a listing. */
    take(rows) {
      for (const row of rows) if (row.taken_at !== null) minuteOf(row).push(row.taken_at, row.added_per_s);
    },

    of: (key) => minutes.get(key),
  };
}
