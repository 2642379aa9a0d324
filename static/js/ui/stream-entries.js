// Entries page by page, in the stream's page and in the page of entries; fields and values only where the server sent them.

import { time, whole, zoneName } from "../lib/format.js";
import { nt, t } from "../lib/words.js";
import { payloadList } from "./payload.js";
import { entryId } from "./entry-id.js";
import { button, el } from "./stream-dom.js";
import { createPanel, emptyNote } from "./stream-panel.js";

/**
 * Entries in `element`. `urls` are {data, entry}; `query()` tells what is asked for, as URLSearchParams; `onErrors(errors)` gets what is
 * wrong with it, by field, or {} where nothing is. load({after|before}) shows a page.
 */
export function createEntries({ element, urls, now, query = () => new URLSearchParams(), onErrors = () => {} }) {
  const panel = createPanel({ element, now, render: (body) => render(body, { urls, now, load, onErrors }) });

  function load(cursor = {}) {
    const asked = new URLSearchParams(query());
    for (const [name, id] of Object.entries(cursor)) asked.set(name, id);
    asked.set("zone", zoneName());
    return panel.load(`${urls.data}?${asked}`);
  }

  return { load };
}

function render(body, { urls, now, load, onErrors }) {
  onErrors(body.errors ?? {});
  if (body.errors) return [emptyNote(t("Nothing was looked for."), t("What is wrong stands at the field."))];
  const looked = lookedAt(body, now);
  const shown = body.entries.length ? [entryList(body.entries, { urls, now })] : [nothing(body)];
  return [...looked, ...shown, pages(body, load)];
}

/** A list of entries, each with its id, its time and what it holds. */
export function entryList(entries, { urls, now }) {
  return el("ol", { class: "entries", role: "list" }, ...entries.map((entry) => entryItem(entry, { urls, now })));
}

/** One entry of a list. */
export function entryItem({ id, payload }, { urls, now }) {
  const link = el("a", { href: urls.entry.replace("ID", id), class: "entries__id", title: t("Open this entry") }, entryId(id, now()));
  if (payload === null) return el("li", { class: "entries__item" }, link, el("span", { class: "quiet" }, t("hidden")));
  const whole_ = payload.cut ? [el("a", { href: urls.entry.replace("ID", id), class: "quiet entries__full" }, t("show in full"))] : [];
  return el("li", { class: "entries__item" }, link, el("div", { class: "entries__payload" }, payloadList(payload), ...whole_));
}

/** Of filtered entries: how many were looked at, and where that stopped. */
function lookedAt({ looked, stopped_at: stop, next, entries }, now) {
  if (looked === null) return [];
  const fit = nt("{n} entry fits", "{n} entries fit", entries.length, { n: whole(entries.length) });
  const of = nt("{n} entry was looked at", "{n} entries were looked at", looked, { n: whole(looked) });
  const end = next === null ? t("to the end") : stop === null ? "" : t("as far as {id}", { id: stop });
  return [el("p", { class: "entries__looked quiet", role: "status" }, [`${of} ${end}`.trim(), fit].join(": "), ".")];
}

function nothing({ begins, bounded, looked, next }) {
  if (looked !== null) return emptyNote(next ? t("None of these fits.") : t("No entry fits this filter."), next ? t("Go on to look at more.") : "");
  if (!begins) return emptyNote(t("No further entries."));
  if (bounded) return emptyNote(t("No entries between these two."), t("Choose another beginning or end, or leave both empty."));
  return emptyNote(t("This stream has no entries."), t("It fills when something adds to it with XADD."));
}

function pages({ next, previous, begins, order, looked, asked_at: at }, load) {
  const further = looked !== null ? t("Go on") : order === "oldest" ? t("Newer entries") : t("Older entries");
  const back = order === "oldest" ? t("Older entries") : t("Newer entries");
  const buttons = [button(begins ? t("Refresh") : t("First page"), () => load())];
  if (previous) buttons.push(button(back, () => load({ before: previous })));
  if (next) buttons.push(button(further, () => load({ after: next })));
  return el("div", { class: "pages" }, ...buttons, el("span", { class: "quiet num" }, t("read at {time}", { time: time(at) })));
}
