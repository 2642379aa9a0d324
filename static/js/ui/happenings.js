// The list of what happened, newest first. A row that is pointed at, or has the focus, shows its moment on the charts.

import { kindOf } from "../lib/happenings.js";
import { ago, time } from "../lib/format.js";
import { setText } from "./cells.js";
import { el } from "./stream-dom.js";
import { setState } from "./state.js";

const SHOWN = 50;

/**
 * Rows in `list`; `show()` takes what `happenings` holds. `named`: rows name their stream; `point(at)` shows a moment on
 * the charts, `point(null)` none; `span` says in words how far back it goes.
 */
export function createHappeningsList({ list, empty, more, happenings, named, point, now, span }) {
  const rows = new Map();

  function row(mark) {
    if (!rows.has(mark.mark)) rows.set(mark.mark, createRow(mark, { named, point, now }));
    return rows.get(mark.mark);
  }

  return {
    show() {
      const newest = happenings.newest(SHOWN);
      const wanted = newest.map((mark) => row(mark).element);
      for (const id of rows.keys()) if (!newest.some(({ mark }) => mark === id)) rows.delete(id);
      // Only what changed is touched: a row that has the focus keeps it.
      for (const element of [...list.children]) if (!wanted.includes(element)) element.remove();
      wanted.forEach((element, at) => {
        if (list.children[at] !== element) list.insertBefore(element, list.children[at] ?? null);
      });
      empty.hidden = newest.length > 0;
      setText(empty, `Nothing happened in ${span}.`);
      setText(more, happenings.size > SHOWN ? `the newest ${SHOWN}` : "");
    },

    /** Time goes on. */
    tick() {
      for (const { age } of rows.values()) age();
    },

    problem: (title) => {
      empty.hidden = false;
      setText(empty, title);
    },
  };
}

function createRow(mark, { named, point, now }) {
  const { word, level } = kindOf(mark.kind);
  const state = el("span", { class: "state happened__kind" });
  setState(state, level, word);
  const age = el("span", { class: "quiet happened__age" });
  const at = el("time", { class: "happened__time", datetime: new Date(mark.at * 1000).toISOString() }, time(mark.at, { now: now() }));
  const subject = named && mark.key ? subjectOf(mark) : [];
  const button = el("button", { type: "button", class: "happened__row" }, at, age, state,
    el("span", { class: "happened__text wrap" }, ...subject, mark.text));
  for (const name of ["focus", "pointerenter"]) button.addEventListener(name, () => point(mark.at));
  for (const name of ["blur", "pointerleave"]) button.addEventListener(name, () => point(null));
  const showAge = () => setText(age, ago(Math.max(0, now() - mark.at)));
  showAge();
  return { element: el("li", {}, button), age: showAge };
}

function subjectOf({ key }) {
  return [el("b", {}, key), " "];
}
