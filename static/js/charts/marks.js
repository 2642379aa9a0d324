// What we draw beside a chart's lines: dashed limits, the rail of what happened, the crosshair. Chart.js plugins over a
// shared `frame`.

import { kindOf } from "../lib/happenings.js";

/** A limit farther above the data than this many times is named at the top edge instead of flattening the lines. */
const FAR = 4;

/** The greatest number that the axis must reach. */
export function reach(points, thresholds) {
  let highest = 0;
  for (const line of points) for (const { y } of line) if (y > highest) highest = y;
  for (const { limit } of thresholds) if (limit > highest && (highest === 0 || limit <= highest * FAR)) highest = limit;
  return highest;
}

/** Each limit as a dashed line with its words at the right. */
export const thresholdLines = {
  id: "thresholdLines",
  afterDatasetsDraw(chart) {
    const { thresholds, theme } = chart.$frame;
    for (const threshold of thresholds) drawLimit(chart, threshold, theme);
  },
};

function drawLimit({ ctx, chartArea, scales }, { limit, severity, words }, theme) {
  const beyond = limit > scales.y.max;
  const y = beyond ? chartArea.top : scales.y.getPixelForValue(limit);
  ctx.save();
  ctx.strokeStyle = ctx.fillStyle = theme.severity[severity] ?? theme.text;
  if (!beyond) strokeAcross(ctx, { from: [chartArea.left, y], to: [chartArea.right, y], dash: [4, 4] });
  writeLimit(ctx, { text: beyond ? `↑ ${words}` : words, right: chartArea.right, y, top: chartArea.top, theme });
  ctx.restore();
}

function writeLimit(ctx, { text, right, y, top, theme }) {
  const { family, size } = theme.font;
  ctx.font = `${size}px ${family}`;
  ctx.textAlign = "right";
  const below = y - size - 4 < top;
  ctx.textBaseline = below ? "top" : "bottom";
  // A rim in the ground's colour keeps the words readable over a line.
  ctx.lineWidth = 3;
  ctx.save();
  ctx.strokeStyle = theme.surface;
  ctx.strokeText(text, right - 2, y + (below ? 3 : -2));
  ctx.restore();
  ctx.fillText(text, right - 2, y + (below ? 3 : -2));
}

/** The height of the rail under the time axis, in pixels. */
export const RAIL = 10;
const HALF = 4; // of a mark

/** A mark for each thing that happened, on a thin rail under the time axis. */
export const rail = {
  id: "rail",
  afterDraw({ ctx, chartArea, scales, height, $frame }) {
    const { happened, theme } = $frame;
    const y = height - RAIL / 2;
    ctx.save();
    ctx.strokeStyle = theme.line;
    if (happened.length) strokeAcross(ctx, { from: [chartArea.left, y], to: [chartArea.right, y] });
    for (const { at, kind } of happened) {
      ctx.fillStyle = theme.severity[kindOf(kind).level] ?? theme.quiet;
      drawMark(ctx, scales.x.getPixelForValue(at), y);
    }
    ctx.restore();
  },
};

function drawMark(ctx, x, y) {
  ctx.beginPath();
  ctx.moveTo(x, y - HALF);
  ctx.lineTo(x + HALF, y);
  ctx.lineTo(x, y + HALF);
  ctx.lineTo(x - HALF, y);
  ctx.fill();
}

/** A vertical line at the moment that somebody points at, on whichever chart of the page. */
export const crosshair = {
  id: "crosshair",
  afterDatasetsDraw({ ctx, chartArea, scales, $frame }) {
    const { cursor, theme } = $frame;
    if (cursor === null || cursor < scales.x.min || cursor > scales.x.max) return;
    const x = scales.x.getPixelForValue(cursor);
    ctx.save();
    ctx.strokeStyle = theme.quiet;
    strokeAcross(ctx, { from: [x, chartArea.top], to: [x, chartArea.bottom] });
    ctx.restore();
  },
};

function strokeAcross(ctx, { from, to, dash = [] }) {
  ctx.lineWidth = 1;
  ctx.setLineDash(dash);
  ctx.beginPath();
  ctx.moveTo(Math.round(from[0]) + 0.5, Math.round(from[1]) + 0.5);
  ctx.lineTo(Math.round(to[0]) + 0.5, Math.round(to[1]) + 0.5);
  ctx.stroke();
}
