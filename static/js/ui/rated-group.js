// The group whose rates and consumers are shown: at first the one that lags most, then whichever was chosen, on both charts.

import { groupLine } from "../charts/stream-lines.js";
import { el } from "./stream-dom.js";

/** The selects in `root`; `onChange()` after somebody chose. */
export function createRatedGroup(root, onChange) {
  const selects = [...root.querySelectorAll("[data-rated-group]")];
  let known = 0;
  for (const select of selects) {
    select.addEventListener("change", () => {
      for (const other of selects) other.value = select.value;
      onChange();
    });
  }

  return {
    get slug() {
      return selects[0]?.value || null;
    },

    /** Offers these groups; `series` tells which lags most. */
    offer(groups, series) {
      if (groups.length === known) return;
      const lag = ({ slug }) => series.last(groupLine("lag", slug)) ?? -1;
      const worst = groups.reduce((left, right) => (lag(right) > lag(left) ? right : left));
      const chosen = known ? this.slug : worst.slug;
      known = groups.length;
      for (const select of selects) {
        select.replaceChildren(...groups.map(({ slug, name }) => el("option", { value: slug, selected: slug === chosen }, name)));
        select.closest("label").hidden = groups.length < 2;
      }
    },
  };
}
