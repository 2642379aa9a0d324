// Pending entries as a table: which, with whom, how often delivered, for how long.

import { duration, whole } from "../lib/format.js";
import { t } from "../lib/words.js";
import { entryId } from "./entry-id.js";
import { el, table } from "./stream-dom.js";

/** The table of [{id, consumer, deliveries, idle_s}]; `now` in epoch seconds. */
export function pendingTable(entries, { label, now }) {
  return table({
    label,
    columns: [{ title: t("Entry") }, { title: t("Consumer") }, { title: t("Deliveries"), num: true }, { title: t("Idle"), num: true }],
    rows: entries.map(({ id, consumer, deliveries, idle_s }) => [
      entryId(id, now), el("span", { class: "wrap" }, consumer), whole(deliveries), duration(idle_s),
    ]),
  });
}
