// An entry id with its time beside it, where it is a clock.

import { DASH, entryTime, time } from "../lib/format.js";
import { el } from "./stream-dom.js";

/** The element; `now` in epoch seconds. */
export function entryId(id, now) {
  const at = entryTime(id);
  const beside = at === null ? DASH : time(at, { now });
  return el("span", { class: "entry-id" }, el("span", { class: "mono" }, id), el("span", { class: "quiet num" }, beside));
}
