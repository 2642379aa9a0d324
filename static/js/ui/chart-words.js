// What a chart shows, in words. Pure.

import { doubtSign } from "../charts/doubt.js";
import { UNKNOWN } from "../lib/format.js";
import { t } from "../lib/words.js";

/** A value as it is written: with the sign of how sure it is; null is unknown. */
export function valueWords(value, bound, format) {
  return value === null ? UNKNOWN : doubtSign(bound) + format(value);
}

/** Why a value is missing, or in what sense it is not exact, in a sentence; "" where it is exact. `sampled`: there is a sample at all. */
export function whyWords({ value, bound, sampled, reason = "" }) {
  if (value === null && !sampled) return t("nothing was sampled then");
  if (value === null) return reason || t("the server could not tell");
  return ["", t("about: the server errs here, or it is estimated"), t("at least so many")][bound ?? 0] ?? "";
}

/** "Lag. billing: now 40, least 3, most 120. …" */
export function inWords(title, lines, format) {
  const sentences = lines.map(({ label, points }) => {
    const known = points.map(({ y }) => y).filter((y) => y !== null);
    if (!known.length) return t("{name}: nothing known", { name: label });
    const now = points.at(-1).y;
    const [least, most] = [known.reduce((a, b) => Math.min(a, b)), known.reduce((a, b) => Math.max(a, b))];
    return t("{name}: now {now}, least {least}, most {most}", {
      name: label, now: now === null ? t("unknown") : format(now), least: format(least), most: format(most),
    });
  });
  return lines.length === 1 && lines[0].label === title ? sentences[0] : [title, ...sentences].join(". ");
}

/**
 * What stands under the crosshair: "14:05:10. billing 40, a day before 12". `readings` are {label, value, bound, why, before}: `why` says why
 * there is no value, `before` is the value of the comparison (undefined where there is none), `beforeWord` what it is called.
 */
export function cursorWords(moment, readings, { format, beforeWord }) {
  const said = ({ label, value, bound, why, before }) => {
    const now = `${label} ${value === null ? [t("unknown"), why].filter(Boolean).join(": ") : valueWords(value, bound, format)}`;
    return before === undefined ? now : `${now}, ${beforeWord} ${before === null ? t("unknown") : format(before)}`;
  };
  return [moment, readings.length ? readings.map(said).join("; ") : t("nothing known")].join(". ");
}
