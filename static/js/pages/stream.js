// The page of one stream: wires the socket to the store, the store to charts and tables, history to the charts.

import { createTimeWindow } from "../charts/time-window.js";
import { ago, duration, time } from "../lib/format.js";
import { createBackfill } from "../live/backfill.js";
import { openLive } from "../live/socket.js";
import { createStore } from "../live/store.js";
import { setText } from "../ui/cells.js";
import { frameEvent, showLive, startFrame } from "../ui/frame.js";
import { setState } from "../ui/state.js";
import { createStreamCharts } from "../ui/stream-charts.js";
import { openDetails } from "../ui/stream-details.js";
import { createHappened } from "../ui/happened.js";
import { createEntries } from "../ui/stream-entries.js";
import { fetchJson } from "../ui/stream-fetch.js";
import { createGroups } from "../ui/stream-groups.js";
import { streamSentence } from "../ui/stream-sentence.js";

const page = JSON.parse(document.getElementById("page-data").textContent);
const main = document.getElementById("main");
const byId = (id) => document.getElementById(id);

startFrame();
const store = createStore();
const shown = createTimeWindow({
  range_s: page.range_s, interval_s: page.server.interval_s, clock: () => performance.now() / 1000,
});
shown.synchronise(page.now);
const happened = createHappened({ url: page.marks, range_s: page.range_s, now: shown.now, root: main, concerns: ({ stream }) => stream === page.stream || stream === null });
const charts = createStreamCharts({
  root: main, window: shown, limits: page.limits, range_s: page.range_s, interval_s: page.server.interval_s,
  happenings: happened.happenings,
});
happened.drawnOn(charts);
const backfill = createBackfill({
  url: page.history, fetchJson, holes: charts.holes, take: takeStored, onProblem: ({ title }) => setText(byId("stream-history"), title),
});
const groups = createGroups({
  body: byId("groups"), empty: byId("groups-empty"), count: byId("groups-count"),
  openDetails: (group, element) => openDetails({ group, element, now: shown.now, urls: groupUrls(group), remedies }),
});
createEntries({ element: byId("entries"), url: page.entries, now: shown.now });
charts.painter.add(byId("groups"), showGroups, { always: true });
let socketState = "connecting";

// What this person may do is in the page as the addresses of it.
const { pending = null, trim = null, edit = null } = byId("remedies").dataset;
const remedies = { pending, trim, edit, marks: "#happened" };

const groupUrls = ({ slug }) => ({
  consumers: page.consumers.replace("SLUG", slug), pending: page.pending.replace("SLUG", slug),
  measure: page.measure.replace("SLUG", slug), survey: page.survey.replace("SLUG", slug),
});

function takeStored(stored) {
  setText(byId("stream-history"), "");
  shown.synchronise(stored.now);
  // A step begins at its time; what it stands for reaches further.
  if (stored.at.length) shown.stored(Math.min(stored.now, stored.at.at(-1) + (stored.step_s ?? 0)));
  charts.merge(stored);
}

function takeSample(event) {
  if (!event.streams.id.includes(page.stream)) return;
  // To the millisecond, as history keeps it: a sample that comes both ways is one point.
  const at = Math.round(event.taken_at * 1000) / 1000;
  if (shown.sampled(at, event.interval)) charts.cut(at);
  charts.sample(at, store.stream(page.stream), event.interval);
}

function showGroups() {
  const stream = store.stream(page.stream);
  if (!stream) return;
  groups.show([...stream.groups.values()]);
  setText(byId("stream-tail"), stream.tail_deleted ? "The entry that was added last is gone." : "");
}

function showState() {
  const { name, ...registered } = page.server;
  const unreachable = store.server(page.server.id) ? store.server(page.server.id).unreachable : registeredTrouble(registered);
  const { state, sentence } = streamSentence({ server: { name, unreachable }, stream: store.stream(page.stream), now: shown.now() });
  setState(byId("stream-state"), state);
  setText(byId("stream-sentence"), sentence);
}

function registeredTrouble({ state, detail, since }) {
  return state === "up" || state === "new" ? null : { state, detail, since };
}

function showPace() {
  const since = shown.staleSince();
  const now = shown.now();
  main.toggleAttribute("data-stale", since !== null);
  setText(byId("stream-pace"), since === null ? pace() : `stale since ${time(since, { now })}`);
  setText(byId("stream-age"), since === null ? "" : ago(now - since));
  showLive(socketState === "live" && since !== null ? "stale" : socketState);
}

function pace() {
  const interval = store.server(page.server.id)?.interval;
  return interval ? `a sample every ${duration(interval)}` : "";
}

function onState(state) {
  socketState = state;
  // Whatever was missed while there was no socket comes from history.
  if (state === "live" && charts.lastAt !== null) backfill.fill(charts.lastAt);
  if (state === "live") happened.load();
  showPace();
}

store.subscribe((event) => {
  frameEvent(event);
  if (event.type === "sample.taken") takeSample(event);
  happened.apply(event);
  showState();
});
setInterval(() => {
  happened.tick();
  showPace();
  showState();
  if (shown.staleSince() !== null) charts.painter.request();
}, 1000);

backfill.fill(shown.bounds().since);
openLive({ url: document.documentElement.dataset.live, onEvent: store.apply, onState }).watch({ streams: [page.stream] });
showState();
