// The list of what was found: options under the headings of their kinds, one of them active. Names are written as text.

import { highlighted } from "../lib/recents.js";
import { nt, t } from "../lib/words.js";
import { whole } from "../lib/format.js";

const el = (name, attributes = {}, ...children) => {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
};

const headings = () => ({
  recent: t("Lately"), action: t("Do"), stream: t("Streams"), group: t("Groups"), server: t("Servers"), page: t("Pages"), look: t("Look"),
});

/** `pick(hit, event)` is called with what was chosen; `active(id)` with the id of the active option, or "". */
export function createFindList({ list, pick, active }) {
  let hits = [];
  let at = -1;

  const option = (index) => document.getElementById(`found-${index}`);

  function point(index) {
    option(at)?.setAttribute("aria-selected", "false");
    at = index;
    const element = option(at);
    element?.setAttribute("aria-selected", "true");
    element?.scrollIntoView({ block: "nearest" });
    active(element?.id ?? "");
  }

  function row(hit, index, query) {
    const parts = highlighted(hit.name, query).map(({ text, hit: marked }) => (marked ? el("mark", {}, text) : text));
    const element = el("div", { class: "find__hit", role: "option", id: `found-${index}`, "aria-selected": "false", title: hit.name },
      el("span", { class: "truncate" }, ...parts), el("span", { class: "quiet truncate" }, hit.detail));
    element.addEventListener("click", (event) => pick(hit, event));
    element.addEventListener("pointermove", () => at !== index && point(index));
    return element;
  }

  function section(kind, rows, left) {
    const title = el("div", { class: "find__kind", id: `found-kind-${kind}`, role: "presentation" }, headings()[kind] ?? kind);
    const more = left ? [el("div", { class: "find__said", role: "presentation" }, nt("{n} more: type on", "{n} more: type on", left, { n: whole(left) }))] : [];
    return el("div", { role: "group", "aria-labelledby": title.id }, title, ...rows, ...more);
  }

  return {
    /** Shows hits, in the order of their kinds; `more` says how many of a kind are left out. */
    show(found, { query = "", more = {} } = {}) {
      hits = found;
      at = -1;
      const kinds = [...new Set(found.map(({ section: name, kind }) => name ?? kind))];
      const rows = found.map((hit, index) => ({ kind: hit.section ?? hit.kind, element: row(hit, index, query) }));
      list.replaceChildren(...kinds.map((kind) => section(kind, rows.filter((each) => each.kind === kind).map(({ element }) => element), more[kind])));
      point(found.length ? 0 : -1);
    },

    move(by) {
      if (hits.length) point((at + by + hits.length) % hits.length);
    },

    pickActive: (event) => hits[at] && pick(hits[at], event),
  };
}
