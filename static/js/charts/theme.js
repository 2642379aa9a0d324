// What a canvas needs to know of the stylesheet. Read again at "themechange".

import { colour } from "../lib/tokens.js";
import { SERIES } from "./styles.js";

/** The colours and the font of charts in the present theme. */
export function readTheme() {
  return {
    series: Array.from({ length: SERIES }, (_, index) => colour(`series-${index + 1}`)),
    text: colour("text"),
    quiet: colour("text-quiet"),
    line: colour("grid"),
    surface: colour("surface"),
    sunken: colour("line"),
    accent: colour("accent"),
    severity: Object.fromEntries(["notice", "warning", "critical"].map((word) => [word, colour(`${word}-text`)])),
    font: { family: getComputedStyle(document.body).fontFamily, size: 11 },
  };
}
