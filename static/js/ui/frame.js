// What every page has around it: the live status, the badge of open alerts, menus, times in the viewer's zone.
// A page with a socket of its own hands on what it hears: openLive({ onEvent: (e) => { …; frameEvent(e); }, onState: showLive }).

import { time, timeInFull } from "../lib/format.js";
import { t } from "../lib/words.js";
import { heardOf, startBell } from "./bell.js";
import { countAlerts, startCounts } from "./open-alerts.js";
import { startSettings } from "./settings.js";
import { startShortcuts } from "./shortcuts.js";
import { showSignedOut } from "./signed-out.js";
import { setState } from "./state.js";

const words = () => ({
  connecting: t("connecting"),
  live: t("live"),
  stale: t("stale"),
  offline: t("offline"),
  "signed-out": t("signed out"),
});

/** Shows the socket's state in the header, and nowhere else. `detail` says more on hover. */
export function showLive(state, detail = "") {
  showSignedOut(state === "signed-out");
  const slot = document.getElementById("live-status");
  if (!slot) return;
  setState(slot, state, words()[state] ?? state);
  slot.title = typeof detail === "string" ? detail : "";
}

/** Takes any event; acts on those that concern the frame. */
export function frameEvent(event) {
  if (!event.type.startsWith("alert.")) return;
  countAlerts();
  heardOf(event);
}

/** Rewrites every <time datetime data-local> under `root` in the viewer's zone. */
export function localTimes(root = document) {
  const now = Date.now() / 1000;
  for (const element of root.querySelectorAll("time[data-local]")) {
    const at = Date.parse(element.dateTime) / 1000;
    if (!Number.isNaN(at)) element.textContent = time(at, { now });
  }
}

// In full, with how long ago: worked out when somebody looks, so that it is never old.
function tellTime({ target }) {
  const element = target.closest?.("time[data-local]");
  const at = Date.parse(element?.dateTime) / 1000;
  if (!Number.isNaN(at)) element.title = timeInFull(at, { now: Date.now() / 1000 });
}

function closeMenus(event) {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (event.type === "keydown" ? event.key === "Escape" : !menu.contains(event.target)) menu.open = false;
  }
}

/** Brings the frame to life; once a page. */
export function startFrame() {
  localTimes();
  startSettings();
  startShortcuts();
  startCounts();
  startBell();
  document.addEventListener("pointerover", tellTime);
  document.addEventListener("click", closeMenus);
  document.addEventListener("keydown", closeMenus);
}
