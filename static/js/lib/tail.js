// Whether the end of a stream is followed now, and in words why not. Pure: told the time (seconds), the scrolling and the tab.

import { whole } from "./format.js";
import { nt, t } from "./words.js";

/** Seconds without anybody's attention after which following ends by itself. */
export const IDLE_S = 600;

/** What follows. start, stop, attended(now), scrolled(away), hidden(is), took({shown, skipped, at_least}); polls(now) and words(). */
export function createFollowing({ idle_s = IDLE_S } = {}) {
  let on = false;
  let seen = 0;
  let ended = false;
  let away = false;
  let tab = false;
  let skipped = { n: 0, atLeast: false };

  return {
    get on() { return on; },
    start(now) { [on, ended, seen, skipped] = [true, false, now, { n: 0, atLeast: false }]; },
    stop() { [on, ended] = [false, false]; },
    attended(now) { seen = now; },
    scrolled(is) { away = is; },
    hidden(is) { tab = is; },
    took({ skipped: n, at_least: atLeast }) { skipped = { n: skipped.n + n, atLeast: skipped.atLeast || atLeast }; },
    /** Whether to ask now. */
    polls(now) {
      if (on && now - seen > idle_s) [on, ended] = [false, true];
      return on && !away && !tab;
    },
    words() {
      if (ended) return t("Stopped: nobody was here for {n} min.", { n: Math.round(idle_s / 60) });
      if (!on) return "";
      if (away) return t("Paused while you read further down: scroll up to go on.");
      if (tab) return t("Paused while this tab is hidden.");
      const over = skippedWords(skipped);
      return over ? t("Following: {skipped}", { skipped: over }) : t("Following: new entries come at the top.");
    },
  };
}

function skippedWords({ n, atLeast }) {
  if (!n) return atLeast ? t("skipped entries to keep up.") : "";
  return atLeast
    ? t("skipped more than {n} entries to keep up.", { n: whole(n) })
    : nt("skipped {n} entry to keep up.", "skipped {n} entries to keep up.", n, { n: whole(n) });
}
