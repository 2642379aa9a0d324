// The names and values of a chart's lines. A click on a name shows its line alone, with Alt or Shift hides it; so does the eye.

import { t } from "../lib/words.js";
import { setText } from "./cells.js";
import { valueWords } from "./chart-words.js";
import { el } from "./stream-dom.js";

/** Keys in `list`; `picked` says which lines are shown, `onPick()` is called when that changes. */
export function createLegend({ list, format, picked, onPick }) {
  let shown = "";
  let keys = [];

  function rebuild(lines, more) {
    list.toggleAttribute("data-alone", lines.length === 1 && !more); // one line speaks for itself
    keys = lines.map((line) => createKey(line, { format, pick }));
    list.replaceChildren(...keys.map(({ element }) => element),
      ...(more ? [el("li", { class: "quiet" }, t("and {n} more in the table below", { n: more }))] : []));
  }

  function pick(key, hide) {
    if (hide) picked.toggle(key);
    else picked.isolate(key);
    onPick();
  }

  return {
    /** `reading(name)` is {value, bound, why, before}: `before` undefined where nothing is compared. */
    show(lines, reading, { more, beforeWord }) {
      const identity = [more, ...lines.map(({ name, label }) => `${name} ${label}`)].join("\n");
      if (identity !== shown) rebuild(lines, more);
      shown = identity;
      lines.forEach(({ name, key }, index) => keys[index].show(reading(name), { state: picked.state(key, lines), beforeWord }));
    },
  };
}

function createKey({ key, label, series, dash }, { format, pick }) {
  const value = el("b", { class: "num" });
  const before = el("span", { class: "key__before quiet num" });
  const name = el("button", {
    type: "button", class: "key__name truncate", "aria-pressed": "false", title: t("{name}: click to show it alone, with Alt or Shift to hide it", { name: label }),
  }, label);
  const eye = el("button", { type: "button", class: "key__eye", "aria-pressed": "false", "aria-label": t("Hide {name}", { name: label }) });
  name.addEventListener("click", (event) => pick(key, event.altKey || event.shiftKey));
  eye.addEventListener("click", () => pick(key, true));
  const element = el("li", { class: "key", "data-series": series, "data-dash": dash }, name, value, before, eye);

  return {
    element,
    show(reading, { state, beforeWord }) {
      setText(value, valueWords(reading.value, reading.bound, format), reading.why);
      setText(before, reading.before === undefined ? "" : `${beforeWord} ${valueWords(reading.before, null, format)}`);
      if (element.dataset.state === state) return;
      element.dataset.state = state;
      name.setAttribute("aria-pressed", String(state === "alone"));
      eye.setAttribute("aria-pressed", String(state === "hidden"));
    },
  };
}
