// Thresholds on a chart: dashed limits with their words at the right. A Chart.js plugin over a shared `frame`.

import { strokeAcross } from "./pen.js";

/** A limit farther above the data than this many times is named at the top edge instead of flattening the lines. */
const FAR = 4;
const LINE = 15; // the height of a line of words

/** The greatest number that the axis must reach. */
export function reach(points, thresholds) {
  let highest = 0;
  for (const line of points) for (const { y } of line) if (y > highest) highest = y;
  for (const { limit } of thresholds) if (limit > highest && (highest === 0 || limit <= highest * FAR)) highest = limit;
  return highest;
}

/** Each limit as a dashed line with its words at the right; words that would cover others are put below them. */
export const thresholdLines = {
  id: "thresholdLines",
  afterDatasetsDraw(chart) {
    const { thresholds, theme } = chart.$frame;
    const taken = [];
    for (const threshold of [...thresholds].sort((one, other) => other.limit - one.limit)) drawLimit(chart, threshold, { theme, taken });
  },
};

function drawLimit({ ctx, chartArea, scales }, { limit, severity, words }, { theme, taken }) {
  const beyond = limit > scales.y.max;
  const y = beyond ? chartArea.top : scales.y.getPixelForValue(limit);
  ctx.save();
  ctx.strokeStyle = ctx.fillStyle = theme.severity[severity] ?? theme.text;
  if (!beyond) strokeAcross(ctx, { from: [chartArea.left, y], to: [chartArea.right, y], dash: [4, 4] });
  writeLimit(ctx, { text: beyond ? `↑ ${words}` : words, right: chartArea.right, y: freeLine(y, { chartArea, taken }), theme });
  ctx.restore();
}

/** The foot of the words: above the line, or under those that stand there. */
function freeLine(y, { chartArea, taken }) {
  let foot = y - LINE < chartArea.top ? y + LINE : y - 2;
  while (taken.some((other) => Math.abs(other - foot) < LINE)) foot += LINE;
  taken.push(foot);
  return foot;
}

function writeLimit(ctx, { text, right, y, theme }) {
  const { family, size } = theme.font;
  ctx.font = `${size}px ${family}`;
  ctx.textAlign = "right";
  ctx.textBaseline = "bottom";
  // A rim in the ground's colour keeps the words readable over a line.
  ctx.lineWidth = 3;
  ctx.save();
  ctx.strokeStyle = theme.surface;
  ctx.strokeText(text, right - 2, y);
  ctx.restore();
  ctx.fillText(text, right - 2, y);
}
