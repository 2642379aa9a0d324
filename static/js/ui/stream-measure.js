// "Measure exactly": counts what waits for a group now, and shows the number, how it was got, and what it took.

import { bytes, lag } from "../lib/format.js";
import { measuredWords } from "../lib/group-facts.js";
import { t, told } from "../lib/words.js";
import { setText } from "./cells.js";
import { button, el } from "./stream-dom.js";
import { fetchJson } from "./stream-fetch.js";

/** {element, start()}: the control of one group; `url` is where it is measured. */
export function createMeasure({ url }) {
  const said = el("span", { class: "measure__said", role: "status" });
  const begin = button(t("Measure exactly"), measure, {
    class: "button button--quiet", title: t("Counts what waits, entry by entry, for at most two seconds."),
  });

  async function measure() {
    begin.disabled = true;
    setText(said, t("counting …"));
    const { body, problem } = await fetchJson(url, { post: true });
    begin.disabled = false;
    setText(said, problem ? [problem.title, problem.detail].filter(Boolean).join(" ") : words(body));
  }

  return { element: el("div", { class: "measure" }, said, begin), start: measure };
}

function words(body) {
  const known = lag({ value: body.lag, quality: body.lag_quality, reason: body.lag_reason });
  return `${t("Lag {lag}: {reason}", { lag: known.text, reason: told(body.lag_reason) })} ${measuredWords(body, bytes)}`;
}
