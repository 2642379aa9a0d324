// The newest entries, page by page; fields and values only where the server sent them.

import { button, el, table } from "./stream-dom.js";
import { createPanel, emptyNote } from "./stream-panel.js";
import { entryId } from "./entry-id.js";
import { pages } from "./stream-panel.js";

/** Fetches when `element` is first seen: a look at entries costs the watched server something. */
export function createEntries({ element, url, now }) {
  const panel = createPanel({ element, now, render: (body, its) => renderEntries(body, { panel: its, url, now }) });
  const observer = new IntersectionObserver((changes) => {
    if (!changes.some((change) => change.isIntersecting)) return;
    observer.disconnect();
    panel.load(url);
  });
  observer.observe(element);
}

function renderEntries({ entries, next, first }, { panel, url, now }) {
  const refresh = button("Refresh", () => panel.load(url), { class: "button" });
  if (!entries.length) {
    const note = first ? emptyNote("This stream has no entries.", "It fills when something adds to it with XADD.") : emptyNote("No older entries.");
    return [note, el("div", { class: "pages" }, refresh)];
  }
  const shown = table({
    label: "Newest entries",
    columns: [{ title: "Entry" }, { title: "Fields", kind: "payload-cell" }],
    rows: entries.map((entry) => [entryId(entry.id, now()), payload(entry)]),
  });
  const buttons = pages({ first, next, panel, url, parameter: "before", words: "Older entries" });
  buttons.prepend(refresh);
  return [shown, buttons];
}

/** Fields and values as text; without the permission, nothing. */
function payload({ fields, cut }) {
  if (fields === null) return el("span", { class: "quiet" }, "hidden");
  const pairs = fields.map(({ name, value }) => (
    el("div", {}, el("dt", { class: "mono wrap" }, name), el("dd", { class: "mono wrap" }, value))
  ));
  const shown = el("dl", { class: "payload" }, ...pairs);
  return cut ? el("div", {}, shown, el("p", { class: "quiet" }, "… the rest is too long to show.")) : shown;
}
