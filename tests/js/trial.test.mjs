import assert from "node:assert/strict";
import test from "node:test";

import { earlier, lineOf, loudest, nextOf, notesOf, verdict } from "../../static/js/lib/trial.js";

test("the verdict says how many alerts there would have been, and when", () => {
  assert.equal(verdict(4, "604800", { isDone: true }), "This would have opened 4 alerts in the last 7 days.");
  assert.equal(verdict(1, "3600", { isDone: true }), "This would have opened 1 alert in the last hour.");
  assert.equal(verdict(0, "86400", { isDone: true }), "This would have opened no alert in the last 24 hours.");
  assert.equal(verdict(2, "86400", { isDone: false }), "2 alerts so far in the last 24 hours.");
});

test("something is seen soon, and then it goes on in larger steps", () => {
  const left = Array.from({ length: 50 }, (_, index) => index);
  assert.deepEqual(nextOf(left, 0), [0, 1]);
  assert.equal(nextOf(left, 2).length, 20);
});

test("the subject with the most alerts is drawn first", () => {
  const alerts = [{ id: 1, group: "a", name: "one" }, { id: 2, group: "b", name: "two" }, { id: 2, group: "b", name: "two" }];
  assert.deepEqual(loudest(alerts), { id: 2, group: "b", name: "two" });
  assert.equal(loudest([]), null);
});

test("a line has its band, and its gaps", () => {
  const { points, band } = lineOf("x", { at: [1, 2], value: [5, null], least: [4, null], most: [6, null] });
  assert.deepEqual(points, [{ x: 1, y: 5 }, { x: 2, y: null }]);
  assert.deepEqual(band[0][0], { x: 1, y: 6 });
});

test("what history does not reach back to is said, and how coarse it is where it does", () => {
  const plan = { since: 1000, now: 9000, notes: [{ until: 4000, text: "coarse" }] };
  assert.equal(earlier(null, 5), 5);
  assert.equal(earlier(7, 5), 5);
  assert.deepEqual(notesOf({ begins: 1010, plan }, String), ["coarse"]);
  assert.deepEqual(notesOf({ begins: 5000, plan }, String), ["History begins at 5000: nothing is known of what was before."]);
  assert.deepEqual(notesOf({ begins: null, plan }, String), ["History has nothing of this time."]);
});
