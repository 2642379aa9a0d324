// Which alerts are selected, and the bar for what can be done to them. x selects the row that has the focus, a acknowledges.

import { nt } from "../lib/words.js";
import { isShortcut } from "./keys.js";

const boxes = () => [...document.querySelectorAll("#alert-rows input[name=alert]:not(:disabled)")];
const checked = () => boxes().filter((box) => box.checked);
const focusedRow = () => document.activeElement?.closest?.("#alert-rows tr");

/** `bar` is the form, null where nothing may be done. */
export function createSelection({ bar }) {
  function show() {
    if (!bar) return;
    const count = checked().length;
    bar.hidden = count === 0;
    document.getElementById("alert-bulk-count").textContent = nt("{n} selected", "{n} selected", count);
    for (const box of boxes()) box.closest("tr").setAttribute("aria-selected", String(box.checked));
    const all = document.getElementById("alerts-all");
    if (!all) return;
    all.hidden = false;
    all.checked = count > 0 && count === boxes().length;
    all.indeterminate = count > 0 && !all.checked;
  }

  function choose(which, on) {
    for (const box of which) box.checked = on;
    show();
  }

  function onKey(event) {
    if (!isShortcut(event)) return;
    const box = focusedRow()?.querySelector("input[name=alert]:not(:disabled)");
    if (event.key === "x" && box) choose([box], !box.checked);
    else if (event.key === "a" && (checked().length || box)) acknowledge(box);
    else return;
    event.preventDefault();
  }

  function acknowledge(box) {
    if (!checked().length) choose([box], true);
    document.getElementById("bulk-comment")?.focus();
  }

  if (bar) {
    document.addEventListener("keydown", onKey);
    document.addEventListener("change", ({ target }) => {
      if (target.id === "alerts-all") choose(boxes(), target.checked);
      else if (target.name === "alert") show();
    });
    const none = document.getElementById("alert-bulk-none");
    none.hidden = false;
    none.addEventListener("click", () => choose(boxes(), false));
    show();
  }
  return { show, isAny: () => checked().length > 0 };
}
