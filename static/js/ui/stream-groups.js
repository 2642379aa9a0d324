// The groups of a stream, one row each, worst first; a row opens to its consumers and pending entries.

import { gravity } from "../lib/gravity.js";
import { groupFacts, stateReason } from "../lib/group-facts.js";
import { DASH, duration, lag, quantity, rate, THIN } from "../lib/format.js";
import { setFlag, setText } from "./cells.js";
import { setState } from "./state.js";
import { el } from "./stream-dom.js";
import { t } from "../lib/words.js";

const COLUMNS = [["lag", t("Lag")], ["timeLag", t("Time lag")], ["pending", t("Pending")], ["delivered", t("Delivered")], ["acknowledged", t("Acknowledged")], ["consumers", t("Consumers")]];

/**
 * Rows in `body`; `openDetails(group, element)` fills what a row opens to, and returns {show(group)} for its newest figures.
 * `show(groups, at)` takes the present groups, `at` the watched server's clock.
 */
export function createGroups({ body, empty, count, openDetails }) {
  const rows = new Map();

  function sync(groups, at) {
    const present = new Set(groups.map(({ slug }) => slug));
    for (const [slug, row] of rows) {
      if (present.has(slug)) continue;
      // What somebody has opened stays, and says that its group is gone.
      if (row.open) row.gone();
      else rows.delete(slug);
    }
    for (const group of groups) {
      if (!rows.has(group.slug)) rows.set(group.slug, createRow(group, openDetails));
      rows.get(group.slug).show(group, at);
    }
  }

  function arrange() {
    const wanted = [...rows.values()].sort((one, other) => one.rank - other.rank || one.name.localeCompare(other.name))
      .flatMap((row) => row.elements);
    const inPlace = body.children.length === wanted.length && wanted.every((element, at) => body.children[at] === element);
    // Moving rows would take the focus from whoever stands in one.
    if (!inPlace && !body.contains(document.activeElement)) body.replaceChildren(...wanted);
    else if (!inPlace) body.append(...wanted.filter((element) => !element.isConnected));
  }

  return {
    show(groups, at) {
      sync(groups, at);
      arrange();
      empty.hidden = rows.size > 0;
      setText(empty, t("No consumer group reads this stream. XGROUP CREATE makes one."));
      setText(count, groups.length > 1 ? `${groups.length}` : "");
    },
  };
}

function createRow(group, openDetails) {
  const id = `group-${group.slug}`;
  const state = el("span", { class: "state" });
  const reason = el("span", { class: "groups__reason quiet wrap" });
  const toggle = el("button", { type: "button", class: "groups__toggle", "aria-expanded": "false", "aria-controls": id },
    el("span", { class: "wrap" }, group.name));
  const cells = Object.fromEntries(COLUMNS.map(([name, title]) => [name, el("td", { class: "num", "data-label": title })]));
  const main = el("tr", {}, el("th", { scope: "row" }, toggle),
    el("td", { "data-label": t("State") }, el("span", { class: "groups__state" }, state, reason)), ...Object.values(cells));
  const facts = createFacts();
  const beside = el("tr", { class: "groups__beside" }, el("td", { colspan: COLUMNS.length + 2 }, facts.element));
  const details = el("td", { colspan: COLUMNS.length + 2, class: "groups__details" });
  const more = el("tr", { id, class: "groups__more", hidden: true }, details);
  let present = group;
  let opened = null;

  toggle.addEventListener("click", () => {
    more.hidden = !more.hidden;
    toggle.setAttribute("aria-expanded", String(!more.hidden));
    opened = more.hidden ? null : openDetails(present, details);
  });

  const row = {
    elements: [main, beside, more],
    name: group.name,
    rank: gravity(group.state),
    get open() {
      return !more.hidden;
    },
    show(newest, at) {
      present = newest;
      row.rank = gravity(present.state);
      setState(state, present.state);
      setText(reason, stateReason(present, at));
      fill(cells, present);
      facts.show(groupFacts(present));
      opened?.show(present);
    },
    gone() {
      setState(state, "vanished");
      setText(reason, t("The group is gone."));
      for (const cell of Object.values(cells)) setText(cell, DASH);
      facts.show([]);
    },
  };
  // A search that found this group leads here: it is opened once it is in the page.
  if (location.hash === `#${id}`) {
    queueMicrotask(() => {
      toggle.click();
      toggle.focus();
    });
  }
  return row;
}

function fill(cells, facts) {
  const known = lag({ value: facts.lag, quality: facts.lag_quality, reason: facts.lag_reason });
  setReasoned(cells.lag, known);
  setReasoned(cells.timeLag, timeLag(facts));
  for (const [name, value] of [["pending", facts.pending], ["consumers", facts.consumers]]) {
    const { text, title: whole } = quantity(value);
    setText(cells[name], text, whole);
  }
  setText(cells.delivered, rate(facts.delivered_per_s), facts.delivered_per_s === null ? t("Not known: it needs two exact lags in a row.") : "");
  setText(cells.acknowledged, rate(facts.acked_per_s), facts.acked_per_s === null ? t("Not known: it needs two exact lags in a row.") : "");
}

/** The oldest waiting entry's age; ≈ where its id does not tell when it was added. */
function timeLag({ time_lag_s, time_lag_estimated }) {
  if (time_lag_s === null) return { text: duration(null), title: t("Not known: its lag is not, or ids are no clock."), quality: "unknown" };
  if (!time_lag_estimated) return { text: duration(time_lag_s), title: "", quality: "exact" };
  return { text: `≈${THIN}${duration(time_lag_s)}`, title: t("Estimated from when the stream's counter passed the group's, or from the last delivered entry."), quality: "estimated" };
}

/** Labelled words in a line that wraps; those that need a reason can be hovered over and focused. */
function createFacts() {
  const element = el("dl", { class: "facts-line" });
  const shown = new Map();

  function item(label) {
    const reason = el("span", { class: "visually-hidden" });
    const text = el("span", { class: "num" });
    const value = el("dd", {}, text, reason);
    element.append(el("div", {}, el("dt", {}, label), value));
    return { value, text, reason };
  }

  return {
    element,
    show(facts) {
      if (!facts.length) for (const { text } of shown.values()) setText(text, DASH);
      for (const { label, text, title, level } of facts) {
        if (!shown.has(label)) shown.set(label, item(label));
        const { value, text: words, reason } = shown.get(label);
        setText(words, text);
        setText(reason, title && text !== DASH ? `: ${title}` : "");
        if (value.title !== title) value.title = title;
        setFlag(value, "level", level);
        if (title && text !== DASH) value.tabIndex = 0;
        else value.removeAttribute("tabindex");
      }
    },
  };
}

/** A lag with its reason to hover over, and for whoever cannot hover, to focus. */
function setReasoned(cell, { text, title, quality }) {
  setText(cell, text, title);
  const why = quality === "exact" || !title ? null : `${text}: ${title}`;
  if (why) {
    cell.tabIndex = 0;
    cell.setAttribute("aria-label", why);
  } else {
    cell.removeAttribute("tabindex");
    cell.removeAttribute("aria-label");
  }
}
