import assert from "node:assert/strict";
import test from "node:test";

import { parseRange, readAddress, writeAddress } from "../../static/js/charts/address.js";

const read = (search) => readAddress(search, { range_s: 900 });

for (const [name, search, expected] of [
  ["nothing", "", { range_s: 900, held: null, compare: "" }],
  ["a choice of the page", "?range=1h", { range_s: 3600, held: null, compare: "" }],
  ["any length", "?range=432s&compare=day", { range_s: 432, held: null, compare: "day" }],
  ["a stretch", "?from=1795000000&to=1795000060.5&compare=week", { range_s: 60.5, held: { since: 1795000000, until: 1795000060.5 }, compare: "week" }],
  ["a stretch that ends before it begins", "?from=5&to=4", { range_s: 900, held: null, compare: "" }],
  ["half a stretch", "?from=5", { range_s: 900, held: null, compare: "" }],
  ["words that are none", "?range=soon&from=x&to=&compare=constructor", { range_s: 900, held: null, compare: "" }],
]) {
  test(`an address with ${name} is understood`, () => assert.deepEqual(read(search), expected));
}

for (const shown of [
  { range_s: 86_400, held: null, compare: "" },
  { range_s: 432, held: null, compare: "week" },
  { range_s: 60, held: { since: 1795000000.5, until: 1795000060.5 }, compare: "day" },
]) {
  test(`the address of ${JSON.stringify(shown)} shows the same`, () => assert.deepEqual(read(writeAddress("?range=5m&x=1", shown)), shown));
}

test("other parts of the address stay, and choices have their short words", () => {
  assert.equal(writeAddress("?x=1&from=3", { range_s: 86_400, held: null, compare: "" }), "?x=1&range=24h");
  assert.equal(parseRange("1y"), 365 * 86_400);
  for (const text of ["", null, "5", "m", "-5m", "0s", "1e9s"]) assert.equal(parseRange(text), null);
});
