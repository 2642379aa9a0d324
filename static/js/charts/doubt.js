// How sure a number of the past is: what a sample says of itself, as a small code that a series can keep. Pure.

/** The line beside a line that says how sure each of its points is. Slugs and columns have no such end. */
export const doubtOf = (name) => `${name}?`;
export const isDoubt = (name) => name.endsWith("?");

const CODES = { exact: 0, measured: 0, approximate: 1, at_least: 2, false: 0, true: 1 };
const SIGNS = ["", "≈\u202f", "≥\u202f"];

/** 0 exact, 1 about, 2 at least; null where there is no number, or nothing is known of it. `word` as live samples have it. */
export function doubtCode(word) {
  return CODES[word] ?? null;
}

/** The code of a lower bound, for a flag that says so. */
export function boundCode(isBound) {
  return isBound === null || isBound === undefined ? null : isBound ? 2 : 0;
}

/** The code beside a value of a row: `value(name)`. */
export const boundOf = (value, name) => value(doubtOf(name));

/** What is written before a number. */
export function doubtSign(code) {
  return SIGNS[code ?? 0] ?? "";
}

/** A line as two that meet: what is exact, and what is not (null where nothing is in doubt). Points are {x, y, d}. */
export function parted(points) {
  if (!points.some(({ d }) => d)) return [points, null];
  const hole = ({ x }) => ({ x, y: null });
  const sure = points.map((point) => (point.d ? hole(point) : point));
  // The dashes reach to the sure points on either side, so that nothing is missing between.
  const dashed = points.map((point, index) => (point.d || points[index - 1]?.d || points[index + 1]?.d ? point : hole(point)));
  return [sure, dashed];
}
