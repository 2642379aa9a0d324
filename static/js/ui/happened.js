// What happened, on a page: fetched when its socket is live, then as it comes; on the charts' rail and in the list.

import { createHappenings } from "../lib/happenings.js";
import { createHappeningsList } from "./happenings.js";
import { fetchJson } from "./stream-fetch.js";

const BACK_S = 7 * 86400;

/** `url` tells the marks of the past, at least of the `range_s` that charts show; `concerns(mark)` which live ones are this page's. */
export function createHappened({ url, now, root, range_s, concerns = () => true, named = false }) {
  const happenings = createHappenings();
  const back_s = Math.max(BACK_S, range_s);
  let charts = null;
  const list = createHappeningsList({
    list: root.querySelector("#happened"),
    empty: root.querySelector("#happened-empty"),
    more: root.querySelector("#happened-more"),
    point: (at) => charts?.point(at),
    span: range_s > BACK_S ? "the time shown" : "the last 7 days",
    happenings, named, now,
  });

  function take(marks) {
    if (happenings.add(marks)) charts?.painter.request();
    list.show();
  }

  return {
    happenings,

    /** The charts that show them. */
    drawnOn(its) {
      charts = its;
    },

    /** What was missed, or happened before the page was opened. */
    async load() {
      const { body, problem } = await fetchJson(`${url}?since=${(now() - back_s).toFixed(0)}`);
      if (body) take(body.marks);
      else if (!happenings.size) list.problem(problem.title);
    },

    apply(event) {
      if (event.type === "mark.made" && concerns(event)) take([event]);
    },

    tick: list.tick,
  };
}
