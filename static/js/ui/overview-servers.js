// The servers above the table, a card each: its state, its health, and how many of its streams are not well.

import { DASH, ago, duration, whole } from "../lib/format.js";
import { addedWords, serverCard, staleFor } from "../lib/server-card.js";
import { nt, t } from "../lib/words.js";
import { setFlag } from "./cells.js";
import { setWhy } from "./explain.js";
import { concerns } from "./server-sentence.js";
import { setState } from "./state.js";

const MANY = 6; // more than these are a line each
const FEW = 12; // of more lines those that are well are folded away
const WELL = new Set(["up", "new"]);

/** Takes hold of every [data-server-line] under `root`; `more` is the button that shows those that are well. */
export function createServers({ root, more, store, now }) {
  const cards = [...root.querySelectorAll("[data-server-line]")].map((element) => ({
    id: Number(element.dataset.serverLine),
    element,
    cells: Object.fromEntries([...element.querySelectorAll("[data-cell]")].map((cell) => [cell.dataset.cell, cell])),
    address: element.querySelector("[data-address]").dataset.address,
    attention: 0,
  }));
  let isFolded = cards.length > FEW;
  root.dataset.as = cards.length > MANY ? "lines" : "cards";

  function render(card) {
    const server = store.server(card.id);
    if (!server) return;
    const { cells, element } = card;
    const stale = server.unreachable ? Math.max(0, now() - (server.taken_at ?? now())) : staleFor(server.taken_at, server.interval, now());
    showState(card, server, stale);
    setFlag(element, "stale", stale !== null);
    say(cells.age, server.taken_at === null ? DASH : ago(now() - server.taken_at));
    if (server.health) showHealth(cells, serverCard(server.health, server), server.health.version);
  }

  function showState({ cells, address }, { unreachable: trouble, health }, stale) {
    setState(cells.state, trouble?.state ?? (stale === null ? health?.state ?? "up" : "stale"));
    const concern = health && stale === null ? concerns(health)[0] : null;
    const since = trouble ? `${t("for {time}", { time: duration(Math.max(1, now() - trouble.since)) })}: ` : "";
    const old = stale !== null && !trouble ? t("The last sample is {time} old. Is the sampler running?", { time: duration(stale) }) : "";
    say(cells.detail, trouble ? since + trouble.detail : old || health?.detail || concern?.text || address);
    setFlag(cells.detail, "trouble", trouble?.state ?? (old ? "stale" : concern?.level ?? null));
  }

  function fold() {
    let hidden = 0;
    for (const { element, cells, attention } of cards) {
      const well = WELL.has(cells.state.dataset.state) && !attention && !cells.detail.dataset.trouble;
      element.hidden = isFolded && well;
      if (element.hidden) hidden += 1;
    }
    more.hidden = hidden === 0;
    more.textContent = nt("{n} server is well: show it", "{n} servers are well: show them", hidden);
  }

  more.addEventListener("click", () => {
    isFolded = false;
    fold();
    cards.find(({ element }) => element.querySelector("a"))?.element.querySelector("a").focus();
  });
  fold();

  return {
    renderAll() {
      cards.forEach(render);
      fold();
    },

    /** Takes the totals of a listing. */
    totals({ id, streams, attention, added_per_s: added, complete }) {
      id.forEach((server, at) => {
        const card = cards.find((candidate) => candidate.id === server);
        if (!card) return;
        card.attention = attention[at];
        say(card.cells.streams, whole(streams[at]));
        card.cells.attention.hidden = attention[at] === 0;
        say(card.cells.attention, t("{n} not OK", { n: whole(attention[at]) }));
        tell(card.cells.added, addedWords(added[at], complete[at]));
      });
      fold();
    },
  };
}

function showHealth(cells, words, version) {
  for (const name of ["memory", "persistence", "replication", "cost"]) tell(cells[name], words[name]);
  say(cells.version, version);
  cells.bar.hidden = words.bar === null;
  if (words.bar === null) return;
  cells.bar.firstElementChild.style.inlineSize = `${(100 * words.bar.share).toFixed(1)}%`;
  setFlag(cells.bar, "level", words.bar.level);
}

function say(cell, text) {
  if (cell.textContent !== text) cell.textContent = text;
}

function tell(cell, { text, why, level }) {
  say(cell, text);
  setFlag(cell, "level", level);
  setWhy(cell, why);
  if (why) {
    cell.role = "button";
    cell.tabIndex = 0;
  } else {
    cell.removeAttribute("role");
    cell.removeAttribute("tabindex");
  }
}
