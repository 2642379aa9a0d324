// What happened, on a page: fetched when its socket is live, then as it comes; on the charts and in the list below them.

import { createHappenings } from "../lib/happenings.js";
import { createSpans, happeningsOf } from "../lib/timeline.js";
import { createHappeningsList } from "./happenings.js";
import { fetchJson } from "./stream-fetch.js";

const BACK_S = 7 * 86400;
const REST_MS = 400; // what is told of live may come in a burst

/**
 * `page` has the addresses {marks, actions} (actions null where they may not be seen); `concerns(event)` says which live ones are
 * this page's, `markUrl(mark)` where a mark leads; `bounds()` is what the charts show.
 */
export function createHappened({ page, now, bounds, root, onChange, point, concerns = () => true, markUrl = () => null, named = false }) {
  const happenings = createHappenings();
  const spans = createSpans();
  const list = createHappeningsList({
    list: root.querySelector("#happened"),
    empty: root.querySelector("#happened-empty"),
    more: root.querySelector("#happened-more"),
    happenings, named, now, point,
  });
  let since = Infinity; // what lies after was fetched
  let timer = null;

  function take(told) {
    spans.add(told.alerts);
    const isNew = happenings.add(happeningsOf(told, { markUrl }));
    if (isNew || told.alerts?.length) onChange();
    list.show();
  }

  async function ask(url, query) {
    const { body, problem } = url ? await fetchJson(`${url}?${query}`) : {};
    if (body) take(body);
    else if (problem && url === page.marks && !happenings.size) list.problem(problem.title);
  }

  function fetchAll(query) {
    return Promise.all([ask(page.marks, query), ask(page.actions, query)]);
  }

  function load() {
    timer = null;
    since = Math.min(since, now() - BACK_S, bounds().since);
    return fetchAll(`since=${Math.max(0, since).toFixed(0)}`);
  }

  const soon = () => {
    timer ??= setTimeout(load, REST_MS);
  };

  return {
    happenings,
    spans,

    /** What was missed, or happened before the page was opened. */
    load,

    /** What is shown has changed: what happened earlier is fetched too. */
    look() {
      const begin = bounds().since;
      if (begin >= since) return;
      const until = since;
      since = begin - (bounds().until - begin);
      fetchAll(`since=${Math.max(0, since).toFixed(0)}&until=${Math.min(until, now()).toFixed(0)}`);
    },

    apply(event) {
      if (!concerns(event)) return;
      if (event.type === "mark.made") take({ marks: [event] });
      // Live they tell less than their rows do.
      if (["alert.opened", "alert.changed", "alert.resolved", "action.finished"].includes(event.type)) soon();
    },

    tick: list.tick,
  };
}
