import assert from "node:assert/strict";
import { test } from "node:test";

import { gravity } from "../../static/js/lib/gravity.js";
import { isFiltered, nextSort, order, parseView, shows, viewQuery } from "../../static/js/lib/listing.js";
import { standing } from "../../static/js/lib/standing.js";

const PLAIN = { q: "", server: "", state: "", tag: "", sort: "worst" };
let ids = 0;

function row(name, facts = {}, rest = {}) {
  ids += 1;
  return { id: ids, name, text: name, server: "1", tags: [], ...rest, standing: { ...standing(null), state: "ok", ...facts } };
}
const names = (rows, sort) => [...rows].sort(order(sort)).map((each) => each.name);
const lagging = (value) => ({ lag: value });

test("a view survives its address", () => {
  for (const view of [PLAIN, { q: "a&b = <c>", server: "2", state: "slow", tag: "é", sort: "-lag" }]) {
    assert.deepEqual(parseView(viewQuery(view)), view);
  }
});

test("the plain view has a plain address", () => assert.equal(viewQuery(PLAIN), ""));

test("a sort that does not exist is worst first", () => {
  assert.equal(parseView("?sort=price").sort, "worst");
  assert.equal(parseView("?sort=-__proto__").sort, "worst");
});

test("the worst come first, and the calm keep to their names", () => {
  const rows = [
    row("b", { lag: lagging(3) }),
    row("a10"),
    row("a9"),
    row("slow and far", { state: "slow", lag: lagging(900) }),
    row("slow", { state: "slow", lag: lagging(30) }),
    row("stopped", { state: "stopped", lag: lagging(1) }),
    row("not known", { state: "unknown" }),
  ];
  assert.deepEqual(names(rows, "worst"), ["stopped", "slow and far", "slow", "not known", "a9", "a10", "b"]);
});

test("an open alert lifts a stream above those that are well, and counts as needing attention", () => {
  const rows = [row("a"), row("b", {}, { mark: { gravity: 1 } }), row("c", {}, { mark: { gravity: 0 } }), row("d", { state: "slow" })];
  assert.deepEqual(names(rows, "worst"), ["d", "c", "b", "a"]);
  assert.equal(shows({ ...PLAIN, state: "attention" }, rows[1]), true);
});

test("in its first minute a stream stands among the calm, by its name and not by its lag", () => {
  const rows = [row("b", { state: "waiting", lag: lagging(900) }), row("a", { state: "waiting" }), row("c"), row("d", { state: "unknown" })];
  assert.deepEqual(names(rows, "worst"), ["d", "a", "b", "c"]);
});

test("what is not known comes last, whichever way round", () => {
  const rows = [row("none", { length: null }), row("few", { length: 2 }), row("many", { length: 30 })];
  assert.deepEqual(names(rows, "-length"), ["many", "few", "none"]);
  assert.deepEqual(names(rows, "length"), ["few", "many", "none"]);
});

test("an unknown lag stands between none and one that is known to be there", () => {
  const rows = [row("unknown", { lag: lagging(null) }), row("none", { lag: lagging(0) }), row("one", { lag: lagging(1) })];
  assert.deepEqual(names(rows, "-lag"), ["one", "unknown", "none"]);
});

test("a click on a heading sorts down, then up, then worst first again", () => {
  assert.equal(nextSort("worst", "lag"), "-lag");
  assert.equal(nextSort("-lag", "lag"), "lag");
  assert.equal(nextSort("lag", "lag"), "worst");
  assert.equal(nextSort("worst", "name"), "name");
  assert.equal(nextSort("name", "name"), "-name");
});

const shown = [
  ["every word of the filter", { q: "Pay  EU" }, row("payments:eu"), true],
  ["one word of two", { q: "pay us" }, row("payments:eu"), false],
  ["the other server", { server: "2" }, row("a"), false],
  ["its tag", { tag: "core" }, row("a", {}, { tags: ["core", "x"] }), true],
  ["part of its tag", { tag: "cor" }, row("a", {}, { tags: ["core"] }), false],
  ["its state", { state: "slow" }, row("a", { state: "slow" }), true],
  ["what needs attention, while well", { state: "attention" }, row("a"), false],
  ["what needs attention, while waiting", { state: "attention" }, row("a", { state: "waiting" }), false],
  ["what needs attention, while unknown", { state: "attention" }, row("a", { state: "unknown" }), true],
  ["what needs attention, vanished", { state: "attention" }, row("a", { state: "vanished" }), true],
];
for (const [what, view, each, wanted] of shown) {
  test(`asked for ${what}, a row is ${wanted ? "shown" : "hidden"}`, () => {
    assert.equal(shows({ ...PLAIN, ...view }, each), wanted);
  });
}

test("an order alone filters nothing", () => {
  assert.equal(isFiltered({ ...PLAIN, sort: "-lag" }), false);
  assert.equal(isFiltered({ ...PLAIN, tag: "x" }), true);
});

test("a state that is new to us counts as unknown, not as well", () => {
  assert.equal(gravity("melted"), gravity("unknown"));
  assert.ok(gravity("melted") < gravity("ok"));
});
