// What happened, on a page: fetched when its socket is live, then as it comes; on the charts and in the list below them.

import { createCoverage } from "../lib/coverage.js";
import { createHappenings } from "../lib/happenings.js";
import { createSpans, happeningsOf, leftOut } from "../lib/timeline.js";
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
  const known = createCoverage();
  let heardUntil = 0; // from then on everything comes live
  let timer = null;
  let looking = null;

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
    return url ? body : {};
  }

  /** Fetches a stretch. Of very many the newest come: what is before them stays unknown, and is fetched when somebody zooms in. */
  async function fetchAll(since, until = null) {
    const asked_at = now();
    const query = `since=${Math.max(0, since).toFixed(0)}${until === null ? "" : `&until=${until.toFixed(0)}`}`;
    const answers = await Promise.all([ask(page.marks, query), ask(page.actions, query)]);
    if (!answers.every(Boolean)) return;
    const left = leftOut(answers);
    if (until === null) heardUntil = asked_at;
    known.add(Math.max(since, left?.since ?? -Infinity), until ?? asked_at);
    list.left(isKnown() ? null : left);
  }

  const isKnown = () => {
    const { since, until } = bounds();
    return known.covers(since, Math.max(since, Math.min(until, heardUntil)));
  };

  function load() {
    timer = null;
    return fetchAll(Math.min(now() - BACK_S, bounds().since));
  }

  function lookBack() {
    looking = null;
    if (isKnown()) return list.left(null);
    const { since, until } = bounds();
    const more = until - since;
    return fetchAll(since - more, Math.min(until + more, heardUntil));
  }

  const soon = () => {
    timer ??= setTimeout(load, REST_MS);
  };

  return {
    happenings,
    spans,

    /** What was missed, or happened before the page was opened. */
    load,

    /** What is shown has changed: what happened there is fetched too, once the gesture rests. */
    look() {
      if (!heardUntil || looking) return;
      looking = setTimeout(lookBack, REST_MS);
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
