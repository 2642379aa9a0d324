// One row of the overview: a node that shows now this stream, now that one. It writes only what changed.

import { ago, whole } from "../lib/format.js";
import { nameOf, rowAbout, rowWords, skewWords } from "../lib/row-words.js";
import { t } from "../lib/words.js";
import { setFlag } from "./cells.js";
import { setWhy } from "./explain.js";
import { drawSparkline } from "./sparkline.js";
import { setState } from "./state.js";
import { el } from "./stream-dom.js";

const SPARK = { width: "72", height: "20" };

/** A new node for these columns. `act(id)` is the address where one acts on a stream, or null. */
export function createNode(columns, { act }) {
  const cells = {};
  const figure = (name, attributes = {}) => (cells[name] = el("span", { class: "figure", "data-cell": name, ...attributes }));
  const makers = { state: stateCell, name: nameCell, added: addedCell, lag: lagCell };
  const element = el("div", { role: "row", class: "row", tabindex: "-1" });
  for (const column of columns) {
    const role = column.name === "name" ? "rowheader" : "gridcell";
    const cell = el("div", { role, class: `cell cell--${column.name}${column.figure ? " num" : ""}`, "data-label": column.word() });
    cell.append(...(makers[column.name] ?? (() => [figure(column.name)]))());
    element.append(cell);
  }
  if (act) element.append(el("div", { role: "gridcell", class: "cell cell--act" }, (cells.act = el("a", { tabindex: "-1" }, `${t("act")} ▸`))));

  function stateCell() {
    return [(cells.state = el("span", { class: "state", "data-cell": "state", "data-state": "" }))];
  }

  function nameCell() {
    cells.fold = el("button", { class: "fold", type: "button", tabindex: "-1", hidden: "" });
    cells.alert = el("a", { class: "state state--icon", "data-cell": "alert", "data-state": "", hidden: "", tabindex: "-1" });
    cells.link = el("a", { class: "row__link truncate", tabindex: "-1" });
    cells.members = el("span", { class: "badge", hidden: "" });
    cells.known = el("span", { class: "badge", hidden: "" });
    cells.title = el("span", { class: "row__title truncate", "data-cell": "title", hidden: "" });
    cells.reason = el("span", { class: "row__reason truncate", "data-cell": "reason" });
    cells.server = el("span", { class: "row__server truncate", hidden: "" });
    return [cells.fold, cells.alert, cells.link, cells.members, cells.known, cells.title, cells.reason, cells.server];
  }

  function addedCell() {
    cells.spark = el("canvas", { "data-cell": "spark", "aria-hidden": "true", ...SPARK });
    return [cells.spark, figure("added")];
  }

  function lagCell() {
    cells.group = el("span", { class: "row__group truncate", "data-cell": "group" });
    return [cells.group, figure("lag")];
  }

  return { element, cells, act, key: null, place: -1, row: null, age: null, drawnAt: null, said: {} };
}

/** Puts a node at its place; only a transform changes, so nothing else is laid out anew. */
export function moveNode(node, place, rowHeight) {
  if (node.place !== place) node.element.setAttribute("aria-rowindex", String(place + 2)); // the headings are row 1
  node.place = place;
  node.element.style.transform = `translateY(${place * rowHeight}px)`;
}

/** Shows a place whose row is not known yet. */
export function blankNode(node) {
  if (node.row === null && node.element.dataset.blank) return;
  node.row = node.drawnAt = null;
  node.element.dataset.blank = "1";
  node.cells.link.textContent = ""; // nobody finds what is not there
  for (const name of ["stream", "server", "kind", "stale", "state"]) delete node.element.dataset[name];
  node.element.removeAttribute("aria-expanded");
  node.element.setAttribute("aria-label", t("not loaded yet"));
}

/** Shows a row. `age`: of its numbers in seconds, where that is too much. `serverName`: "" where there is one server alone. */
export function drawNode(node, row, { age, serverName, isOpen }) {
  const { element, cells } = node;
  delete element.dataset.blank;
  if (node.row === null || node.row.id !== row.id || node.row.kind !== row.kind || node.row.family !== row.family) identify(node, row, serverName);
  showFamily(node, row, isOpen);
  setState(cells.state, row.state);
  setFlag(element, "stale", age !== null);
  showReason(cells, row, age);
  showAlert(cells.alert, row);
  if (cells.group) say(cells.group, row.group || (row.length === null || row.kind === "family" ? "" : t("no group")), row.group);
  const words = rowWords(row);
  for (const name of Object.keys(words)) if (cells[name]) show(node, name, words[name]);
  node.row = row;
  node.age = age;
}

