// Numbers at an axis: round, so in fewer characters than elsewhere. Pure.

import { compact, significant, THIN } from "../lib/format.js";

/** A count: 500, 10 000, 20 k. */
export const axisCount = (value) => compact(value).replace(/([.,]\d*?)0+(?=\D)/, (_, digits) => (digits.length > 1 ? digits : ""));

/** Per second: 0.5, 40, 20 k. */
export const axisRate = (value) => (value < 1000 ? significant(value) : axisCount(value));

/** A length of time in one unit: 40 s, 1.5 min, 2 h, 3 d. */
export function axisDuration(seconds) {
  if (seconds === 0) return "0";
  const [size, name] = [[86_400, "d"], [3600, "h"], [60, "min"], [1, "s"]].find(([least]) => seconds >= least) ?? [1, "s"];
  return `${significant(seconds / size)}${THIN}${name}`;
}
