// How many alerts are open, at the word Alerts and in the tab's title: asked of the server whenever that may have changed.

import { stateWord } from "../lib/gravity.js";
import { soon } from "./refresh.js";
import { fetchJson } from "./stream-fetch.js";

const PAUSE_MS = 1500; // a storm is one question
const box = () => document.getElementById("open-alerts");

/** Soon shows what is open now. */
export const countAlerts = soon(async () => {
  const url = box()?.dataset.counts;
  const { body } = url ? await fetchJson(url) : {};
  if (body) show(body);
}, PAUSE_MS);

function show(counts) {
  for (const badge of box().children) {
    const count = counts[badge.dataset.level] ?? 0;
    badge.hidden = count === 0;
    badge.textContent = String(count);
    badge.setAttribute("aria-label", `${count} ${stateWord(badge.dataset.level)}`);
  }
  entitle(counts.critical ?? 0);
}

// A tab that nobody looks at says in its title how many are critical.
function entitle(critical) {
  const title = document.title.replace(/^\(\d+\) /, "");
  document.title = critical ? `(${critical}) ${title}` : title;
}

/** What the page came with; once a page. */
export function startCounts() {
  const badge = box()?.querySelector("[data-level=critical]");
  entitle(Number(badge?.textContent) || 0);
}
