// The list of what happened, newest first. A row that is pointed at, or has the focus, shows its moment on the charts.

import { kindOf } from "../lib/happenings.js";
import { ago, time, whole } from "../lib/format.js";
import { t, told } from "../lib/words.js";
import { setText } from "./cells.js";
import { el } from "./stream-dom.js";
import { setState } from "./state.js";

const SHOWN = 50;

/**
 * Rows in `list`; `show()` takes what `happenings` holds. `named`: rows name their stream; `point(at)` shows a moment on
 * the charts, `point(null)` none.
 */
export function createHappeningsList({ list, empty, more, happenings, named, point, now }) {
  const rows = new Map();
  let left = null;

  function sayMore() {
    const listed = happenings.size > SHOWN ? t("the newest {n}", { n: SHOWN }) : "";
    const drawn = left ? t("on the charts the newest {n} of {count}: zoom in for more", { n: whole(left.n), count: whole(left.count) }) : "";
    setText(more, [listed, drawn].filter(Boolean).join(" · "));
  }

  function row(one) {
    if (!rows.has(one.id)) rows.set(one.id, createRow(one, { named, point, now }));
    return rows.get(one.id);
  }

  return {
    show() {
      const newest = happenings.newest(SHOWN);
      const wanted = newest.map((one) => row(one).element);
      for (const id of rows.keys()) if (!newest.some((one) => one.id === id)) rows.delete(id);
      // Only what changed is touched: a row that has the focus keeps it.
      for (const element of [...list.children]) if (!wanted.includes(element)) element.remove();
      wanted.forEach((element, at) => {
        if (list.children[at] !== element) list.insertBefore(element, list.children[at] ?? null);
      });
      empty.hidden = newest.length > 0;
      setText(empty, t("Nothing happened in the last 7 days."));
      sayMore();
    },

    /** What the charts show is not all that happened then: {n, count}; null where it is. */
    left(found) {
      left = found;
      sayMore();
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

function createRow(one, { named, point, now }) {
  const { word, level } = kindOf(one.kind);
  const state = el("span", { class: "state happened__kind" });
  setState(state, one.level ?? level, word);
  const age = el("span", { class: "quiet happened__age" });
  const at = el("time", { class: "happened__time", datetime: new Date(one.at * 1000).toISOString() }, time(one.at, { now: now() }));
  const subject = named && one.key ? [el("b", {}, one.key), " "] : [];
  // With a link where there is one to follow; else a row that can be focused all the same, to see its moment.
  const row = el(one.url ? "a" : "button", { class: "happened__row", href: one.url ?? null, type: one.url ? null : "button" }, at, age, state,
    el("span", { class: "happened__text wrap" }, ...subject, told(one.text)));
  for (const name of ["focus", "pointerenter"]) row.addEventListener(name, () => point(one.at));
  for (const name of ["blur", "pointerleave"]) row.addEventListener(name, () => point(null));
  const showAge = () => setText(age, ago(Math.max(0, now() - one.at)));
  showAge();
  return { element: el("li", {}, row), age: showAge };
}
