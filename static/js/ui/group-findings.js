// What is wrong with a group: a list that is kept up to date, each finding with its remedy.

import { setText } from "./cells.js";
import { button, el } from "./stream-dom.js";
import { t } from "../lib/words.js";

/**
 * The list. `remedies` are the addresses of what may be done, by page: {pending, trim, group, edit, marks}, null where it may not; `measure()`
 * starts a measurement. `show(findings)` takes those of lib/group-findings.js.
 */
export function createFindings({ remedies, measure }) {
  const list = el("ul", { class: "findings", role: "list" });
  const calm = el("p", { class: "quiet findings__none" });
  let shown = "";

  function remedyOf({ words, page, query, otherwise }) {
    if (page === "measure") return button(words, measure, { class: "button button--quiet" });
    if (!remedies[page]) return otherwise ? remedyOf(otherwise) : null;
    const search = new URLSearchParams(query).toString();
    return el("a", { class: "button", href: remedies[page] + (search ? `?${search}` : "") }, words);
  }

  function item({ level, text, remedy }) {
    const act = remedy && remedyOf(remedy);
    return el("li", { class: "findings__item", "data-level": level },
      el("span", { class: "state state--icon", "data-state": level, role: "img", "aria-label": level }), el("span", { class: "grow wrap" }, text), ...(act ? [act] : []));
  }

  return {
    element: el("div", {}, calm, list),
    show(findings) {
      setText(calm, findings.length ? "" : t("Nothing is found to be wrong."));
      calm.hidden = findings.length > 0;
      // Only what changed is made anew in its place, so that a link keeps the focus while another's seconds go on.
      const identity = findings.map(({ level, remedy }) => `${level} ${remedy?.words} ${JSON.stringify(remedy?.query)}`).join("\n");
      if (identity !== shown) list.replaceChildren(...findings.map(item));
      else findings.forEach(({ text }, at) => setText(list.children[at].querySelector(".grow"), text));
      shown = identity;
    },
  };
}
