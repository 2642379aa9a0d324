// The bar over the charts: how much time they show, pause, now, zoom, comparison; and the address that shows the same.

import { parseRange, writeAddress } from "../charts/address.js";
import { duration, time } from "../lib/format.js";
import { t } from "../lib/words.js";
import { setText } from "./cells.js";

const WRITTEN_AFTER_MS = 300; // a browser takes so many changes of the address, and no more
const ZOOM = 2;

/** Brings the bar in `root` to life. `show()` after every change of what is shown. */
export function createRangeBar({ root, navigation, comparison }) {
  const part = (name) => root.querySelector(`[data-range-bar="${name}"]`);
  const links = [...root.querySelectorAll(".ranges a")];
  const secondsOf = (link) => parseRange(new URL(link.href).searchParams.get("range"));
  const compare = part("compare");
  let timer = null;

  for (const link of links) {
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return; // another tab, as with any link
      event.preventDefault();
      navigation.follow(secondsOf(link));
    });
  }
  part("pause").addEventListener("click", () => (navigation.following ? navigation.hold() : navigation.follow()));
  part("now").addEventListener("click", () => navigation.follow());
  part("in").addEventListener("click", () => navigation.zoomBy(1 / ZOOM));
  part("out").addEventListener("click", () => navigation.zoomBy(ZOOM));
  part("back").addEventListener("click", () => navigation.back());
  compare.addEventListener("change", () => {
    comparison.choose(compare.value);
    show();
  });

  function remember() {
    timer = null;
    const { range_s, held } = navigation;
    history.replaceState(history.state, "", location.pathname + writeAddress(location.search, { range_s, held, compare: comparison.kind }) + location.hash);
  }

  /** `touched`: somebody changed something, so the address changes too. */
  function show({ touched = true } = {}) {
    const { following, range_s } = navigation;
    for (const link of links) {
      if (following && Math.abs(secondsOf(link) - range_s) < 1) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
    part("pause").setAttribute("aria-pressed", String(!following));
    part("now").disabled = following;
    part("back").disabled = !navigation.canGoBack;
    compare.value = comparison.kind;
    setText(part("shown"), following ? custom(range_s) : stretch());
    if (touched) timer ??= setTimeout(remember, WRITTEN_AFTER_MS);
  }

  /** The length of what is live, where it is none of the choices. */
  function custom(range_s) {
    return links.some((link) => Math.abs(secondsOf(link) - range_s) < 1) ? "" : t("the last {range}", { range: duration(range_s) });
  }

  function stretch() {
    const { since, until } = navigation.bounds();
    return t("{since} to {until} ({range})", { since: time(since, { now: until }), until: time(until, { now: navigation.now() }), range: duration(until - since) });
  }

  return { show };
}
