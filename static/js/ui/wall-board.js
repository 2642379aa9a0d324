// The wallboard's slides: rows large enough to be read across a room, made anew at each turn and kept up to date between.

import { nameOf, rowWords } from "../lib/row-words.js";
import { serverLine } from "../lib/wall-server.js";
import { t } from "../lib/words.js";
import { setFlag, setText } from "./cells.js";
import { setState } from "./state.js";
import { el } from "./stream-dom.js";

const FIGURES = [["lag", () => t("Lag")], ["time_lag", () => t("Time lag")], ["added", () => t("Added/s")], ["pending", () => t("Pending")]];

/** Draws into `body`: streams(rows) and servers(servers). */
export function createBoard(body) {
  let kind = "";
  let drawn = [];

  function begin(next, count, make) {
    if (kind !== next) {
      drawn = [];
      body.replaceChildren();
    }
    kind = next;
    while (drawn.length < count) drawn.push(make());
    drawn.length = count;
    if (body.children.length !== count) body.replaceChildren(...drawn.map(({ element }) => element));
  }

  return {
    streams(rows) {
      begin("streams", rows.length, streamRow);
      rows.forEach((row, at) => showStream(drawn[at], row));
    },
    servers(servers) {
      begin("servers", servers.length, serverRow);
      servers.forEach((server, at) => showServer(drawn[at], server));
    },
  };
}

function streamRow() {
  const state = el("span", { class: "state wall__state" });
  const name = el("span", { class: "wall__name truncate" });
  const reason = el("span", { class: "wall__reason truncate" });
  const figures = FIGURES.map(([, title]) => el("span", { class: "wall__figure num", "data-label": title() }));
  return { element: el("li", { class: "wall__row" }, state, el("span", { class: "wall__what" }, name, reason), ...figures), state, name, reason, figures };
}

function showStream({ state, name, reason, figures }, row) {
  setState(state, row.state);
  setText(name, nameOf(row));
  setText(reason, row.reason || row.title);
  const words = rowWords(row);
  FIGURES.forEach(([key], at) => {
    setText(figures[at], words[key].text);
    setFlag(figures[at], "quality", words[key].quality);
  });
}

function serverRow() {
  const state = el("span", { class: "state wall__state" });
  const name = el("span", { class: "wall__name truncate" });
  const reason = el("span", { class: "wall__reason truncate" });
  const facts = el("span", { class: "wall__facts num" });
  return { element: el("li", { class: "wall__row wall__row--server" }, state, el("span", { class: "wall__what" }, name, reason), facts), state, name, reason, facts };
}

function showServer({ state, name, reason, facts }, server) {
  const line = serverLine(server);
  setState(state, line.state);
  setText(name, server.name);
  setText(reason, line.reason);
  setText(facts, line.facts.join(" · "));
}
