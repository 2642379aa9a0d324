// One stream's row: writes what is known into the cells that the server laid out.

import { DASH, UNKNOWN, ago, duration, lag, perSecond, quantity } from "../lib/format.js";
import { standing } from "../lib/standing.js";
import { setFlag, setText } from "./cells.js";
import { createMinute, drawSparkline } from "./sparkline.js";
import { setState } from "./state.js";

const NO_RATE = "Not known yet: it takes two samples in a row, and starts again when the stream does.";
const NO_TIME_LAG = "Not known: the entry ids carry no time.";

/** Takes hold of a <tr data-stream>. */
export function createRow(element) {
  const cells = Object.fromEntries([...element.querySelectorAll("[data-cell]")].map((cell) => [cell.dataset.cell, cell]));
  const link = element.querySelector("a");
  const server = element.dataset.server;
  return {
    id: Number(element.dataset.stream),
    element,
    cells,
    link,
    server,
    name: link.textContent,
    text: [link.textContent, cells.title?.textContent, element.dataset.owner, element.dataset.serverName].join(" "),
    tags: element.dataset.tags ? element.dataset.tags.split(",").map((tag) => tag.trim()) : [],
    standing: { ...standing(null), state: element.dataset.vanished ? "vanished" : "waiting" },
    mark: null,
    minute: createMinute(),
    visible: false,
  };
}

/** Takes the stream's newest sample, taken at `at` by our clock, which is history's too. */
export function takeSample(row, stream, at) {
  row.standing = standing(stream);
  row.minute.push(at, stream.added_per_s);
}

/** Writes the row's cells. `stale` is the age of its numbers in seconds where that is too much, else null. */
export function renderRow(row, { stale, interval }) {
  const { cells, standing: now } = row;
  setState(cells.state, now.state);
  setText(cells.reason, stale === null ? now.reason : ago(stale), now.reason);
  setFlag(row.element, "stale", stale !== null);
  showMark(cells.alert, row.mark);
  if (now.state === "waiting" && now.length === null) return; // no sample yet
  const missing = now.length === null && now.reason ? { text: now.state === "vanished" ? DASH : UNKNOWN, title: now.reason } : null;
  show(cells.length, missing ?? quantity(now.length));
  show(cells.added, missing ?? addedWords(now));
  show(cells.pending, missing ?? quantity(now.pending));
  showLag(cells, now, missing);
  drawSparkline(cells.spark, row.minute.points, interval, stale === null ? "text-quiet" : "line");
}

function showMark(cell, mark) {
  if (cell.hidden !== !mark) cell.hidden = !mark;
  if (mark) setState(cell, mark.severity, `${mark.severity} alert`);
  if (cell.title !== (mark?.titles ?? "")) cell.title = mark?.titles ?? "";
}

function show(cell, { text, title }) {
  setText(cell, text, title);
}

function showLag(cells, { lag: group, timeLag, groups }, missing) {
  const none = missing ?? (groups ? null : { text: DASH, title: "" });
  setText(cells.group, group?.name ?? (missing ? "" : "no group"), group?.name ?? "");
  const shown = none ?? lag({ value: group.lag, quality: group.lag_quality, reason: group.lag_reason });
  show(cells.lag, shown);
  setFlag(cells.lag, "quality", shown.quality ?? null);
  show(cells.timeLag, none ?? { text: duration(timeLag), title: timeLag === null ? NO_TIME_LAG : "" });
}

function addedWords({ added, addedAtLeast }) {
  if (added === null) return { text: perSecond(added), title: NO_RATE };
  return addedAtLeast ? { text: `≥ ${perSecond(added)}`, title: "Counted up to a cap; this server keeps no count of added entries." } : { text: perSecond(added), title: "" };
}
