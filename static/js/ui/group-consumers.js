// A group's consumers, those with the most pending first: a row each that stays where it is while its figures change.

import { duration, quantity, whole } from "../lib/format.js";
import { nt, t } from "../lib/words.js";
import { setFlag, setText } from "./cells.js";
import { el } from "./stream-dom.js";

const WORDS = { alive: () => t("alive"), dead: () => t("dead"), silent: () => t("silent"), unsure: () => t("silent") };

/** The table; `show(consumers, capped)` takes judged ones (lib/consumer-facts.js). */
export function createConsumers({ label }) {
  const titles = [t("Consumer"), t("State"), t("Pending"), t("Idle"), t("Last entry")];
  const body = el("tbody");
  const head = el("tr", {}, ...titles.map((title, at) => el("th", { scope: "col", class: at > 1 ? "num" : null }, title)));
  const table = el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": label },
    el("table", { class: "table table--dense table--cards consumers" }, el("thead", {}, head), body));
  const none = el("p", { class: "empty" }, "–"); // until they are read
  const more = el("p", { class: "quiet" });
  table.hidden = true;
  const rows = new Map();

  function row(name) {
    const state = el("span", { class: "consumers__state" });
    const why = el("span", { class: "quiet wrap" });
    const cells = titles.slice(2).map((title) => el("td", { class: "num", "data-label": title }));
    const element = el("tr", {}, el("th", { scope: "row" }, el("span", { class: "wrap" }, name)),
      el("td", { "data-label": titles[1] }, state, " ", why), ...cells);
    return { element, state, why, cells };
  }

  function fill({ state, why, cells }, consumer) {
    setText(state, WORDS[consumer.state]());
    setFlag(state, "level", { alive: "ok", dead: "warning" }[consumer.state] ?? null);
    setText(why, consumer.why);
    const { text, title } = quantity(consumer.pending);
    setText(cells[0], text, title);
    setText(cells[1], duration(consumer.idle_s), t("Since it last asked for entries."));
    setText(cells[2], lastEntry(consumer), consumer.inactive_s === null ? t("This server does not tell, or it never got one.") : t("Since it last got an entry."));
  }

  return {
    element: el("div", { class: "panel" }, none, table, more),
    show(consumers, capped) {
      none.hidden = consumers.length > 0;
      setText(none, none.hidden ? "" : t("No consumer has read through this group yet."));
      table.hidden = !consumers.length;
      for (const name of [...rows.keys()]) if (!consumers.some(({ slug }) => slug === name)) rows.delete(name);
      for (const consumer of consumers) {
        if (!rows.has(consumer.slug)) rows.set(consumer.slug, row(consumer.name));
        fill(rows.get(consumer.slug), consumer);
      }
      const wanted = consumers.map(({ slug }) => rows.get(slug).element);
      if (wanted.length !== body.children.length || wanted.some((element, at) => body.children[at] !== element)) body.replaceChildren(...wanted);
      setText(more, capped ? nt("Only the first is shown.", "Only the first {n} are shown.", consumers.length, { n: whole(consumers.length) }) : "");
    },
  };
}

function lastEntry({ inactive_s }) {
  return inactive_s === null ? "–" : duration(inactive_s);
}
