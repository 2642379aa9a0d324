// What a trial of a threshold has found so far, in words. Pure.

import { nt, t } from "./words.js";

const LATE_S = 120;
const RANGES = { 3600: () => t("the last hour"), 86400: () => t("the last 24 hours"), 604800: () => t("the last 7 days") };

/** The streams to ask about next, from those that are left: few at first, so that something is seen soon. */
export const nextOf = (left, done) => left.slice(0, done === 0 ? 2 : 20);

/** What the threshold would have opened: "This would have opened 4 alerts in the last 7 days." */
export function verdict(count, range, { isDone }) {
  const values = { range: RANGES[range]?.() ?? "" };
  if (!isDone) return nt("{n} alert so far in {range}.", "{n} alerts so far in {range}.", count, values);
  if (count === 0) return t("This would have opened no alert in {range}.", values);
  return nt("This would have opened {n} alert in {range}.", "This would have opened {n} alerts in {range}.", count, values);
}

/** The earlier of two moments, where null is none. */
export const earlier = (one, other) => (one === null || other === null ? one ?? other : Math.min(one, other));

/** What to know of it: how far back history reaches, and how fine it is there. `write(at, {now})` writes a moment. */
export function notesOf({ begins, plan }, write) {
  if (begins === null) return [t("History has nothing of this time.")];
  const notes = plan.notes.filter(({ until }) => until > begins).map(({ text }) => text);
  if (begins - plan.since <= LATE_S) return notes;
  return [t("History begins at {time}: nothing is known of what was before.", { time: write(begins, { now: plan.now }) }), ...notes];
}

/** The subject with the most alerts: {id, group}; null where there is none. */
export function loudest(alerts) {
  const counts = new Map();
  for (const { id, group } of alerts) counts.set(`${id} ${group}`, (counts.get(`${id} ${group}`) ?? 0) + 1);
  const first = [...alerts].sort((one, other) => counts.get(`${other.id} ${other.group}`) - counts.get(`${one.id} ${one.group}`))[0];
  return first ? { id: first.id, group: first.group, name: first.name } : null;
}

/** Points of a line with its band, as live-chart.js takes them. */
export function lineOf(name, { at, value, least, most }) {
  const points = (column) => at.map((x, place) => ({ x, y: column[place] }));
  return { name, series: 1, dash: 0, faint: false, points: points(value), band: [points(most), points(least)] };
}
