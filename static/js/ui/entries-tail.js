// Following the newest entries: a button that starts and ends it, what it says, and the list that new ones come on top of.

import { createFollowing } from "../lib/tail.js";
import { t } from "../lib/words.js";
import { el } from "./stream-dom.js";
import { entryItem } from "./stream-entries.js";
import { fetchJson } from "./stream-fetch.js";
import { problemNote } from "./stream-panel.js";

const EVERY_MS = 1000;
const KEPT = 200; // entries in the page

/**
 * `button` starts and ends it, `said` tells, `element` shows, and `instead` is hidden meanwhile. `filter()` is the filter that is typed; `onErrors(errors)` gets what is wrong
 * with it; `onStop()` is called when somebody ended it. leave() ends it and shows `instead` again.
 */
export function createTailing({ button, said, element, instead, urls, now, filter, onErrors, onStop }) {
  const following = createFollowing();
  let cursor = "";
  let turn = 0;
  let list = null;

  function show() {
    button.setAttribute("aria-pressed", String(following.on));
    button.textContent = following.on ? t("Stop following") : t("Follow live");
    if (said.textContent !== following.words()) said.textContent = following.words();
  }

  function start() {
    cursor = "";
    list = el("ol", { class: "entries", role: "list" });
    element.replaceChildren(list, el("p", { class: "empty" }, t("Waiting for new entries.")));
    [element.hidden, instead.hidden] = [false, true];
    following.start(now());
    poll(++turn);
  }

  function stop() {
    turn += 1;
    following.stop();
    show();
  }

  function leave() {
    stop();
    [element.hidden, instead.hidden] = [true, false];
  }

  async function poll(its) {
    if (its !== turn) return;
    if (following.polls(now())) take(await ask(), its);
    show();
    if (its === turn && following.on) setTimeout(() => poll(its), EVERY_MS);
  }

  function ask() {
    const asked = new URLSearchParams({ cursor });
    if (filter()) asked.set("filter", filter());
    return fetchJson(`${urls.tail}?${asked}`);
  }

  function take({ body, problem }, its) {
    if (its !== turn) return;
    if (problem || body.errors) {
      stop();
      if (problem) element.replaceChildren(problemNote(problem, { now, retry: start }));
      else onErrors(body.errors);
      return;
    }
    cursor = body.cursor;
    following.took(body);
    if (!body.entries.length) return;
    element.querySelector(".empty")?.remove();
    list.prepend(...body.entries.toReversed().map((entry) => entryItem(entry, { urls, now })));
    while (list.childElementCount > KEPT) list.lastElementChild.remove();
  }

  const attended = () => following.attended(now());
  for (const kind of ["pointerdown", "pointermove", "keydown", "wheel", "touchstart"]) document.addEventListener(kind, attended, { passive: true });
  document.addEventListener("visibilitychange", () => {
    following.hidden(document.hidden);
    if (!document.hidden) attended();
    show();
  });
  document.addEventListener("scroll", () => {
    following.scrolled(element.getBoundingClientRect().top < -40);
    show();
  }, { passive: true });
  button.addEventListener("click", () => {
    if (!following.on) return start();
    leave();
    return onStop();
  });
  return { leave };
}
