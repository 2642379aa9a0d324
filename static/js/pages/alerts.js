// Alerts: the server draws the list; an event that changes it takes it anew. Durations grow by themselves.

import { openLive } from "../live/socket.js";
import { createAlertList } from "../ui/alert-list.js";
import { createSelection } from "../ui/alert-selection.js";
import { frameEvent, localTimes, showLive, startFrame } from "../ui/frame.js";
import { growDurations } from "../ui/growing.js";

const CHANGES = new Set(["alert.opened", "alert.resolved", "alert.changed"]);

startFrame();
document.getElementById("alert-filter").addEventListener("change", (event) => event.currentTarget.requestSubmit());
const selection = createSelection({ bar: document.getElementById("alert-bulk") });
const list = createAlertList({
  news: document.getElementById("alerts-news"),
  isSelected: selection.isAny,
  onDrawn(root) {
    localTimes(root);
    selection.show();
  },
});

function onEvent(event) {
  frameEvent(event);
  if (CHANGES.has(event.type)) list.refresh();
}

let wasLive = false;
openLive({
  url: document.documentElement.dataset.live,
  onEvent,
  onState(state) {
    showLive(state);
    if (state === "live" && wasLive) list.refresh(); // what happened while we were away
    wasLive ||= state === "live";
  },
}).watch({ streams: [] });
growDurations();
