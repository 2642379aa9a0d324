import assert from "node:assert/strict";
import test from "node:test";

import { ofServer, ofStream } from "../../static/js/lib/live-cells.js";

const plain = (text) => text.replaceAll("\u202f", " ");
const stream = (groups, facts = {}) => ({ length: 40, added_per_s: 2.5, problem: null, groups: new Map(groups.map((group) => [group.name, group])), ...facts });
const group = (name, lag, quality = "exact") => ({ name, lag, lag_quality: quality, lag_reason: "" });

test("of what is not known yet there is a dash, never a nought", () => {
  for (const show of Object.values(ofStream)) assert.equal(show(null).text, "–");
  for (const show of Object.values(ofServer)) assert.equal(show(null).text, "–");
});

test("the worst lag names its group and what it is", () => {
  assert.deepEqual(ofStream.lag(stream([group("a", 3), group("b", 9, "at_least")])), { text: "≥ 9".replace(" ", "\u202f"), title: "b" });
  assert.equal(ofStream.lag(stream([group("a", 0), group("b", null, "unknown")])).text, "?");
  assert.equal(ofStream.lag(stream([])).text, "–");
});

test("a stream that is gone has no figures", () => {
  const gone = stream([], { problem: "vanished", length: null, added_per_s: null });
  assert.deepEqual(Object.values(ofStream).map((show) => show(gone).text), ["–", "–", "–"]);
});

test("a stream's length and rate are shown as everywhere", () => {
  assert.deepEqual([ofStream.length(stream([])).text, ofStream.added(stream([])).text].map(plain), ["40", "2.5"]);
});
