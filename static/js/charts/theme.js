// What a canvas needs to know of the stylesheet. Read again at "themechange".

import { colour } from "../lib/tokens.js";

const SERIES = 8;
/** Past four lines colours alone do not tell them apart; past eight they come again. */
const DASHES = [[], [6, 3], [2, 3], [8, 3, 2, 3]];

/** The colours and the font of charts in the present theme. */
export function readTheme() {
  return {
    series: Array.from({ length: SERIES }, (_, index) => colour(`series-${index + 1}`)),
    text: colour("text"),
    quiet: colour("text-quiet"),
    line: colour("line"),
    surface: colour("surface"),
    severity: Object.fromEntries(["notice", "warning", "critical"].map((word) => [word, colour(`${word}-text`)])),
    font: { family: getComputedStyle(document.body).fontFamily, size: 11 },
  };
}

/** The colour's number (from 1) and the dash pattern's (from 0) of the line that came `index`-th. */
export function lineStyle(index) {
  return { series: (index % SERIES) + 1, dash: Math.min(DASHES.length - 1, Math.floor(index / 4)) };
}

/** A dash pattern in pixels. */
export function dashPattern(number) {
  return DASHES[number] ?? [];
}
