// The thin rail under the time axis: a mark for each thing that happened. A Chart.js plugin over a shared `frame`.

import { kindOf } from "../lib/happenings.js";
import { strokeAcross } from "./pen.js";

/** The height of the rail, in pixels. */
export const RAIL = 12;
const HALF = 4; // of a mark
/** Marks nearer than this are drawn as one. */
const NEAR = 2;

export const rail = {
  id: "rail",
  afterDraw({ ctx, chartArea, scales, height, $frame }) {
    const { happened, theme, since, until } = $frame;
    if (!happened.length) return;
    const y = height - RAIL / 2;
    ctx.save();
    ctx.strokeStyle = theme.line;
    strokeAcross(ctx, { from: [chartArea.left, y], to: [chartArea.right, y] });
    let last = -Infinity;
    for (const { at, kind, level } of happened) {
      if (at < since || at > until) continue;
      const x = scales.x.getPixelForValue(at);
      if (x - last < NEAR) continue;
      last = x;
      ctx.fillStyle = theme.severity[level ?? kindOf(kind).level] ?? theme.quiet;
      drawMark(ctx, x, y, SHAPES[kindOf(kind).shape] ?? SHAPES.diamond);
    }
    ctx.restore();
  },
};

/** Told apart by shape too: what happened is a diamond, an alert a triangle, what somebody did a square. */
const SHAPES = {
  diamond: [[0, -HALF], [HALF, 0], [0, HALF], [-HALF, 0]],
  triangle: [[0, -HALF], [HALF, HALF - 1], [-HALF, HALF - 1]],
  square: [[-HALF + 1, -HALF + 1], [HALF - 1, -HALF + 1], [HALF - 1, HALF - 1], [-HALF + 1, HALF - 1]],
};

function drawMark(ctx, x, y, corners) {
  ctx.beginPath();
  for (const [dx, dy] of corners) ctx.lineTo(x + dx, y + dy);
  ctx.fill();
}
