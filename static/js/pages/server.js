// The page of one server: wires the socket to the store, the store to facts, tables and charts.

import { createTimeWindow } from "../charts/time-window.js";
import { ago, duration, time } from "../lib/format.js";
import { createBackfill } from "../live/backfill.js";
import { openLive } from "../live/socket.js";
import { createStore } from "../live/store.js";
import { setText } from "../ui/cells.js";
import { frameEvent, showLive, startFrame } from "../ui/frame.js";
import { createHappened } from "../ui/happened.js";
import { createServerCharts } from "../ui/server-charts.js";
import { createFacts } from "../ui/server-facts.js";
import { createServerState } from "../ui/server-state.js";
import { createServerTables } from "../ui/server-tables.js";
import { fetchJson } from "../ui/stream-fetch.js";

const page = JSON.parse(document.getElementById("page-data").textContent);
const main = document.getElementById("main");
const byId = (id) => document.getElementById(id);
const { id, interval_s } = page.server;

startFrame();
const store = createStore();
const shown = createTimeWindow({ range_s: page.range_s, interval_s, clock: () => performance.now() / 1000 });
shown.synchronise(page.now);
const happened = createHappened({ url: page.marks, range_s: page.range_s, now: shown.now, root: main, named: true });
const charts = createServerCharts({ root: main, window: shown, range_s: page.range_s, interval_s, happenings: happened.happenings });
happened.drawnOn(charts);
const facts = createFacts(main);
const showTables = createServerTables({
  replicas: byId("replicas"), nodes: byId("nodes"), section: byId("nodes-section"), deployment: byId("deployment"),
});
const state = createServerState({
  word: byId("server-state"), sentence: byId("server-sentence"), concerns: byId("server-concerns"), registered: page.server,
});
const backfill = page.history === null ? null : createBackfill({
  url: page.history, fetchJson, holes: charts.holes, take: takeStored, onProblem: ({ title }) => setText(byId("stream-history"), title),
});
let socketState = "connecting";

function takeStored(stored) {
  setText(byId("stream-history"), "");
  shown.synchronise(stored.now);
  // A step begins at its time; what it stands for reaches further.
  if (stored.at.length) shown.stored(Math.min(stored.now, stored.at.at(-1) + (stored.step_s ?? 0)));
  charts.merge(stored);
}

function takeSample(event) {
  const at = Math.round(event.taken_at * 1000) / 1000;
  if (shown.sampled(at, event.interval)) charts.cut(at);
  charts.sample(at, event.health, event.interval);
  facts.show(event.health, event.at);
  showTables(event.health);
}

function showState() {
  state.show({ server: store.server(id), staleSince: shown.staleSince(), now: shown.now() });
}

function showPace() {
  const since = shown.staleSince();
  const now = shown.now();
  main.toggleAttribute("data-stale", since !== null || Boolean(store.server(id)?.unreachable));
  const { interval } = store.server(id) ?? {};
  setText(byId("stream-pace"), since !== null ? `stale since ${time(since, { now })}` : interval ? `a sample every ${duration(interval)}` : "");
  setText(byId("stream-age"), since === null ? "" : ago(now - since));
  showLive(socketState === "live" && since !== null ? "stale" : socketState);
}

function countRestart({ type, kind }) {
  if (type !== "mark.made" || kind !== "restart") return;
  const slot = byId("restarts");
  slot.dataset.count = Number(slot.dataset.count) + 1;
  setText(slot, slot.textContent.trim().replace(/^\d+/, slot.dataset.count));
}

store.subscribe((event) => {
  frameEvent(event);
  if (event.type === "sample.taken" && event.server === id) takeSample(event);
  happened.apply(event);
  countRestart(event);
  if (event.type !== "mark.made") showPace(); // what is old is grey at once
  showState();
});
setInterval(() => {
  happened.tick();
  showPace();
  showState();
  if (shown.staleSince() !== null) charts.painter.request();
}, 1000);

backfill?.fill(shown.bounds().since);
openLive({
  url: document.documentElement.dataset.live,
  onEvent: store.apply,
  onState(next) {
    socketState = next;
    if (next === "live") {
      if (charts.lastAt !== null) backfill?.fill(charts.lastAt);
      happened.load();
    }
    showPace();
  },
}).watch({ health: [id] });
showState();
