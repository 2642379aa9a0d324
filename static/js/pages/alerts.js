// Alerts: the server draws the list; an event that changes it fetches it anew. Durations grow by themselves.

import { duration } from "../lib/format.js";
import { openLive } from "../live/socket.js";
import { frameEvent, localTimes, showLive, startFrame } from "../ui/frame.js";
import { createRefresh } from "../ui/refresh.js";

startFrame();
document.getElementById("alert-filter").addEventListener("change", (event) => event.currentTarget.requestSubmit());
const refresh = createRefresh({ id: "alerts", onDone: localTimes });

function onEvent(event) {
  frameEvent(event);
  if (event.type === "alert.opened" || event.type === "alert.resolved") refresh();
}

let wasLive = false;
openLive({
  url: document.documentElement.dataset.live,
  onEvent,
  onState(state) {
    showLive(state);
    if (state === "live" && wasLive) refresh(); // what happened while we were away
    wasLive ||= state === "live";
  },
}).watch({ streams: [] });

setInterval(() => {
  for (const cell of document.querySelectorAll("[data-since]")) {
    cell.textContent = duration(Math.round(Date.now() / 1000 - Number(cell.dataset.since)));
  }
}, 1000);
