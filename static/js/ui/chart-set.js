// Charts that belong together: one series, one stretch of time, one crosshair for all of them, one rail of what happened.

import { createPainter } from "../charts/painter.js";
import { createPicked } from "../charts/picked.js";
import { readTheme } from "../charts/theme.js";
import { unloaded } from "../charts/cover.js";
import { time } from "../lib/format.js";
import { t } from "../lib/words.js";
import { setText } from "./cells.js";
import { createChartCard } from "./chart-card.js";
import { listenForGestures } from "./chart-gestures.js";
import { listenOnChart } from "./chart-keys.js";
import { createTold } from "./chart-told.js";

const NEAR_PX = 7;

/**
 * The [data-chart] figures in `root`. `describe(chart)` is {lines(), more(), format, axis, …, metrics}; `limits(chart)` are its
 * thresholds; `navigation` says what is shown, `loaded()` what was fetched, `comparison` what stands behind it; `happened` is what happened;
 * `moment` says what is pointed at.
 */
export function createChartSet({ root, subject, series, navigation, loaded, comparison, describe, limits, happened, moment, named = false }) {
  const painter = createPainter();
  const { bounds } = navigation;
  let cursor = null;
  const view = {
    series, subject, bounds, limits,
    theme: readTheme(),
    picked: createPicked(),
    redraw: () => painter.request(),
    before: () => comparison.present(),
    beforeWord: () => comparison.word(),
    spans: (chart) => happened.spans.of(describe(chart).metrics ?? [], bounds()),
    happened: () => happened.happenings.between(bounds().since, bounds().until),
    loaded,
    isFollowing: () => navigation.following,
    unloaded: () => unloaded(bounds(), loaded()),
    isNow: () => cursor === null && navigation.following,
    // Live and unpointed it is the newest; held, it is the one at the right edge.
    rowAt: () => series.row(cursor ?? (navigation.following ? series.lastAt : bounds().until)),
    rowBefore: () => comparison.row(cursor ?? bounds().until),
    momentWords: () => time(view.rowAt()?.at ?? cursor ?? bounds().until, { now: navigation.now() }),
    rangeWords: () => `${time(bounds().since, { now: bounds().until })} – ${time(bounds().until, { now: navigation.now() })}`,
  };
  const cards = [...root.querySelectorAll("[data-chart]")].map(makeCard);

  function makeCard(figure) {
    const card = createChartCard(figure, { view, ...describe(figure.dataset.chart) });
    const { surface } = card;
    const told = createTold(surface.parentElement, { named, leave: () => surface.focus() });
    const near = (at) => (at === null ? [] : happened.happenings.near(at, (NEAR_PX * (bounds().until - bounds().since)) / Math.max(1, surface.clientWidth)));
    const on = {
      point(at, event = null) {
        point(at);
        // Over the plot the words would hide what is looked at; keys have no other way to them.
        told.point(event === null || card.isBelow(event.offsetY) ? near(at) : []);
        card.sayCursor(at);
      },
      leave() {
        point(null);
        told.point([]);
      },
      select: (stretch) => cards.forEach((each) => each.select(stretch)),
      click: (at, event) => told.pin(card.isBelow(event.offsetY) ? near(at) : []),
      open: (at) => told.pin(near(at)) && told.focus(),
      zoomTo: navigation.zoomTo, zoomBy: navigation.zoomBy, panBy: navigation.panBy,
      back: () => gestures.cancel() || navigation.back(),
    };
    const gestures = listenForGestures(surface, { timeAt: card.timeAt, on });
    listenOnChart(surface, { bounds, cursor: () => cursor, on });
    surface.addEventListener("focus", () => card.sayCursor(cursor));
    surface.addEventListener("blur", on.leave);
    // One that has folded has no plot to draw, and must hear when it has something to say again.
    painter.add(figure, card.draw, { always: card.isFolded });
    return card;
  }

  function point(at) {
    cursor = at;
    setText(moment, at === null ? "" : t("at {time}", { time: view.momentWords() }));
    for (const card of cards) {
      card.point(at);
      card.showKeys();
    }
  }

  document.addEventListener("themechange", () => {
    view.theme = readTheme();
    painter.request();
  });

  return { painter, point };
}
