// The keys of every page: what they open, and the list of them.

import { startKeys } from "./keys.js";
import { openSearch, startSearch } from "./search.js";

const APPLE = /Mac|iPhone|iPad/.test(globalThis.navigator?.platform ?? "");

function showHelp() {
  for (const menu of document.querySelectorAll("details.menu[open]")) menu.open = false;
  document.getElementById("keys")?.showModal();
}

/** What "g" and a letter does: follow the bar's own link, so that nobody is led where they may not go. */
function goTo(path) {
  return () => document.querySelector(`.top__links a[href="${path}"]`)?.click();
}

/** Brings keys, the search and the list of keys to life; once a page. */
export function startShortcuts() {
  const canSearch = startSearch();
  startKeys({
    go: { o: goTo("/"), a: goTo("/alerts/"), m: goTo("/silences/"), c: goTo("/actions/"), s: canSearch ? () => openSearch({ kind: "server" }) : undefined },
    search: canSearch ? () => openSearch() : undefined,
    help: showHelp,
  });
  for (const button of document.querySelectorAll("[data-open-keys]")) button.addEventListener("click", showHelp);
  if (APPLE) for (const key of document.querySelectorAll("[data-command-key]")) key.textContent = "⌘ K";
  // A click beside a dialog closes it: the dialog itself is hit only by its backdrop.
  document.addEventListener("click", ({ target }) => target instanceof HTMLDialogElement && target.close());
}
