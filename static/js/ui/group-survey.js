// The shape of what is pending: two histograms, and the entries that are poison.

import { quantity, time, whole } from "../lib/format.js";
import { bars, deliveriesLabel, waitLabel } from "../lib/survey-bars.js";
import { nt, t } from "../lib/words.js";
import { pendingTable } from "./pending-table.js";
import { el } from "./stream-dom.js";
import { emptyNote } from "./stream-panel.js";

/** The elements of a survey, for a panel. `group` is the group's name. */
export function renderSurvey(survey, { group, now }) {
  if (!survey.looked_at) return [emptyNote(t("Nothing is pending: every delivered entry was acknowledged."))];
  const waits = histogram(t("Since last delivered"), bars(survey.waits_s, waitLabel));
  const deliveries = histogram(t("Deliveries"), bars(survey.deliveries, deliveriesLabel));
  const poisonous = survey.poisonous.length ? [el("h4", {}, t("Delivered most often")), pendingTable(survey.poisonous, { label: t("Poison entries of {group}", { group }), now: now() })] : [];
  return [el("div", { class: "survey" }, waits, deliveries), el("p", { class: "quiet" }, scope(survey, now())), ...poisonous];
}

function scope({ looked_at, complete }, at) {
  const n = whole(looked_at);
  const words = complete
    ? nt("The one pending entry", "All {n} pending entries", looked_at, { n })
    : nt("The oldest pending entry", "The oldest {n} pending entries", looked_at, { n });
  return `${words}, ${t("as of {time}", { time: time(at) })}`;
}

/** A table whose bars are cells, so that it reads the same to everybody. */
function histogram(title, rows) {
  const body = rows.map(({ label, count, share }) => {
    const bar = el("span", { class: "survey__bar" });
    bar.style.inlineSize = `${share * 100}%`;
    return el("tr", { "data-none": !count }, el("th", { scope: "row" }, label), el("td", { class: "survey__plot" }, bar),
      el("td", { class: "num", title: quantity(count).title || null }, quantity(count).text));
  });
  return el("table", { class: "survey__table" }, el("caption", {}, title), el("tbody", {}, ...body));
}
