// What lies over or under a chart's lines: alert spans, what is not loaded yet, what is being selected, the crosshair.
// Chart.js plugins over a shared `frame`.

import { across, strokeAcross } from "./pen.js";

const FAINT = 0.1;
const FAINTER = 0.5;

/** Under the lines: a skeleton where nothing was fetched yet, and a faint band for as long as an alert was open. */
export const underlays = {
  id: "underlays",
  beforeDatasetsDraw(chart) {
    const { unloaded, spans, theme } = chart.$frame;
    for (const part of unloaded) fill(chart, part, theme.sunken, FAINTER);
    let end = -Infinity; // bands that overlap would grow darker, as if they were worse
    for (const span of [...spans].sort((one, other) => one.since - other.since)) {
      const part = { since: Math.max(span.since, end), until: span.until ?? Infinity };
      if (part.until <= part.since) continue;
      fill(chart, part, theme.severity[span.severity], FAINT);
      end = chart.scales.x.getValueForPixel(Math.ceil(chart.scales.x.getPixelForValue(Math.min(part.until, chart.scales.x.max))) + 1);
    }
  },
};

function fill(chart, part, colour, alpha) {
  const place = across(chart, part);
  if (!place) return;
  const { ctx, chartArea } = chart;
  ctx.save();
  ctx.globalAlpha = alpha;
  ctx.fillStyle = colour;
  ctx.fillRect(place.x, chartArea.top, place.width, chartArea.bottom - chartArea.top);
  ctx.restore();
}

/** The stretch that a pointer draws out, on whichever chart of the page. */
export const selection = {
  id: "selection",
  afterDatasetsDraw(chart) {
    const { selected, theme } = chart.$frame;
    if (!selected) return;
    fill(chart, selected, theme.accent, 0.15);
    const { x, width } = across(chart, selected) ?? {};
    if (x !== undefined) for (const edge of [x, x + width]) drawUpright(chart, edge, theme.accent);
  },
};

/** A vertical line at the moment that somebody points at, on whichever chart of the page. */
export const crosshair = {
  id: "crosshair",
  afterDatasetsDraw(chart) {
    const { cursor, theme } = chart.$frame;
    const { scales } = chart;
    if (cursor === null || cursor < scales.x.min || cursor > scales.x.max) return;
    drawUpright(chart, scales.x.getPixelForValue(cursor), theme.quiet);
  },
};

function drawUpright({ ctx, chartArea }, x, colour) {
  ctx.save();
  ctx.strokeStyle = colour;
  strokeAcross(ctx, { from: [x, chartArea.top], to: [x, chartArea.bottom] });
  ctx.restore();
}
