// What a group's row opens to: its consumers, and its pending entries, oldest first, page by page.

import { DASH, duration, entryTime, quantity, time, whole } from "../lib/format.js";
import { button, el, table } from "./stream-dom.js";
import { createMeasure } from "./stream-measure.js";
import { createPanel, emptyNote } from "./stream-panel.js";

/** Fills `element` anew; `urls` are {consumers, pending, measure} of the group. */
export function openDetails({ group, element, urls, now }) {
  const [consumers, pending] = [el("div", { class: "panel" }), el("div", { class: "panel" })];
  const consumersPanel = createPanel({ element: consumers, now, render: (body) => renderConsumers(body, group) });
  const pendingPanel = createPanel({ element: pending, now, render: (body, panel) => renderPending(body, { panel, url: urls.pending, group, now }) });
  const refresh = button("Refresh", () => {
    consumersPanel.load(urls.consumers);
    pendingPanel.load(urls.pending);
  }, { class: "button button--quiet" });
  element.replaceChildren(
    createMeasure({ url: urls.measure }),
    el("div", { class: "details" },
      section("Consumers", consumers),
      section("Pending entries", pending, refresh)),
  );
  consumersPanel.load(urls.consumers);
  pendingPanel.load(urls.pending);
}

function section(title, content, ...end) {
  return el("section", { class: "details__part" }, el("div", { class: "bar" }, el("h3", { class: "grow" }, title), ...end), content);
}

function renderConsumers({ consumers, capped }, group) {
  if (!consumers.length) return [emptyNote("No consumer has read through this group yet.")];
  const shown = table({
    label: `Consumers of ${group.name}`,
    columns: [{ title: "Consumer" }, { title: "Pending", num: true }, { title: "Idle", num: true }],
    rows: consumers.map(({ name, pending, idle_s }) => [
      el("span", { class: "wrap" }, name), quantity(pending).text, duration(idle_s),
    ]),
  });
  return capped ? [shown, el("p", { class: "quiet" }, `Only the first ${whole(consumers.length)} are shown.`)] : [shown];
}

function renderPending({ entries, next, first }, { panel, url, group, now }) {
  if (!entries.length) {
    return first
      ? [emptyNote("Nothing is pending: every delivered entry was acknowledged.")]
      : [emptyNote("No further entries."), pages({ first, next, panel, url })];
  }
  const shown = table({
    label: `Pending entries of ${group.name}`,
    columns: [{ title: "Entry" }, { title: "Consumer" }, { title: "Deliveries", num: true }, { title: "Idle", num: true }],
    rows: entries.map(({ id, consumer, deliveries, idle_s }) => [
      entryId(id, now()), el("span", { class: "wrap" }, consumer), whole(deliveries), duration(idle_s),
    ]),
  });
  return [shown, pages({ first, next, panel, url })];
}

/** Buttons of a list whose pages begin after an entry. */
export function pages({ first, next, panel, url, parameter = "after", words = "Next 50" }) {
  const buttons = [];
  if (!first) buttons.push(button("First page", () => panel.load(url)));
  if (next) buttons.push(button(words, () => panel.load(`${url}?${parameter}=${encodeURIComponent(next)}`)));
  return el("div", { class: "pages" }, ...buttons);
}

/** An entry id with its time beside it, where it is a clock. */
export function entryId(id, now) {
  const at = entryTime(id);
  const beside = at === null ? DASH : time(at, { now });
  return el("span", { class: "entry-id" }, el("span", { class: "mono" }, id), el("span", { class: "quiet num" }, beside));
}
