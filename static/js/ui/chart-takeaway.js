// A chart to take away: as a picture in the present theme, or as CSV of what it shows.

import { doubtOf, isDoubt } from "../charts/doubt.js";
import { paintPicture } from "../charts/picture.js";
import { sheetOf } from "../charts/sheet.js";
import { csv, fileName } from "../lib/csv.js";
import { t } from "../lib/words.js";
import { sheetTitles } from "./chart-table.js";

const SURE = () => [t("exact"), t("about"), t("at least")];

/** The CSV of what is shown: the time in UTC, then a column a line, and how sure those are that need not be exact. */
export function sheetText({ series, before, beforeWord, lines, since, until }) {
  const { columns, rows } = sheetOf({ series, before, lines, since, until, titles: sheetTitles(beforeWord) });
  const doubted = columns.map(({ name, of }) => of === series && !isDoubt(name) && series.has(doubtOf(name)));
  const sure = SURE();
  const heading = columns.flatMap(({ title }, index) => (doubted[index] ? [title, t("{name}, how sure", { name: title })] : [title]));
  const cells = (row) => row.cells.flatMap(({ value, bound }, index) => (doubted[index] ? [value, value === null ? t("unknown") : sure[bound] ?? null] : [value]));
  return csv([[t("Time (UTC)"), ...heading], ...rows.map((row) => [new Date(row.at * 1000).toISOString(), ...cells(row)])]);
}

/** Lets the browser keep what was made here. */
export function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** Brings a card's menu to life, which closes after a choice. `shown()` is {title, unit, subject, range, lines, legend, canvas, …} of the present moment. */
export function offerTakeaway(figure, { view, shown }) {
  const named = (ending) => {
    const { subject, title } = shown();
    return fileName([subject, title, new Date(view.bounds().until * 1000).toISOString().slice(0, 19).replaceAll(":", "")], ending);
  };
  const menu = figure.querySelector(".chart__menu");
  menu.addEventListener("click", ({ target }) => {
    if (!target.closest("button")) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
  figure.querySelector(".chart__csv").addEventListener("click", () => {
    const text = sheetText({ series: view.series, before: view.before(), beforeWord: view.beforeWord(), lines: shown().lines, ...view.bounds() });
    save(new Blob([text], { type: "text/csv;charset=utf-8" }), named("csv"));
  });
  figure.querySelector(".chart__png").addEventListener("click", () => {
    paintPicture({ ...shown(), theme: view.theme }).toBlob((blob) => blob && save(blob, named("png")), "image/png");
  });
}
