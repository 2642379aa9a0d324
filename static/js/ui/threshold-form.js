// The form of a threshold follows its metric: fields that mean nothing for it are hidden and not sent. Without scripts all
// stand there, and the server says which contradict.

import { t } from "../lib/words.js";

/** The box of a field in the stock admin's form: its part of a line, or the whole line. */
export function boxOf(form, name) {
  const first = form.querySelector(`[name="${CSS.escape(name)}"]`);
  return first?.closest(".fieldBox")?.parentElement ?? first?.closest(".form-row") ?? null;
}

const UNITS = { s: t("seconds"), bytes: t("bytes"), "%": "%", "/s": "/s" };
const EXAMPLES = { s: "5 min", bytes: "2 GiB", "%": "80", "/s": "12.5" };

/** What the metric's numbers are in, in words; "" for a count. */
export const unitOf = (form) => UNITS[form.dataset.unit] ?? "";

/** Hides and shows as the metric says: `shapes` are {unit, unused} by metric. */
export function shapeForm(form, shapes) {
  const names = [...new Set(Object.values(shapes).flatMap(({ unused }) => unused))];

  function show() {
    const unused = new Set(shapes[form.elements.metric.value]?.unused ?? []);
    const isLast = form.elements.function?.value === "last";
    const unit = shapes[form.elements.metric.value]?.unit ?? "";
    form.dataset.unit = unit;
    for (const field of form.querySelectorAll('[name$="_limit"]')) field.placeholder = EXAMPLES[unit] ?? "1000";
    for (const name of names) toggle(form, name, unused.has(name) || (name === "window_s" && isLast));
    for (const line of form.querySelectorAll(".form-row")) {
      const boxes = [...line.querySelectorAll(".fieldBox")].map((box) => box.parentElement);
      if (boxes.length) line.hidden = boxes.every((box) => box.hidden);
    }
    for (const part of form.querySelectorAll("fieldset.module")) {
      part.hidden = [...part.querySelectorAll(".form-row")].every((line) => line.hidden);
    }
  }

  form.elements.metric.addEventListener("change", show);
  form.elements.function?.addEventListener("change", show);
  show();
}

/** What has something wrong in it stays in sight, whatever the metric is. */
function toggle(form, name, isUnused) {
  const box = boxOf(form, name);
  if (!box) return;
  const hide = isUnused && !box.querySelector(".errorlist");
  box.hidden = hide;
  for (const field of form.querySelectorAll(`[name="${CSS.escape(name)}"]`)) field.disabled = hide;
}
