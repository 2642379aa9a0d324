// The overview: wires the socket to the store and the listing, those to the servers and the table, the controls to the address.

import { createHostClock } from "../lib/host-clock.js";
import { createListing } from "../lib/listing.js";
import { staleFor } from "../lib/server-card.js";
import { parseView, viewQuery, wishQuery, withFamily } from "../lib/view.js";
import { openLive } from "../live/socket.js";
import { createStore } from "../live/store.js";
import { createWish } from "../live/wish.js";
import { startExplaining } from "../ui/explain.js";
import { frameEvent, showLive, startFrame } from "../ui/frame.js";
import { gridHold } from "../ui/grid-hold.js";
import { gridKeys } from "../ui/grid-keys.js";
import { createMinutes } from "../ui/grid-minutes.js";
import { createGrid } from "../ui/grid.js";
import { createControls } from "../ui/overview-controls.js";
import { createCount } from "../ui/overview-count.js";
import { createHead } from "../ui/overview-head.js";
import { createServers } from "../ui/overview-servers.js";
import { createViews } from "../ui/overview-views.js";

const element = (id) => document.getElementById(id);
const json = (id) => JSON.parse(element(id).textContent);
const { now: since, acts } = element("overview").dataset;
// The samples' times are the server's: our own clock may be wrong.
const { now, synchronise, heard } = createHostClock(() => performance.now() / 1000);
synchronise(Number(since));
const store = createStore();
const listing = createListing();
const act = acts ? (id) => acts.replace("/0/", `/${id}/`) : null;
const many = document.querySelectorAll("[data-server-line]").length > 1;
let names = new Map();
let liveSince = null;

startFrame();
startExplaining();
const servers = createServers({ root: element("servers"), more: element("more-servers"), store, now });
const controls = createControls({ form: element("controls"), more: element("more-filters"), chips: element("chips"), head: element("heads"), onChange: show });
const minutes = createMinutes({ onFilled: () => grid.draw() });
const wish = createWish({ send: (said) => live.list(said), view: wishQuery(controls.view()) });
const grid = createGrid({
  grid: element("grid"), head: element("heads"), body: element("streams"), listing, act,
  facts: (row) => ({
    age: ageOf(row), serverName: many ? names.get(row.server) ?? "" : "", every: row.every_s ?? 1,
    isOpen: row.kind === "family" && controls.view().open.includes(row.family),
  }),
  minute: (key) => minutes.of(key),
  onWish: (window) => wish.tell(window),
});
const showCount = createCount({ count: element("count"), note: element("found"), nothing: element("nothing"), filterWords: controls.filterWords, change: controls.change });

function ageOf(row) {
  if (liveSince === null || Date.now() - liveSince < 2000) return null; // while the socket is lost only the header says so
  const server = store.server(row.server);
  return server?.unreachable && row.taken_at !== null ? now() - row.taken_at : staleFor(row.taken_at, row.every_s ?? server?.interval, now());
}

function showQuery(query) {
  controls.change(parseView(query));
  head.ask(controls.view().columns);
}

function show(view) {
  const asked = wishQuery(view);
  if (asked === wish.view()) return;
  const isSame = wishQuery({ ...view, open: [] }) === wishQuery({ ...parseView(wish.view()), open: [] });
  wish.tell({ view: asked });
  if (!isSame) grid.restart(); // a family that opens moves nothing above it
}

function take(event) {
  names = new Map(event.servers.id.map((id, at) => [id, event.servers.name[at]]));
  minutes.take(listing.take(event));
  servers.totals(event.servers);
  showCount(listing.facts(), controls.view());
  grid.known();
  grid.draw();
}

take({ ...json("listing"), view: wish.view() });
const head = createHead({
  grid: element("grid"), head: element("heads"), menu: element("columns"), asked: controls.view().columns, act: Boolean(act),
  onShow: (columns) => { grid.show(columns); controls.showOrder(); },
  onChoose: (columns) => controls.change({ ...controls.view(), columns }),
});
createViews({ menu: element("views"), views: json("saved-views"), query: () => viewQuery({ ...controls.view(), columns: head.asked() }), open: showQuery });
gridKeys({
  grid, body: element("streams"), filter: element("filter"), listing,
  onFold: (row, isOpen) => controls.change(withFamily(controls.view(), row.family, isOpen)),
});

gridHold({ body: element("streams"), onHold: (hold) => wish.tell({ hold }) });

const live = openLive({
  url: document.documentElement.dataset.live,
  onEvent(event) {
    frameEvent(event);
    if (event.taken_at !== undefined) heard(event.taken_at, event.server);
    if (event.type === "listing.taken") return event.view === wish.view() && take(event);
    store.apply(event);
    servers.renderAll();
  },
  onState(state) {
    liveSince = state === "live" ? Date.now() : null;
    showLive(state);
  },
});
live.watch({ health: [...document.querySelectorAll("[data-server-line]")].map(({ dataset }) => Number(dataset.serverLine)) });

setInterval(() => {
  servers.renderAll();
  grid.draw();
}, 1000);
