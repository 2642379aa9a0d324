// The search behind Ctrl+K (⌘K): streams, groups, servers, pages, what can be done, and the look. A combobox in a dialog.

import { readRecents, withRecent } from "../lib/recents.js";
import { t } from "../lib/words.js";
import { createFindList } from "./find-list.js";
import { choose } from "./settings.js";

const WAIT_MS = 80; // a pause in typing
const byId = (id) => document.getElementById(id);

let open = () => {};

/** Opens the search; `kind` looks for that kind alone. */
export const openSearch = (options) => open(options);

const looks = () => [
  ["theme", "auto", t("Colours as the system has them")], ["theme", "light", t("Light colours")], ["theme", "dark", t("Dark colours")],
  ["theme", "contrast", t("High contrast")], ["density", "comfortable", t("Comfortable rows")], ["density", "dense", t("Dense rows")],
].map(([what, value, name]) => ({ kind: "look", name, detail: "", run: () => choose(what, value) }));

function matchingLooks(query) {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  return words.length ? looks().filter(({ name }) => words.every((word) => name.toLowerCase().includes(word))) : [];
}

/** Brings the search to life; returns whether this reader has one. */
export function startSearch() {
  const dialog = byId("search");
  if (!dialog) return false;
  const field = byId("search-field");
  const said = byId("search-said");
  const key = `recent:${dialog.dataset.account}`;
  const list = createFindList({
    list: byId("search-list"), pick,
    active: (id) => (id ? field.setAttribute("aria-activedescendant", id) : field.removeAttribute("aria-activedescendant")),
  });
  let kind = "";
  let timer = null;
  let asked = null;
  let looking = null; // the look that is under way

  function recents() {
    try {
      return readRecents(localStorage.getItem(key));
    } catch {
      return []; // storage is forbidden
    }
  }

  function remember(hit) {
    try {
      localStorage.setItem(key, JSON.stringify(withRecent(recents(), hit)));
    } catch {
      // storage is forbidden, or full
    }
  }

  function pick(hit, event) {
    dialog.close();
    if (hit.run) return hit.run();
    remember(hit);
    if (event.ctrlKey || event.metaKey) return window.open(hit.url, "_blank", "noopener");
    location.assign(hit.url);
    return undefined;
  }

  function show(hits, more, words) {
    list.show(hits, { query: field.value, more });
    field.setAttribute("aria-expanded", String(hits.length > 0));
    said.textContent = words;
    said.hidden = !words;
  }

  const showRecent = () => show(recents().map((hit) => ({ ...hit, section: "recent" })), {}, recents().length ? "" : t("Type part of a name."));

  async function look() {
    const query = field.value.trim();
    asked?.abort();
    if (!query && !kind) return showRecent();
    asked = new AbortController();
    try {
      const answer = await fetch(`${dialog.dataset.url}?${new URLSearchParams({ q: query, kind })}`, { signal: asked.signal, redirect: "error" });
      if (!answer.ok) throw new Error(String(answer.status));
      const { hits, more } = await answer.json();
      const all = [...hits, ...(kind ? [] : matchingLooks(query))];
      show(all, more, all.length ? "" : t("Nothing is called “{query}”. A new name can be found some seconds later.", { query }));
    } catch (error) {
      if (error.name !== "AbortError") show([], {}, t("The server does not answer. Press a key to try again."));
    }
    return undefined;
  }

  open = ({ kind: wanted = "" } = {}) => {
    kind = wanted;
    field.value = "";
    if (!dialog.open) dialog.showModal();
    field.focus();
    looking = look();
  };

  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      timer = null;
      looking = look();
    }, WAIT_MS);
  });

  // What is chosen is what was typed, never what stood there a moment before.
  async function pickTyped(event) {
    if (timer !== null) {
      clearTimeout(timer);
      timer = null;
      looking = look();
    }
    await looking;
    list.pickActive(event);
  }

  field.addEventListener("keydown", (event) => {
    const act = { ArrowDown: () => list.move(1), ArrowUp: () => list.move(-1), Enter: () => pickTyped(event) }[event.key];
    if (!act || event.isComposing) return;
    event.preventDefault();
    act();
  });
  dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());
  for (const button of document.querySelectorAll("[data-open-search]")) button.addEventListener("click", () => open());
  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "k" || event.shiftKey || event.altKey || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    if (dialog.open) dialog.close();
    else open();
  });
  rememberThisPage(remember);
  return true;
}

// A page of a stream or a server that was opened by a link is as recent as one that was searched for.
function rememberThisPage(remember) {
  const [, folder] = /^\/(streams|servers)\/\d+\/$/.exec(location.pathname) ?? [];
  const name = document.querySelector("main h1")?.textContent.trim();
  if (folder && name) remember({ kind: folder.slice(0, -1), name, detail: "", url: location.pathname });
}
