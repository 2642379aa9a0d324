// Charts that belong together: one series, one window of time, one crosshair for all of them, one rail of what happened.

import { createPainter } from "../charts/painter.js";
import { readTheme } from "../charts/theme.js";
import { inWords } from "../lib/happenings.js";
import { time } from "../lib/format.js";
import { setText } from "./cells.js";
import { createChartCard } from "./stream-chart.js";

const NEAR_PX = 7;

/**
 * The [data-chart] figures in `root`. `describe(chart)` is {lines(), more(), format, axis, whole}; `limits(chart)` are its
 * thresholds; `happenings` are drawn on the rail; `moment` says what is pointed at.
 */
export function createChartSet({ root, series, window, describe, limits, happenings, moment, named = false }) {
  const painter = createPainter();
  const view = {
    series,
    window,
    theme: readTheme(),
    cursor: null,
    limits,
    happened: () => {
      const { since, until } = window.bounds();
      return happenings.between(since, until);
    },
  };
  const cards = [...root.querySelectorAll("[data-chart]")].map(makeCard);

  function makeCard(figure) {
    const card = createChartCard(figure, { view, ...describe(figure.dataset.chart) });
    painter.add(figure, card.draw);
    const pointed = (event) => {
      const at = card.timeAt(event);
      point(at);
      card.tell(at === null ? "" : near(at, card.canvas));
    };
    card.canvas.addEventListener("pointermove", pointed);
    card.canvas.addEventListener("pointerdown", pointed);
    card.canvas.addEventListener("pointerleave", () => {
      point(null);
      card.tell("");
    });
    return card;
  }

  function near(at, canvas) {
    const { since, until } = window.bounds();
    const within = (NEAR_PX * (until - since)) / Math.max(1, canvas.clientWidth);
    return happenings.near(at, within).slice(0, 3)
      .map((mark) => `${time(mark.at)} ${inWords(mark, { named })}`).join("\n");
  }

  function point(at) {
    view.cursor = at;
    setText(moment, at === null ? "" : `at ${time(series.row(at)?.at ?? at)}`);
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
