// The page of one server: wires the socket to the store, the store to facts, tables and charts.

import { ago, duration, time } from "../lib/format.js";
import { t } from "../lib/words.js";
import { openLive } from "../live/socket.js";
import { createStore } from "../live/store.js";
import { setText } from "../ui/cells.js";
import { frameEvent, showLive, startFrame } from "../ui/frame.js";
import { createServerCharts } from "../ui/server-charts.js";
import { createFacts } from "../ui/server-facts.js";
import { createServerState } from "../ui/server-state.js";
import { createServerTables } from "../ui/server-tables.js";

const page = JSON.parse(document.getElementById("page-data").textContent);
const main = document.getElementById("main");
const byId = (id) => document.getElementById(id);
const { id } = page.server;

startFrame();
const store = createStore();
const charts = createServerCharts({
  root: main, page, subject: page.server.name,
  concerns: (event) => event.type !== "sample.taken" && event.server === id,
  markUrl: ({ stream }) => (stream === null ? null : page.stream_url.replace("/0/", `/${stream}/`)),
});
const facts = createFacts(main);
const showTables = createServerTables({
  replicas: byId("replicas"), nodes: byId("nodes"), section: byId("nodes-section"), deployment: byId("deployment"),
});
const state = createServerState({
  word: byId("server-state"), sentence: byId("server-sentence"), concerns: byId("server-concerns"), registered: page.server,
});
let socketState = "connecting";

function takeSample(event) {
  charts.sample(event.taken_at, event.health, event.interval);
  facts.show(event.health, event.at);
  showTables(event.health);
}

function showState() {
  state.show({ server: store.server(id), staleSince: charts.staleSince(), now: charts.now() });
}

function showPace() {
  const since = charts.staleSince();
  const now = charts.now();
  main.toggleAttribute("data-stale", since !== null || Boolean(store.server(id)?.unreachable));
  const { interval } = store.server(id) ?? {};
  setText(byId("stream-pace"), since !== null ? t("stale since {time}", { time: time(since, { now }) }) : interval ? t("a sample every {interval}", { interval: duration(interval) }) : "");
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
  charts.apply(event);
  countRestart(event);
  if (event.type !== "mark.made") showPace(); // what is old is grey at once
  showState();
});
setInterval(() => {
  charts.tick();
  showPace();
  showState();
}, 1000);

openLive({
  url: document.documentElement.dataset.live,
  onEvent: store.apply,
  onState(next) {
    socketState = next;
    if (next === "live") charts.live();
    showPace();
  },
}).watch({ health: [id] });
showState();
