// Keys of a page: / filters, j and k move from row to row, Enter follows the row's link (it is a link), Escape leaves a
// field, g and a letter goes to a page, ? lists them all. None does anything while somebody types, with a modifier, or
// where single keys are switched off (WCAG 2.1.4).

import { singleKeys } from "./settings.js";

const SEQUENCE_MS = 1500;
const typing = (element) => element?.matches?.("input:not([type=checkbox], [type=radio]), select, textarea, [contenteditable]");

let list = null;
let waiting = null; // {key, until}: the first key of two

/** A page's own list: `move(by)` goes so many rows on, `filter` is the field that "/" goes to. */
export function listKeys({ filter, move }) {
  list = { filter, move };
}

// Pages that say nothing themselves: the first link of each row.
function rowLinks() {
  return [...document.querySelectorAll("main tbody tr")].filter((row) => row.checkVisibility?.() ?? true)
    .map((row) => row.querySelector("a[href]")).filter(Boolean);
}

function step(by) {
  if (list) return list.move(by);
  const all = rowLinks();
  const at = all.indexOf(document.activeElement);
  const next = at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, at + by));
  all[next]?.focus();
  return undefined;
}

function filter(search) {
  const field = list?.filter ?? document.querySelector("main [type=search]");
  if (!field) return search?.();
  field.focus();
  return field.select();
}

/** Whether the event is a key that may do something: nobody types, no modifier, single keys are on. */
export function isShortcut(event) {
  if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return false;
  return singleKeys() && !typing(event.target) && !document.querySelector("dialog[open]");
}

/** Listens for the page's life. `go` names what a letter after g does; `search` and `help` open the dialogs. */
export function startKeys({ go, search, help }) {
  const keys = { "/": () => filter(search), j: () => step(1), k: () => step(-1), "?": help };

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && typing(event.target) && !event.target.closest("dialog")) event.target.blur();
    if (!isShortcut(event)) return;
    const first = waiting && waiting.until > event.timeStamp ? waiting.key : null;
    waiting = event.key === "g" && !first ? { key: "g", until: event.timeStamp + SEQUENCE_MS } : null;
    const act = first ? go[event.key] : keys[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
}
