// The same time a day or a week before, behind the lines of now.

import { COMPARISONS } from "../charts/address.js";
import { createSeries } from "../charts/series.js";
import { createPast } from "../live/past.js";
import { t } from "../lib/words.js";

const WORDS = () => ({ day: t("a day before"), week: t("a week before") });

/** Nothing, until `choose(kind)`. `onTaken()` is called when something came; the other options are those of createPast. */
export function createComparison({ bounds, now, onTaken, ...source }) {
  let kind = "";
  let its = null;

  function begin() {
    const shift_s = COMPARISONS[kind];
    const series = createSeries();
    const earlier = () => ({ since: bounds().since - shift_s, until: bounds().until - shift_s });
    its = { series, shift_s, past: createPast({ ...source, series, bounds: earlier, following: () => false, now, onTaken }) };
  }

  return {
    get kind() {
      return kind;
    },

    /** "day", "week", or "" for none. */
    choose(next) {
      if (next === kind) return;
      kind = next;
      its = null;
      if (kind) begin();
      its?.past.look();
    },

    look: () => its?.past.look(),

    /** {series, shift_s}, or null where nothing is compared. */
    present: () => its,

    row: (at) => its?.series.row(at - its.shift_s) ?? null,

    word: () => WORDS()[kind] ?? "",
  };
}