function identify(node, row, serverName) {
  const { element, cells, act } = node;
  const name = nameOf(row);
  element.dataset.kind = row.kind;
  element.dataset.server = row.server;
  setFlag(element, "stream", row.id);
  element.setAttribute("aria-level", row.kind === "member" ? "2" : "1");
  element.setAttribute("aria-label", name);
  say(cells.link, name, rowAbout(row, serverName));
  if (row.url) cells.link.href = row.url;
  else cells.link.removeAttribute("href");
  if (row.url && row.id !== null) cells.alert.href = `/alerts/?stream=${row.id}`;
  else cells.alert.removeAttribute("href");
  tell(cells.title, row.title ?? "");
  tell(cells.server, serverName);
  tell(cells.known, { new: t("new"), unwatched: t("unwatched") }[row.known] ?? "");
  tell(cells.members, row.kind === "family" ? whole(row.members) : "");
  if (!act) return;
  cells.act.hidden = row.id === null;
  if (row.id === null) return;
  cells.act.href = act(row.id);
  cells.act.setAttribute("aria-label", t("Act on {name}", { name }));
}

function showFamily({ element, cells }, row, isOpen) {
  const isFamily = row.kind === "family";
  if (cells.fold.hidden === isFamily) cells.fold.hidden = !isFamily;
  if (!isFamily) return element.removeAttribute("aria-expanded");
  element.setAttribute("aria-expanded", String(isOpen));
  const label = isOpen ? t("Fold {name}", { name: row.family }) : t("Open {name}", { name: row.family });
  if (cells.fold.ariaLabel !== label) cells.fold.ariaLabel = label;
}

function showReason(cells, row, age) {
  const skew = row.kind === "family" ? skewWords(row) : null;
  const reason = [row.reason, skew?.text].filter(Boolean).join(" · ");
  say(cells.reason, age === null ? reason : ago(age), [row.reason, skew?.why].filter(Boolean).join("\n"));
}

function showAlert(cell, row) {
  const isHidden = !row.alert;
  if (cell.hidden !== isHidden) cell.hidden = isHidden;
  if (isHidden) return;
  setState(cell, row.alert, t("{severity} alert", { severity: row.alert }));
  setWhy(cell, [row.alerts].flat().join("\n"));
}

function show({ cells, said }, name, { text, why, quality }) {
  const cell = cells[name];
  if (said[name] !== text) cell.textContent = said[name] = text;
  explain(cell, why);
  if ((cell.dataset.quality ?? "") !== quality) setFlag(cell, "quality", quality);
}

/** What has a reason can be focused and pressed, so that the reason is there without a pointer, too. */
function explain(cell, why) {
  if ((cell.dataset.why ?? "") === why) return;
  if (why && !cell.dataset.why) {
    cell.role = "button";
    cell.tabIndex = cell.closest(".row").tabIndex;
  } else if (!why) {
    cell.removeAttribute("role");
    cell.removeAttribute("tabindex");
  }
  setWhy(cell, why);
}

function say(cell, text, why) {
  if (cell.textContent !== text) cell.textContent = text;
  setWhy(cell, why);
}

function tell(cell, text) {
  cell.hidden = text === "";
  if (cell.textContent !== text) cell.textContent = text;
}

/** Makes the row the one that Tab leads to, and what is in it. */
export function setCurrent(node, isCurrent) {
  const index = isCurrent ? 0 : -1;
  if (node.element.tabIndex === index) return;
  for (const element of [node.element, ...node.element.querySelectorAll("[tabindex]")]) element.tabIndex = index;
}

/** Draws the row's minute, where it has changed. */
export function drawSpark(node, minute, interval) {
  const last = minute?.points.at(-1)?.at ?? 0;
  const token = node.age === null ? "text-quiet" : "line";
  const identity = `${node.key} ${last} ${minute?.points.length ?? 0} ${token}`;
  if (!node.cells.spark || node.drawnAt === identity) return;
  node.drawnAt = identity;
  drawSparkline(node.cells.spark, minute?.points ?? [], interval, token);
}
