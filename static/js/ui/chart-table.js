// What a chart shows as a table, for whoever cannot see it: evenly picked rows, newest first; the CSV has them all.

import { sheetOf } from "../charts/sheet.js";
import { time } from "../lib/format.js";
import { t } from "../lib/words.js";
import { valueWords } from "./chart-words.js";
import { el } from "./stream-dom.js";

const ROWS = 60;

/** The words over the columns of a sheet. */
export const sheetTitles = (beforeWord) => ({
  least: (name) => t("{name}, least", { name }),
  most: (name) => t("{name}, most", { name }),
  before: (name) => `${name}, ${beforeWord}`,
});

/** The table behind a card's button. */
export function createTable(figure, { view, format, rangeWords }) {
  const region = figure.querySelector(".chart__table");
  const toggle = figure.querySelector(".chart__toggle");
  const [caption, head, body] = ["caption", "thead", "tbody"].map((part) => region.querySelector(part));
  let present = [];

  function fill() {
    if (region.hidden) return;
    const { columns, rows } = sheetOf({
      series: view.series, before: view.before(), lines: present, ...view.bounds(), most: ROWS, titles: sheetTitles(view.beforeWord()),
    });
    caption.textContent = rangeWords();
    head.replaceChildren(el("tr", {}, el("th", { scope: "col" }, t("Time")),
      ...columns.map(({ title }) => el("th", { scope: "col", class: "num" }, title))));
    const { until } = view.bounds();
    body.replaceChildren(...rows.reverse().map(({ at, cells }) => el("tr", {}, el("th", { scope: "row" }, time(at, { now: until })),
      ...cells.map(({ value, bound }) => el("td", { class: "num" }, valueWords(value, bound, format))))));
  }

  toggle.addEventListener("click", () => {
    region.hidden = !region.hidden;
    toggle.setAttribute("aria-expanded", String(!region.hidden));
    fill();
  });

  return {
    show(lines) {
      present = lines;
      fill();
    },
  };
}
