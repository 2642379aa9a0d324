// Strokes on a canvas, on whole pixels.

/** A line of one pixel from one point [x, y] to another. */
export function strokeAcross(ctx, { from, to, dash = [] }) {
  ctx.lineWidth = 1;
  ctx.setLineDash(dash);
  ctx.beginPath();
  ctx.moveTo(Math.round(from[0]) + 0.5, Math.round(from[1]) + 0.5);
  ctx.lineTo(Math.round(to[0]) + 0.5, Math.round(to[1]) + 0.5);
  ctx.stroke();
}

/** The stretch of a plot between two moments as {x, width}; null where it lies outside. */
export function across({ chartArea, scales }, { since, until }) {
  const left = Math.max(chartArea.left, scales.x.getPixelForValue(since));
  const right = Math.min(chartArea.right, scales.x.getPixelForValue(until));
  return right >= left ? { x: left, width: Math.max(1, right - left) } : null;
}
