// The bars of a histogram in words. Pure.

import { duration, whole } from "./format.js";
import { nt, t } from "./words.js";

/** [{label, count, share}] of {begins, counts}: `share` of the tallest bar; `write(least, below)` names a bar, `below` null for the last. */
export function bars({ begins, counts }, write) {
  const most = Math.max(1, ...counts);
  return counts.map((count, at) => ({ label: write(begins[at], begins[at + 1] ?? null), count, share: count / most }));
}

/** "up to 10 s", "10 s – 1 min", "over 1 d" of a wait in seconds. */
export function waitLabel(least, below) {
  if (!least) return t("up to {time}", { time: duration(below) });
  if (below === null) return t("over {time}", { time: duration(least) });
  return `${duration(least)} – ${duration(below)}`;
}

/** "once", "3 – 4 times", "10 times or more" of a number of deliveries. */
export function deliveriesLabel(least, below) {
  if (below === null) return t("{n} times or more", { n: whole(least) });
  if (below - Math.max(1, least) > 1) return t("{least} – {most} times", { least: whole(least), most: whole(below - 1) });
  const times = Math.max(1, least);
  return nt("once", "{n} times", times, { n: whole(times) });
}
