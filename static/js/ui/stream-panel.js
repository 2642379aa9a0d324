// A part of the page that is fetched: a skeleton while it loads, then its content, its emptiness or its problem.

import { ago, time } from "../lib/format.js";
import { t } from "../lib/words.js";
import { button, el } from "./stream-dom.js";
import { fetchJson } from "./stream-fetch.js";

/**
 * A panel in `element`. `render(body, panel)` returns elements; `now()` tells the time for "since when".
 * load(url) fetches and shows; of several loads only the last one is shown.
 */
export function createPanel({ element, render, now }) {
  let turn = 0;
  let shown = "";

  async function load(url) {
    const its = ++turn;
    shown = url;
    // The old content stays until the new is there; only an empty panel says that something is on its way.
    if (!element.childElementCount) element.replaceChildren(...skeletons());
    element.setAttribute("aria-busy", "true");
    const { body, problem } = await fetchJson(url);
    if (its !== turn) return;
    element.removeAttribute("aria-busy");
    element.replaceChildren(...(problem ? [problemNote(problem, { now, retry: () => load(url) })] : render(body, panel)));
  }

  const panel = { load, reload: () => load(shown) };
  return panel;
}

// Rows of the size of those that come, so that the page keeps its place.
const skeletons = () => Array.from({ length: 3 }, () => el("span", { class: "skeleton skeleton--row", "aria-hidden": "true" }));

/** What failed, since when, and what to do. */
export function problemNote({ title, detail = "", since = null, remedy = "" }, { now, retry }) {
  const at = now();
  const when = since === null ? "" : t("Since {time} ({ago}).", { time: time(since, { now: at }), ago: ago(at - since) });
  const words = [detail, when, remedy].filter(Boolean).map((text) => el("p", { class: "wrap" }, text));
  return el("div", { class: "note panel__problem", "data-level": "warning", role: "alert" },
    el("strong", {}, title), ...words, el("p", {}, button(t("Try again"), retry)));
}

/** Nothing there: a sentence, and what it means. */
export function emptyNote(text, more = "") {
  return el("div", { class: "empty" }, el("p", {}, text), ...(more ? [el("p", {}, more)] : []));
}

/** Buttons of a list whose pages begin after an entry. */
export function pages({ first, next, panel, url, parameter = "after", words = t("Next 50") }) {
  const buttons = [];
  if (!first) buttons.push(button(t("First page"), () => panel.load(url)));
  if (next) buttons.push(button(words, () => panel.load(`${url}?${parameter}=${encodeURIComponent(next)}`)));
  return el("div", { class: "pages" }, ...buttons);
}
