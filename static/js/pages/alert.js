// The page of one alert: its charts as on the page of its stream or server, and what the server says of it, taken anew as it changes.

import { ago, duration, time } from "../lib/format.js";
import { groupFindings } from "../lib/group-findings.js";
import { t } from "../lib/words.js";
import { openLive } from "../live/socket.js";
import { createStore } from "../live/store.js";
import { setText } from "../ui/cells.js";
import { frameEvent, localTimes, showLive, startFrame } from "../ui/frame.js";
import { createFindings } from "../ui/group-findings.js";
import { growDurations } from "../ui/growing.js";
import { createRefresh } from "../ui/refresh.js";
import { createServerCharts } from "../ui/server-charts.js";
import { createStreamCharts } from "../ui/stream-charts.js";

const VALUE_EVERY_MS = 10_000;
const page = JSON.parse(document.getElementById("page-data").textContent);
const byId = (id) => document.getElementById(id);
const server = page.server.id;

startFrame();
const store = createStore();
const refresh = createRefresh({ ids: ["alert-now", "alert-act", "alert-then"], onDone: localTimes });
const charts = page.stream === null
  ? createServerCharts({
    root: byId("main"), page, subject: page.title,
    concerns: (event) => event.type !== "sample.taken" && event.server === server,
    markUrl: ({ stream }) => (stream === null ? null : page.stream_url.replace("/0/", `/${stream}/`)),
  })
  : createStreamCharts({ root: byId("main"), page, subject: page.title });
const remedies = byId("alert-remedies");
const findings = remedies && createFindings({
  remedies: { pending: null, trim: null, group: null, edit: null, ...remedies.dataset, marks: "#happened" },
  measure: () => location.assign(remedies.dataset.stream),
});
let socketState = "connecting";

function takeSample(event) {
  if (page.stream === null) return charts.sample(event.taken_at, event.health, event.interval);
  const stream = event.streams.id.includes(page.stream) ? store.stream(page.stream) : null;
  if (!stream) return;
  charts.sample(event.taken_at, stream, event.interval);
  const group = stream.groups.get(page.group);
  if (!findings || !group) return;
  findings.show(groupFindings(group));
  if (!findings.element.isConnected) remedies.append(findings.element);
}

function showPace() {
  const since = charts.staleSince();
  const { interval } = store.server(server) ?? {};
  const pace = interval ? t("a sample every {interval}", { interval: duration(interval) }) : "";
  setText(byId("stream-pace"), since === null ? pace : t("stale since {time}", { time: time(since, { now: charts.now() }) }));
  setText(byId("stream-age"), since === null ? "" : ago(charts.now() - since));
  showLive(socketState === "live" && since !== null ? "stale" : socketState);
}

store.subscribe((event) => {
  frameEvent(event);
  if (event.type === "sample.taken" && event.server === server) takeSample(event);
  charts.apply(event);
  if (event.alert === page.alert) refresh();
});
setInterval(() => {
  charts.tick();
  showPace();
}, 1000);
if (page.open) setInterval(() => document.visibilityState === "visible" && refresh(), VALUE_EVERY_MS);
growDurations();

openLive({
  url: document.documentElement.dataset.live,
  onEvent: store.apply,
  onState(state) {
    socketState = state;
    if (state === "live") charts.live();
    showPace();
  },
}).watch(page.stream === null ? { health: [server] } : { streams: [page.stream] });
