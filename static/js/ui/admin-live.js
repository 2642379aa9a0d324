// The live figures of a change list: watches the streams and servers of its rows, and writes into their cells.

import { ofServer, ofStream } from "../lib/live-cells.js";
import { setText } from "./cells.js";
import { setState } from "./state.js";
import { streamSentence } from "./stream-sentence.js";

/** {wish, show()} for the cells on the page: `wish` is what they need of the socket, `now()` the time. */
export function createAdminLive({ store, now, root = document }) {
  const of = (kind) => [...root.querySelectorAll(`[data-live-${kind}]`)].map((element) => ({ element, id: Number(element.dataset[kind === "stream" ? "liveStream" : "liveServer"]) }));
  const [streams, servers] = [of("stream"), of("server")];
  const ids = (cells) => [...new Set(cells.map(({ id }) => id))];

  function showStream({ element, id }) {
    const stream = store.stream(id);
    const { what } = element.dataset;
    if (what !== "state") return write(element, ofStream[what](stream));
    if (stream === null) return;
    const unreachable = store.server(stream.server)?.unreachable ?? null;
    const { state, sentence } = streamSentence({ server: { name: "", unreachable }, stream, now: now() });
    mark(element, state, sentence);
  }

  function showServer({ element, id }) {
    const server = store.server(id);
    if (element.dataset.what !== "state") return write(element, ofServer[element.dataset.what](server));
    if (server?.unreachable) mark(element, server.unreachable.state, server.unreachable.detail);
    else if (server?.health) mark(element, server.health.state, server.health.detail);
  }

  return {
    wish: { streams: ids(streams), health: ids(servers) },
    show() {
      streams.forEach(showStream);
      servers.forEach(showServer);
    },
  };
}

function write(element, { text, title }) {
  setText(element, text, title);
}

function mark(element, state, title) {
  element.classList.add("state");
  setState(element, state);
  if (element.title !== title) element.title = title;
}
