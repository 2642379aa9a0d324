// A sparkline: the last minute of one number, zero at its foot, the newest second at its right, a gap where one is.

import { colour } from "../lib/tokens.js";

const SECONDS = 60;
const SIZE = { width: 72, height: 20 }; // as in overview.css

/** A minute of points, oldest first, dropping what is older. */
export function createMinute() {
  const points = [];
  return {
    points,
    push(at, value) {
      if (points.length && points.at(-1).at - at > SECONDS) points.length = 0; // the clock was set back
      if (points.length && at <= points.at(-1).at) return; // the same sample again, after a reconnect
      points.push({ at, value });
      while (points[0].at < at - SECONDS) points.shift();
    },

    /** Puts what history knows where nothing was seen. */
    fill(times, values) {
      const seen = new Set(points.map(({ at }) => at));
      points.push(...times.map((at, index) => ({ at, value: values[index] })).filter(({ at }) => !seen.has(at)));
      points.sort((a, b) => a.at - b.at);
      while (points.length && points[0].at < points.at(-1).at - SECONDS) points.shift();
    },
  };
}

/** Runs of neighbours with no gap between them, as [x, y] from 0 to 1. Pure. */
export function segments(points, interval) {
  const known = points.map((point) => point.value).filter((value) => value !== null);
  if (!known.length) return [];
  const end = points.at(-1).at;
  const top = Math.max(...known) || 1;
  const runs = [[]];
  let previous = null;
  for (const { at, value } of points) {
    const gap = value === null || (previous !== null && at - previous > 3 * interval);
    if (gap && runs.at(-1).length) runs.push([]);
    if (value !== null) runs.at(-1).push([1 - (end - at) / SECONDS, value / top]);
    previous = at;
  }
  return runs.filter((run) => run.length);
}

/** Draws a minute into a canvas of SIZE; the last numbers of a lost server are drawn in grey by `token`. */
export function drawSparkline(canvas, points, interval, token = "text-quiet") {
  const scale = globalThis.devicePixelRatio || 1;
  // The size is fixed: asking the canvas for it would lay the page out anew for every row.
  if (canvas.width !== Math.round(SIZE.width * scale)) {
    canvas.width = Math.round(SIZE.width * scale);
    canvas.height = Math.round(SIZE.height * scale);
  }
  const pen = canvas.getContext("2d");
  pen.setTransform(scale, 0, 0, scale, 0, 0);
  pen.clearRect(0, 0, SIZE.width, SIZE.height);
  pen.strokeStyle = colour(token);
  pen.fillStyle = colour("accent-fill");
  pen.lineWidth = 1;
  pen.lineJoin = "round";
  for (const run of segments(points, interval)) strokeRun(pen, run);
}

function strokeRun(pen, run) {
  const foot = SIZE.height - 0.5;
  const spots = run.map(([x, y]) => [1 + x * (SIZE.width - 2), 1.5 + (1 - y) * (foot - 2)]);
  const trace = () => spots.forEach(([x, y], index) => (index ? pen.lineTo(x, y) : pen.moveTo(x, y)));
  pen.beginPath();
  trace();
  pen.lineTo(spots.at(-1)[0], foot);
  pen.lineTo(spots[0][0], foot);
  pen.fill();
  pen.beginPath();
  trace();
  pen.stroke();
  if (run.length === 1) pen.strokeRect(spots[0][0] - 0.5, spots[0][1] - 0.5, 1, 1);
}
