// A chart as a picture that says what it is: title, range, legend, plot, and where it comes from, in the present theme.

import { dashPattern } from "./styles.js";

const [PAD, TITLE, SMALL, LINE, SWATCH] = [16, 16, 12, 20, 18];

/**
 * A canvas with the picture. `canvas` is the chart's own; `legend` is [{label, text, series, dash}]; words are in the page's
 * language. As fine as the screen, at least twice as fine as CSS pixels.
 */
export function paintPicture({ canvas, title, unit, subject, range, legend, theme }) {
  const width = canvas.clientWidth + 2 * PAD;
  const rows = layOut(legend, width - 2 * PAD, theme);
  const top = PAD + TITLE + 8 + LINE + rows.length * LINE + 4;
  const picture = document.createElement("canvas");
  const scale = Math.max(2, globalThis.devicePixelRatio || 1);
  picture.width = width * scale;
  picture.height = (top + canvas.clientHeight + PAD) * scale;
  const pen = picture.getContext("2d");
  pen.scale(scale, scale);
  pen.fillStyle = theme.surface;
  pen.fillRect(0, 0, picture.width, picture.height);
  pen.textBaseline = "top";
  writeHead(pen, { title, unit, subject, range, width, theme });
  rows.forEach((row, index) => writeRow(pen, row, PAD + TITLE + 8 + LINE + index * LINE, theme));
  pen.drawImage(canvas, PAD, top, canvas.clientWidth, canvas.clientHeight);
  return picture;
}

function font(theme, size, weight = "") {
  return `${weight} ${size}px ${theme.font.family}`.trim();
}

function writeHead(pen, { title, unit, subject, range, width, theme }) {
  pen.fillStyle = theme.text;
  pen.font = font(theme, TITLE, "600");
  pen.fillText(title, PAD, PAD);
  const after = PAD + pen.measureText(title).width + 8;
  pen.fillStyle = theme.quiet;
  pen.font = font(theme, SMALL);
  pen.fillText(unit, after, PAD + TITLE - SMALL);
  pen.fillText(range, PAD, PAD + TITLE + 8);
  pen.textAlign = "right";
  pen.fillText(subject, width - PAD, PAD + TITLE + 8, width / 2);
  pen.textAlign = "left";
}

/** Entries of the legend in rows that fit: [[{label, text, x, …}]]. */
function layOut(legend, width, theme) {
  const pen = document.createElement("canvas").getContext("2d");
  pen.font = font(theme, SMALL);
  const rows = [[]];
  let x = 0;
  for (const entry of legend) {
    const size = SWATCH + pen.measureText(`${entry.label} ${entry.text}`).width + 20;
    if (x && x + size > width) {
      rows.push([]);
      x = 0;
    }
    rows.at(-1).push({ ...entry, x: PAD + x });
    x += size;
  }
  return rows;
}

function writeRow(pen, row, y, theme) {
  for (const { label, text, series, dash, x } of row) {
    pen.strokeStyle = theme.series[series - 1];
    pen.lineWidth = 2;
    pen.setLineDash(dashPattern(dash));
    pen.beginPath();
    pen.moveTo(x, y + SMALL / 2);
    pen.lineTo(x + SWATCH - 6, y + SMALL / 2);
    pen.stroke();
    pen.setLineDash([]);
    pen.fillStyle = theme.text;
    pen.font = font(theme, SMALL);
    pen.fillText(`${label} ${text}`, x + SWATCH, y);
  }
}
