// The wallboard: the worst of a view and the servers, in turns, for a screen that nobody touches.

import { time, whole } from "../lib/format.js";
import { gravity } from "../lib/gravity.js";
import { createHostClock } from "../lib/host-clock.js";
import { createListing, notOk } from "../lib/listing.js";
import { staleFor } from "../lib/server-card.js";
import { BESIDE, slides, tally } from "../lib/wall.js";
import { openLive } from "../live/socket.js";
import { createStore } from "../live/store.js";
import { setText } from "../ui/cells.js";
import { showLive } from "../ui/frame.js";
import { setState } from "../ui/state.js";
import { el } from "../ui/stream-dom.js";
import { createBoard } from "../ui/wall-board.js";

const element = (id) => document.getElementById(id);
const { now: since, view, every, health } = element("wall").dataset;
const { now, synchronise, heard } = createHostClock(() => performance.now() / 1000);
synchronise(Number(since));
const store = createStore();
const listing = createListing();
const board = createBoard(element("board"));
const beside = createBoard(element("servers"));
let totals = null; // the last listing's, of servers and states
let turn = 0;

// A row's height is the stylesheet's: an empty one tells it.
const fit = () => Math.max(3, Math.floor(element("board").clientHeight / element("measure").offsetHeight));

function deck() {
  return slides({ rows: totals.total, trouble: Math.min(notOk(totals.states), totals.total), servers: totals.servers.id.length, fit: fit() });
}

function slide() {
  const all = deck();
  return all[turn % all.length];
}

function ask() {
  live.list({ view, first: slide().kind === "streams" ? slide().first : 0, rows: fit(), hold: false });
}

function draw() {
  if (!totals) return;
  const shown = slide();
  if (shown.kind === "servers") board.servers(servers());
  else board.streams(rowsFrom(shown.first));
  beside.servers(totals.servers.id.length <= BESIDE ? servers() : []);
  drawTally();
  const dots = deck().length > 1 ? deck() : [];
  element("dots").replaceChildren(...dots.map((_, at) => el("i", { "data-on": at === turn % dots.length })));
}

function rowsFrom(first) {
  return Array.from({ length: fit() }, (_, at) => listing.row(first + at)).filter(Boolean);
}

function servers() {
  const { id, name, streams, added_per_s: added, complete } = totals.servers;
  return id.map((pk, at) => {
    const server = store.server(pk);
    return {
      name: name[at], streams: streams[at], added_per_s: added[at], complete: complete[at],
      health: server?.health ?? null, at: server?.at ?? null, unreachable: server?.unreachable ?? null, age: server ? staleFor(server.taken_at, server.interval, now()) : null,
    };
  });
}

function drawTally() {
  const counts = tally(totals.states, gravity);
  const list = element("tally");
  while (list.children.length > counts.length) list.lastChild.remove();
  counts.forEach(({ state, count }, at) => {
    const item = list.children[at] ?? list.appendChild(el("li", {}, el("b", { class: "num" }), el("span", { class: "state" })));
    setText(item.firstChild, whole(count));
    setState(item.lastChild, state);
  });
}

function take(event) {
  listing.take(event);
  totals = event;
  draw();
}

take(JSON.parse(element("listing").textContent));
const live = openLive({
  url: document.documentElement.dataset.live,
  onEvent(event) {
    if (event.taken_at !== undefined) heard(event.taken_at, event.server);
    if (event.type === "listing.taken") take(event);
    else store.apply(event);
  },
  onState(state) {
    showLive(state);
    if (state === "signed-out") location.reload(); // the server says in words why, and shows it
  },
});
live.watch({ health: JSON.parse(health) });
ask();
setInterval(() => {
  turn += 1;
  ask();
  draw();
}, Number(every) * 1000);
setInterval(() => {
  draw();
  setText(element("clock"), time(now()).slice(0, 5));
}, 1000);
