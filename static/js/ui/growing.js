// Durations that grow: <span data-since="1795000000">, in seconds since the epoch.

import { duration } from "../lib/format.js";
import { setText } from "./cells.js";

/** Brings every one of the page up to date, once a second from now on. */
export function growDurations() {
  setInterval(() => {
    for (const cell of document.querySelectorAll("[data-since]")) {
      setText(cell, duration(Math.round(Date.now() / 1000 - Number(cell.dataset.since))));
    }
  }, 1000);
}
