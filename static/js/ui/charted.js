// A page's charts with all that belongs to them: what is shown, its past, what it is compared with, what happened.

import { readAddress } from "../charts/address.js";
import { createNavigation } from "../charts/navigation.js";
import { createSeries } from "../charts/series.js";
import { createTimeWindow } from "../charts/time-window.js";
import { createPast } from "../live/past.js";
import { setText } from "./cells.js";
import { listenOnPage } from "./chart-keys.js";
import { createChartSet } from "./chart-set.js";
import { createComparison } from "./comparison.js";
import { createHappened } from "./happened.js";
import { createRangeBar } from "./range-bar.js";
import { fetchJson } from "./stream-fetch.js";

/**
 * `page` is what the view told the scripts; `columns(body)` are stored columns by line, `describe(chart)` and `limits(chart)` as for a
 * chart set; `page.held` {since, until} is what it begins with where the address says nothing, `page.spans` are alerts that are known
 * already; `concerns(event)`: which of what happens is this page's; `markUrl(mark)`: where a mark leads, or null.
 */
export function createCharted({ root, page, interval_s, subject, columns, describe, limits, onTaken = () => {}, ...happening }) {
  const series = createSeries({ interval_s });
  const shown = createTimeWindow({ interval_s, clock: () => performance.now() / 1000 });
  shown.synchronise(page.now);
  const asked = readAddress(location.search, { range_s: page.range_s, held: page.held });
  const navigation = createNavigation({ ...asked, edge: shown.edge, now: shown.now, most_s: page.kept_s, onChange: moved });
  const { bounds } = navigation;
  const said = root.querySelector("#stream-history");
  const frame = root.querySelector(".charts");
  const source = { url: page.history, fetchJson, columns, onProblem: ({ title }) => setText(said, title) };
  const comparison = createComparison({ ...source, bounds, now: shown.now, onTaken: () => set.painter.request() });
  const past = createPast({
    ...source, series, bounds, following: () => navigation.following, now: shown.now, onTaken: take,
    onBusy: (busy) => frame.setAttribute("aria-busy", String(busy)),
  });
  const happened = createHappened({ ...happening, page, root, bounds, now: shown.now, onChange: () => set.painter.request(), point: (at) => set.point(at) });
  const set = createChartSet({
    root, subject, series, navigation, comparison, describe, limits, happened, loaded: () => past.loaded, named: happening.named,
    moment: root.querySelector("#stream-moment"),
  });
  const bar = createRangeBar({ root, navigation, comparison });

  function take(body) {
    setText(said, "");
    shown.synchronise(body.now);
    // A step begins at its time; what it stands for reaches further.
    if (body.at.length && past.loaded?.live !== false) shown.stored(Math.min(body.now, body.at.at(-1) + (body.step_s ?? 0)));
    const setBackTo = shown.setBackTo();
    if (setBackTo !== null) past.cut(setBackTo);
    onTaken(body);
    set.painter.request();
  }

  function moved() {
    past.look();
    comparison.look();
    happened.look();
    bar.show();
    set.painter.request();
  }

  happened.spans.add(page.spans);
  comparison.choose(asked.compare);
  bar.show({ touched: false });
  listenOnPage({
    pause: () => (navigation.following ? navigation.hold() : navigation.follow()),
    zoomBy: navigation.zoomBy, panBy: navigation.panBy, back: navigation.back,
  });
  past.look();

  return {
    series,
    now: shown.now,
    staleSince: shown.staleSince,
    painter: set.painter,

    /** One live sample, taken at a moment of the host's clock in seconds; `values` by line. */
    sample(taken_at, values, interval) {
      // To the millisecond, as history keeps it: a sample that comes both ways is one point.
      const at = Math.round(taken_at * 1000) / 1000;
      if (shown.sampled(at, interval)) past.cut(at);
      series.interval = interval;
      past.add(at, values);
      // What is held stands still: no chart is drawn anew because a second has passed.
      if (navigation.following) set.painter.request();
      else set.painter.requestText();
    },

    /** Takes any event. */
    apply: happened.apply,

    /** The socket is live, again or at last: what was missed is fetched. */
    live() {
      past.refill();
      happened.load();
    },

    /** Once a second. */
    tick() {
      happened.tick();
      past.look();
      comparison.look();
      if (navigation.following && shown.staleSince() !== null) set.painter.request();
    },
  };
}
