import assert from "node:assert/strict";
import test from "node:test";

import { createHappenings, inWords, kindOf } from "../../static/js/lib/happenings.js";

const mark = (id, at, more = {}) => ({ id, at, kind: "trim", key: "orders", text: "90 entries trimmed; 10 left.", ...more });

test("marks are in order of time, each once, however they come", () => {
  const happenings = createHappenings();

  assert.equal(happenings.add([mark(2, 20), mark(1, 10)]), true);
  assert.equal(happenings.add([mark(2, 20), mark(3, 15)]), true);
  assert.equal(happenings.add([mark(1, 10)]), false);

  assert.deepEqual(happenings.newest(9).map(({ id }) => id), [2, 3, 1]);
  assert.deepEqual(happenings.between(10, 15).map(({ id }) => id), [1, 3]);
});

test("only the newest are kept, and one that was left out may come again without being counted twice", () => {
  const happenings = createHappenings({ most: 2 });
  happenings.add([mark(1, 10), mark(2, 20), mark(3, 30)]);

  assert.deepEqual(happenings.newest(9).map(({ id }) => id), [3, 2]);
  happenings.add([mark(1, 10)]);
  assert.equal(happenings.size, 2);
});

test("what is near a moment comes nearest first", () => {
  const happenings = createHappenings();
  happenings.add([mark(1, 10), mark(2, 13), mark(3, 30)]);

  assert.deepEqual(happenings.near(12, 5).map(({ id }) => id), [2, 1]);
  assert.deepEqual(happenings.near(22, 5), []);
});

test("a kind is a word and a gravity, also one that is new to us", () => {
  assert.deepEqual(kindOf("loss"), { word: "entries lost", level: "critical", shape: "diamond" });
  assert.deepEqual(kindOf("group_created"), { word: "group created", level: "", shape: "diamond" });
  assert.deepEqual(kindOf("moon_phase"), { word: "moon phase", level: "", shape: "diamond" });
});

test("a mark in one line names its stream where others are shown beside it", () => {
  assert.equal(inWords(mark(1, 1)), "trim: 90 entries trimmed; 10 left.");
  assert.equal(inWords(mark(1, 1), { named: true }), "orders · trim: 90 entries trimmed; 10 left.");
  assert.equal(inWords(mark(1, 1, { key: "", kind: "gap", text: "Nothing." }), { named: true }), "gap: Nothing.");
});
