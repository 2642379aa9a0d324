import assert from "node:assert/strict";
import { test } from "node:test";

import { filters, isFiltered, nextSort, parseView, unfiltered, viewQuery, wishQuery, withFamily, without } from "../../static/js/lib/view.js";

const PLAIN = parseView("");

test("a view survives its address", () => {
  const views = [
    PLAIN,
    { ...PLAIN, q: "a&b = <c> %41+", server: "2", state: "slow", tag: "é", owner: "team, pay", show: "all", sort: "-lag", fold: "0" },
    { ...PLAIN, open: ["orders:0…3", "a,b&c"], columns: ["lag", "memory"] },
  ];
  for (const view of views) assert.deepEqual(parseView(viewQuery(view)), view);
});

test("the plain view has a plain address", () => assert.equal(viewQuery(PLAIN), ""));

test("what an address cannot mean is left out", () => {
  for (const query of ["sort=price", "sort=-__proto__", "show=everything", "fold=2", "open="]) assert.deepEqual(parseView(query), PLAIN, query);
});

test("the server is asked for the view without what is the browser's own", () => {
  assert.equal(wishQuery(parseView("?q=pay&columns=lag,length&sort=-lag")), "q=pay&sort=-lag");
});

test("an address that grows too long forgets the families that were opened first", () => {
  const open = Array.from({ length: 200 }, (_, at) => `family-${at}`);

  const kept = parseView(viewQuery({ ...PLAIN, q: "x", open }));

  assert.equal(kept.q, "x");
  assert.equal(kept.open.at(-1), "family-199");
  assert.ok(kept.open.length < 200);
});

test("an order, columns and open families hold nothing back", () => {
  assert.equal(isFiltered(parseView("sort=-lag&columns=lag&open=a&fold=0")), false);
  for (const query of ["q=x", "server=1", "state=ok", "tag=x", "owner=x", "show=new"]) assert.equal(isFiltered(parseView(query)), true, query);
});

test("each filter is told and can be taken off, one by one and all at once", () => {
  const view = parseView("q=pay&state=slow&sort=-lag&show=all");

  assert.deepEqual(filters(view), [["q", "pay"], ["state", "slow"], ["show", "all"]]);
  assert.equal(viewQuery(without(view, "state")), "q=pay&show=all&sort=-lag");
  assert.equal(viewQuery(unfiltered(view)), "sort=-lag");
});

test("a family opens once and folds", () => {
  const opened = withFamily(withFamily(PLAIN, "a", true), "a", true);
  assert.deepEqual(opened.open, ["a"]);
  assert.deepEqual(withFamily(opened, "a", false).open, []);
});

test("a click on a heading sorts down, then up, then worst first again", () => {
  assert.equal(nextSort("worst", "lag"), "-lag");
  assert.equal(nextSort("-lag", "lag"), "lag");
  assert.equal(nextSort("lag", "lag"), "worst");
  assert.equal(nextSort("worst", "name"), "name");
  assert.equal(nextSort("name", "name"), "-name");
});
