// The rows of the overview: only those on the screen exist, as nodes that are used again. It lays nothing out anew.

import { blank, assign, holds, onScreen, scrollFor, spread } from "../lib/row-window.js";
import { keyOf } from "../lib/listing.js";
import { blankNode, createNode, drawNode, drawSpark, moveNode, setCurrent } from "./grid-row.js";

const DRAWN = 6; // rows beyond the screen that are drawn
const ASKED = 24; // rows beyond the screen that are asked for
const NEAR = 8; // from so near the end of what was asked for on, more is

/**
 * `grid` holds the headings, and `body` the rows. `onWish({first, rows})` hears which rows are wanted; `facts(row)` tells
 * {age, serverName, isOpen} of a row and `minute(key)` its sparkline's points.
 */
export function createGrid({ grid, head, body, listing, facts, minute, act, onWish }) {
  let columns = [];
  let nodes = [];
  let asked = null;
  let current = { key: null, place: -1 };
  let box = { top: 0, rowHeight: 1, edge: 0 };
  let queued = false;

  const probe = body.ownerDocument.createElement("div");
  probe.className = "row-probe";
  grid.append(probe);

  function measure() {
    const edge = head.offsetHeight + parseFloat(getComputedStyle(head).insetBlockStart || 0);
    box = { top: body.getBoundingClientRect().top + scrollY, rowHeight: probe.offsetHeight || 1, edge };
    later();
  }

  const edges = () => ({ viewTop: scrollY + box.edge, viewBottom: scrollY + innerHeight });

  function later() {
    if (queued) return;
    queued = true;
    requestAnimationFrame(() => {
      queued = false;
      draw();
    });
  }

  function draw() {
    const { total } = listing.facts();
    const screen = onScreen({ ...box, ...edges(), total });
    const { first, last } = spread(screen, DRAWN, total);
    wish(screen, total);
    size(total);
    const places = Array.from({ length: Math.max(0, last - first + 1) }, (_, at) => first + at);
    const rows = places.map(listing.row);
    const wanted = rows.map((row, at) => (row ? keyOf(row) : blank(places[at])));
    const focused = nodes.find(({ element }) => element.contains(document.activeElement));
    const taken = assign(nodes.map(({ key }) => key), wanted, first, focused && kept(focused));
    const used = new Set(taken.map((node, at) => fill(node, wanted[at], places[at], rows[at], screen)));
    for (const node of nodes) if (!used.has(node)) rest(node, focused);
    if (focused && !focused.element.contains(document.activeElement)) focus(Math.min(current.place, total - 1));
  }

  const kept = (node) => (node.key.startsWith("#") || listing.place(node.key) !== null ? node.key : null);

  function fill(at, key, place, row, { first, last }) {
    const node = nodes[at] ?? addNode();
    const isNew = node.key !== key;
    node.key = key;
    node.element.hidden = false;
    moveNode(node, place, box.rowHeight);
    if (row) {
      const its = facts(row);
      if (isNew || node.row !== row || node.age !== its.age || its.changed) drawNode(node, row, its);
      if (place >= first && place <= last) drawSpark(node, minute(key), its.every);
    } else blankNode(node);
    if (isNew && current.key === key) current.place = place;
    setCurrent(node, current.key === key || (current.key === null && place === 0));
    if (current.key === key) current.place = place;
    return node;
  }

  function addNode() {
    const node = createNode(columns, { act });
    nodes.push(node);
    body.append(node.element);
    return node;
  }

  // The row with the focus stays where it is, far off the screen: the focus would be lost with it.
  function rest(node, focused) {
    if (node === focused && kept(node) !== null) {
      moveNode(node, listing.place(node.key) ?? node.place, box.rowHeight);
      return;
    }
    node.key = null;
    if (node.element.hidden) return;
    node.element.hidden = true;
    blankNode(node);
  }

  function size(total) {
    const height = `${total * box.rowHeight}px`;
    if (body.style.height !== height) body.style.height = height;
    if (grid.getAttribute("aria-rowcount") !== String(total + 1)) grid.setAttribute("aria-rowcount", String(total + 1));
  }

  function wish(screen, total) {
    if (asked?.total === total && holds(asked, spread(screen, NEAR, total))) return;
    const { first, last } = spread(screen, ASKED, total);
    asked = { first, rows: Math.max(1, last - first + 1), total };
    onWish({ first: asked.first, rows: asked.rows });
  }

  /** Makes a place the current one and gives it the focus, scrolling as far as needed. */
  function focus(place) {
    if (place < 0) return;
    const rowTop = box.top + place * box.rowHeight;
    const by = scrollFor({ rowTop, rowHeight: box.rowHeight, ...edges() });
    if (by) scrollTo({ top: scrollY + by, behavior: "instant" });
    const row = listing.row(place);
    current = { key: row ? keyOf(row) : blank(place), place };
    draw();
    nodes.find((node) => node.key === current.key)?.element.focus({ preventScroll: true });
  }

  body.addEventListener("focusin", (event) => {
    const node = nodeOf(event.target);
    if (!node || node.key === current.key) return;
    const before = nodes.find(({ key }) => key === current.key);
    current = { key: node.key, place: node.place };
    if (before) setCurrent(before, false);
    setCurrent(node, true);
  });
  addEventListener("scroll", later, { passive: true });
  addEventListener("resize", measure);
  new ResizeObserver(measure).observe(probe);
  new ResizeObserver(measure).observe(document.body);
  document.addEventListener("themechange", () => {
    for (const node of nodes) node.drawnAt = null;
    later();
  });

  function nodeOf(element) {
    const row = element.closest?.(".row");
    return row ? nodes.find((node) => node.element === row) : null;
  }

  return {
    draw: later,
    focus,
    nodeOf,
    place: () => current.place,
    page: () => Math.max(1, Math.floor((innerHeight - box.edge) / box.rowHeight) - 1),

    /** Shows other columns: every node is made anew. */
    show(next) {
      columns = next;
      const place = nodes.some(({ element }) => element.contains(document.activeElement)) ? current.place : -1;
      for (const { element } of nodes) element.remove();
      nodes = [];
      body.replaceChildren();
      measure();
      draw();
      if (place >= 0) focus(place);
    },

    /** Another view is shown from its first row on: what was asked for is void. */
    restart() {
      asked = null;
      current = { key: null, place: -1 };
      if (scrollY > box.top - box.edge) scrollTo({ top: Math.max(0, box.top - box.edge), behavior: "instant" });
      later();
    },

    /** Puts a row that was drawn before its data came into its own name. */
    known() {
      if (!current.key?.startsWith("#")) return;
      const row = listing.row(current.place);
      if (row) current = { key: keyOf(row), place: current.place };
    },
  };
}
