// Keys of the table: j, k, arrows, Page, Home and End lead over all rows, loaded or not; Enter follows a row, → and ← open
// and fold a family.

import { rowAfter } from "../lib/row-window.js";
import { listKeys } from "./keys.js";

/** `onFold(row, isOpen)` hears of families. */
export function gridKeys({ grid, body, filter, listing, onFold }) {
  function follow(node) {
    if (node.row?.kind === "family") onFold(node.row, node.element.ariaExpanded !== "true");
    else node.element.querySelector("a.row__link[href]")?.click();
  }

  function unfold(node, key) {
    const { row } = node;
    if (row?.kind === "family") onFold(row, key === "ArrowRight");
    else if (row?.kind === "member" && key === "ArrowLeft") grid.focus(familyPlace(row, node.place));
  }

  function familyPlace({ family, server }, from) {
    for (let place = from; place >= 0; place -= 1) {
      const row = listing.row(place);
      if (row?.kind === "family" && row.family === family && row.server === server) return place;
    }
    return from;
  }

  function inRow(event, node) {
    const own = event.target === node.element;
    if (event.key === "Enter" && own) follow(node);
    else if (event.key === "ArrowRight" || event.key === "ArrowLeft") unfold(node, event.key);
    else if ((event.key === "Enter" || event.key === " ") && event.target.role === "button") event.target.click();
    else return false;
    return true;
  }

  function lead(key, node) {
    const place = rowAfter(key, { at: node ? node.place : -1, total: listing.facts().total, page: grid.page() });
    if (place !== null) grid.focus(place);
    return place !== null;
  }

  const nodeWithFocus = () => (body.contains(document.activeElement) ? grid.nodeOf(document.activeElement) : null);

  listKeys({ filter, move: (by) => lead(by > 0 ? "j" : "k", nodeWithFocus()) }); // single keys, which can be switched off
  body.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const node = grid.nodeOf(event.target);
    if (!node || event.key === "j" || event.key === "k") return;
    if (inRow(event, node) || lead(event.key, node)) event.preventDefault();
  });

  body.addEventListener("click", (event) => {
    const node = grid.nodeOf(event.target);
    if (node?.row?.kind === "family" && event.target.closest(".fold, .row__link")) onFold(node.row, node.element.ariaExpanded !== "true");
  });
}
