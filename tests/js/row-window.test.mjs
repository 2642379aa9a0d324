import assert from "node:assert/strict";
import { test } from "node:test";

import { assign, blank, holds, onScreen, rowAfter, scrollFor, spread } from "../../static/js/lib/row-window.js";

const list = { top: 100, rowHeight: 20, total: 1000 };
const windows = [
  ["the top of the page", { viewTop: 0, viewBottom: 300 }, { first: 0, last: 9 }],
  ["the middle", { viewTop: 2110, viewBottom: 2310 }, { first: 100, last: 110 }],
  ["edges between two rows", { viewTop: 2100, viewBottom: 2300 }, { first: 100, last: 109 }],
  ["the end", { viewTop: 20_000, viewBottom: 20_400 }, { first: 995, last: 999 }],
];
for (const [what, view, rows] of windows) {
  test(`at ${what} the rows on the screen are ${rows.first} to ${rows.last}`, () => assert.deepEqual(onScreen({ ...list, ...view }), rows));
}

test("a list above the screen, below it, or empty has no row on it", () => {
  for (const view of [{ ...list, viewTop: 90_000, viewBottom: 90_400 }, { ...list, top: 900, viewTop: 0, viewBottom: 400 }, { ...list, total: 0, viewTop: 0, viewBottom: 400 }]) {
    const { first, last } = onScreen(view);
    assert.ok(last < first);
  }
});

test("what is spared beyond the screen ends where the list does", () => {
  assert.deepEqual(spread({ first: 5, last: 20 }, 10, 25), { first: 0, last: 24 });
  assert.deepEqual(spread({ first: 500, last: 520 }, 10, 1000), { first: 490, last: 530 });
});

test("a window holds what lies within it, and anything holds nothing", () => {
  assert.equal(holds({ first: 10, rows: 20 }, { first: 10, last: 29 }), true);
  assert.equal(holds({ first: 10, rows: 20 }, { first: 9, last: 12 }), false);
  assert.equal(holds({ first: 10, rows: 20 }, { first: 12, last: 30 }), false);
  assert.equal(holds(null, { first: 0, last: 0 }), false);
  assert.equal(holds(null, { first: 0, last: -1 }), true);
});

test("a row that changes its place keeps its node", () => {
  assert.deepEqual(assign(["a", "b", "c"], ["c", "a", "b"], 0), [2, 0, 1]);
});

test("a node whose row left is given to one that came, and no node is given twice", () => {
  const nodes = assign(["a", "b", "c"], ["b", "x", "y", "z"], 7);
  assert.deepEqual(nodes, [1, 0, 2, -1]);
});

test("the row with the focus keeps its node while it is off the screen", () => {
  assert.deepEqual(assign(["a", "b"], ["x", "y"], 0, "a"), [1, -1]);
});

test("a row that is heard of takes the node that kept its place", () => {
  const keys = [blank(4), blank(5), "a"];
  assert.deepEqual(assign(keys, ["x", "y", "a"], 4), [0, 1, 2]);
  assert.deepEqual(assign(keys, ["x", "y", "a"], 4, blank(5)), [0, 1, 2]); // also where it has the focus
});

test("whatever changes, each wanted row has a node of its own", () => {
  let seed = 1;
  const random = (below) => (seed = (seed * 48_271) % 2_147_483_647) % below;
  let keys = [];
  for (let turn = 0; turn < 500; turn += 1) {
    const first = random(20);
    const wanted = [...new Set(Array.from({ length: random(12) }, (_, at) => (random(3) ? `s ${random(30)}` : blank(first + at))))];
    const nodes = assign(keys, wanted, first, random(2) ? keys[0] : null);
    const old = nodes.filter((node) => node >= 0);
    assert.equal(new Set(old).size, old.length);
    const next = [...keys.map((key, node) => (nodes.includes(node) ? key : null))];
    nodes.forEach((node, at) => (node < 0 ? next.push(wanted[at]) : (next[node] = wanted[at])));
    keys = next;
  }
});

test("a page scrolls just as far as a row needs", () => {
  const edges = { rowHeight: 20, viewTop: 100, viewBottom: 300 };
  assert.equal(scrollFor({ ...edges, rowTop: 200 }), 0);
  assert.equal(scrollFor({ ...edges, rowTop: 90 }), -10);
  assert.equal(scrollFor({ ...edges, rowTop: 290 }), 10);
});

const keys = [
  ["j", -1, 0], ["k", -1, 99], ["j", 4, 5], ["ArrowUp", 0, 0], ["ArrowDown", 99, 99], ["Home", 50, 0], ["End", 3, 99], ["PageDown", 3, 23], ["PageUp", 3, 0], ["x", 3, null],
];
for (const [key, at, place] of keys) {
  test(`${key} leads from ${at} to ${place}`, () => assert.equal(rowAfter(key, { at, total: 100, page: 20 }), place));
}

test("in an empty list no key leads anywhere", () => assert.equal(rowAfter("j", { at: -1, total: 0, page: 20 }), null));
