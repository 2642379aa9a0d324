// The list of alerts: drawn by the server, taken anew as they change. While somebody points at a row, or has the focus in one, or has
// selected some, rows keep their places: what they say is brought up to date, what is gone steps back, and what is new waits.

import { nt, t } from "../lib/words.js";
import { freshPage, soon } from "./refresh.js";

const RELEASED_MS = 400;
const rowsOf = (root) => new Map([...root.querySelectorAll("[data-alert]")].map((row) => [row.dataset.alert, row]));

/** `news` is the element whose button shows what waits; `isSelected()`: some rows are; `onDrawn(root)` after new nodes. */
export function createAlertList({ news, isSelected, onDrawn }) {
  const list = () => document.getElementById("alerts");
  const button = news.querySelector("button");
  let waiting = null; // what the server said last, not shown in full yet
  let releasing = null;

  function isHeld() {
    const body = document.getElementById("alert-rows");
    return Boolean(body && (body.matches(":hover") || body.contains(document.activeElement) || isSelected()));
  }

  function draw(fresh) {
    list().replaceWith(document.adoptNode(fresh));
    waiting = null;
    news.hidden = true;
    onDrawn(fresh);
  }

  function take(fresh) {
    if (!isHeld()) return draw(fresh);
    waiting = fresh;
    const [old, now] = [rowsOf(list()), rowsOf(fresh)];
    for (const [number, row] of old) update(row, now.get(number));
    takeTabs(fresh);
    const added = [...now.keys()].filter((number) => !old.has(number)).length;
    news.hidden = added === 0;
    button.textContent = nt("{n} more: show", "{n} more: show", added);
    onDrawn(list());
  }

  function takeTabs(fresh) {
    const tabs = list().querySelector(".tabs");
    const now = fresh.querySelector(".tabs");
    if (tabs && now && !tabs.contains(document.activeElement)) tabs.replaceWith(now.cloneNode(true));
  }

  function release() {
    clearTimeout(releasing);
    releasing = setTimeout(() => waiting && !isHeld() && draw(waiting), RELEASED_MS);
  }

  button.addEventListener("click", () => waiting && draw(waiting));
  for (const kind of ["pointerout", "focusout", "change"]) document.addEventListener(kind, release);

  return {
    refresh: soon(async () => {
      const fresh = (await freshPage())?.getElementById("alerts");
      if (fresh) take(fresh);
    }),
  };
}

/** Brings a row up to date in its place; `now` is missing where it is not on this page any more. */
function update(row, now) {
  row.toggleAttribute("data-gone", !now);
  if (!now) {
    const state = row.querySelector(".alerts__state");
    if (state) state.textContent = t("no longer here");
    const box = row.querySelector("input[type=checkbox]");
    if (box) Object.assign(box, { checked: false, disabled: true });
    return;
  }
  row.toggleAttribute("data-calm", now.hasAttribute("data-calm"));
  [...row.children].forEach((cell, at) => {
    const other = now.children[at];
    if (!other || cell.matches(".alerts__pick") || cell.contains(document.activeElement) || cell.isEqualNode(other)) return;
    cell.replaceWith(other.cloneNode(true));
  });
}
