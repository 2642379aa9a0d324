// The page of one stream: wires the socket to the store, the store to charts and tables, history to the charts.

import { ago, duration, time } from "../lib/format.js";
import { t } from "../lib/words.js";
import { openLive } from "../live/socket.js";
import { createStore } from "../live/store.js";
import { setText } from "../ui/cells.js";
import { frameEvent, showLive, startFrame } from "../ui/frame.js";
import { detailsLater, entriesLater } from "../ui/later.js";
import { setState } from "../ui/state.js";
import { createStreamCharts } from "../ui/stream-charts.js";
import { createGroups } from "../ui/stream-groups.js";
import { streamSentence } from "../ui/stream-sentence.js";

const page = JSON.parse(document.getElementById("page-data").textContent);
const main = document.getElementById("main");
const byId = (id) => document.getElementById(id);

startFrame();
const store = createStore();
const charts = createStreamCharts({ root: main, page, subject: page.title });
const groups = createGroups({
  body: byId("groups"), empty: byId("groups-empty"), count: byId("groups-count"),
  openDetails: (group, element) => detailsLater({ group, element, now: charts.now, urls: groupUrls(group), remedies }),
});
entriesLater({ element: byId("entries"), urls: page.entries, now: charts.now });
charts.painter.add(byId("groups"), showGroups, { always: true });
let socketState = "connecting";

// What this person may do is in the page as the addresses of it.
const { pending = null, trim = null, group = null, edit = null } = byId("remedies").dataset;
const remedies = { pending, trim, group, edit, marks: "#happened" };

const groupUrls = ({ slug }) => ({
  consumers: page.consumers.replace("SLUG", slug), pending: page.pending.replace("SLUG", slug),
  measure: page.measure.replace("SLUG", slug), survey: page.survey.replace("SLUG", slug),
});

function takeSample(event) {
  if (event.streams.id.includes(page.stream)) charts.sample(event.taken_at, store.stream(page.stream), event.interval);
}

function showGroups() {
  const stream = store.stream(page.stream);
  if (!stream) return;
  groups.show([...stream.groups.values()], stream.at);
  setText(byId("stream-tail"), stream.tail_deleted ? t("The entry that was added last is gone.") : "");
}

function showState() {
  const { name, ...registered } = page.server;
  const unreachable = store.server(page.server.id) ? store.server(page.server.id).unreachable : registeredTrouble(registered);
  const { state, sentence } = streamSentence({ server: { name, unreachable }, stream: store.stream(page.stream), now: charts.now() });
  setState(byId("stream-state"), state);
  setText(byId("stream-sentence"), sentence);
}

function registeredTrouble({ state, detail, since }) {
  return state === "up" || state === "new" ? null : { state, detail, since };
}

function showPace() {
  const since = charts.staleSince();
  const now = charts.now();
  main.toggleAttribute("data-stale", since !== null);
  setText(byId("stream-pace"), since === null ? pace() : t("stale since {time}", { time: time(since, { now }) }));
  setText(byId("stream-age"), since === null ? "" : ago(now - since));
  showLive(socketState === "live" && since !== null ? "stale" : socketState);
}

function pace() {
  const interval = store.server(page.server.id)?.interval;
  return interval ? t("a sample every {interval}", { interval: duration(interval) }) : "";
}

function onState(state) {
  socketState = state;
  if (state === "live") charts.live();
  showPace();
}

store.subscribe((event) => {
  frameEvent(event);
  if (event.type === "sample.taken") takeSample(event);
  charts.apply(event);
  showState();
});
setInterval(() => {
  charts.tick();
  showPace();
  showState();
}, 1000);

openLive({ url: document.documentElement.dataset.live, onEvent: store.apply, onState }).watch({ streams: [page.stream] });
showState();
