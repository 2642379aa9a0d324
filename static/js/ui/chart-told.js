// What happened where somebody points at a chart: over its rail while they do, and with its links once they click there.

import { inWords } from "../lib/happenings.js";
import { time } from "../lib/format.js";
import { t } from "../lib/words.js";
import { el } from "./stream-dom.js";

const MOST = 3;

/** The box of words in `plot`. `named`: what happened names its stream; `leave()` gives the focus back. */
export function createTold(plot, { named, leave }) {
  const box = el("div", { class: "chart__told", hidden: true });
  let pinned = false;
  let shown = [];
  plot.append(box);
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    close();
    leave();
  });
  document.addEventListener("pointerdown", ({ target }) => pinned && !plot.contains(target) && close());

  function fill(happenings) {
    box.replaceChildren(...happenings.slice(0, MOST).map((one) => el("p", {},
      el("span", { class: "num quiet" }, time(one.at)), " ",
      one.url && pinned ? el("a", { href: one.url }, inWords(one, { named })) : inWords(one, { named }))));
    if (happenings.length > MOST) box.append(el("p", { class: "quiet" }, t("and {n} more", { n: happenings.length - MOST })));
  }

  function show(happenings, pin) {
    const same = happenings.length === shown.length && happenings.every((one, index) => one === shown[index]) && pin === pinned;
    if (same) return;
    [shown, pinned] = [happenings, pin];
    box.hidden = !happenings.length;
    box.toggleAttribute("data-pinned", pin);
    // The list below the charts says the same to whoever cannot see this.
    box.toggleAttribute("inert", !pin);
    fill(happenings);
  }

  function close() {
    show([], false);
  }

  return {
    /** Shows what happened where the pointer is; nothing, where somebody has pinned something. */
    point: (happenings) => pinned || show(happenings, false),

    /** Keeps it open with its links; with none it closes. */
    pin(happenings) {
      show(happenings, happenings.length > 0);
      return pinned;
    },

    focus: () => box.querySelector("a")?.focus(),
  };
}
