// Writes a server's facts where the page has room for them: [data-fact], and the bars of memory and cost.

import { DASH } from "../lib/format.js";
import { serverFacts, share } from "../lib/server-facts.js";
import { t } from "../lib/words.js";
import { setFlag, setText } from "./cells.js";

/** Takes hold of every [data-fact] under `root`. */
export function createFacts(root) {
  const slots = [...root.querySelectorAll("[data-fact]")];
  const bars = Object.fromEntries(["memory", "cost"].map((name) => [name, root.querySelector(`#${name}-level`)]));

  return {
    /** Writes the health of a sample of the server's time `at`. */
    show(health, at) {
      const facts = serverFacts(health, { at });
      for (const slot of slots) write(slot, facts[slot.dataset.fact]);
      fill(bars.memory, share(health.used_memory_bytes, health.max_memory_bytes));
      fill(bars.cost, share(health.cost_share, health.cost_budget, { warnAt: 1 }));
    },
  };
}

function write(slot, { text, title, level }) {
  setText(slot, text || (slot.tagName === "DD" ? DASH : ""), title);
  setFlag(slot, "level", level);
  // Whoever cannot hover reaches the reason by the keyboard.
  if (title && text === "?") {
    slot.tabIndex = 0;
    slot.setAttribute("role", "note");
    slot.setAttribute("aria-label", t("Not known: {reason}", { reason: title }));
  } else if (slot.hasAttribute("tabindex")) {
    for (const name of ["tabindex", "role", "aria-label"]) slot.removeAttribute(name);
  }
}

function fill(bar, part) {
  bar.hidden = part === null;
  if (part === null) return;
  bar.firstElementChild.style.inlineSize = `${(part.share * 100).toFixed(1)}%`;
  setFlag(bar, "level", part.level);
}
