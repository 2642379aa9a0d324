// How lines are told apart: by colour, and past four of them by dashes too. Pure.

/** The number of series colours in tokens.css. */
export const SERIES = 8;
const DASHES = [[], [6, 3], [2, 3], [8, 3, 2, 3], [3, 3]];
/** The dash pattern of what is not exact, whatever the line's own is. */
export const DOUBTFUL = 4;
const PATTERNS = 4;

/** The number (from 1) of the colour and (from 0) of the dash pattern of the line that came `index`-th (from 0). */
export function lineStyle(index) {
  return { series: (index % SERIES) + 1, dash: Math.min(PATTERNS - 1, Math.floor(index / 4)) };
}

/** A dash pattern in pixels. */
export function dashPattern(number) {
  return DASHES[number] ?? [];
}
