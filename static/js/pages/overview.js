// The overview: wires the socket to the store, the store to the servers and the table, the controls to the address.

import { whole } from "../lib/format.js";
import { createHostClock } from "../lib/host-clock.js";
import { createMarks } from "../lib/marks.js";
import { openLive } from "../live/socket.js";
import { createStore } from "../live/store.js";
import { frameEvent, showLive, startFrame } from "../ui/frame.js";
import { listKeys } from "../ui/keys.js";
import { createControls } from "../ui/overview-controls.js";
import { createServers } from "../ui/overview-servers.js";
import { createTable } from "../ui/overview-table.js";

const element = (id) => document.getElementById(id);
// The samples' times are the server's: our own clock may be wrong.
const { now, synchronise, heard } = createHostClock(() => performance.now() / 1000);
synchronise(Number(element("overview").dataset.now));
const store = createStore();
let liveSince = null;

startFrame();
const servers = createServers({ root: document, store, now });
const controls = createControls({
  form: element("controls"),
  headings: [...document.querySelectorAll("th[data-sort]")],
  onChange: (view) => table.show(view),
});
const table = createTable({ body: element("streams"), store, view: controls.view(), now, onShown: showCount });
const marks = createMarks(JSON.parse(element("open-on-streams").textContent));
table.show(controls.view());
table.mark(marks);
listKeys({ filter: element("filter"), links: () => table.rows().map((row) => row.link) });
element("clear").addEventListener("click", controls.clear);

store.subscribe((event) => {
  frameEvent(event);
  if (event.type === "sample.taken") takeSample(event);
  if (event.type.startsWith("server.")) servers.renderAll();
  if (marks.apply(event)) table.mark(marks);
});

function takeSample(event) {
  heard(event.taken_at, event.server);
  const streams = event.streams.id.map((id) => store.stream(id));
  servers.sample(event.server, streams);
  table.sample(event.streams.id);
  const strangers = event.streams.id.filter((id) => !table.knows(id)).length;
  if (strangers) element("strangers").hidden = false;
}

function showCount({ shown, all, filtered }) {
  element("count").textContent = filtered ? `${whole(shown)} of ${whole(all)}` : whole(all);
  element("nothing").hidden = shown > 0 || all === 0;
  element("clear").hidden = !filtered;
}

openLive({
  url: document.documentElement.dataset.live,
  onEvent: store.apply,
  onState(state) {
    liveSince = state === "live" ? Date.now() : null;
    showLive(state);
  },
}).watch({ streams: "all" });

setInterval(() => {
  // Just back: the newest samples are on their way.
  const live = liveSince !== null && Date.now() - liveSince > 2000;
  table.tick(live);
  if (live) servers.renderAll();
}, 1000);
