import assert from "node:assert/strict";
import test from "node:test";

import { unloaded, wanted } from "../../static/js/charts/cover.js";

const live = { following: true, now: 1000 };
const heldAt = { following: false, now: 10_000 };
const stretch = (since, until) => ({ since, until });

for (const [name, shown, loaded, state, expected] of [
  ["live, nothing is there", stretch(900, 1000), null, live, { since: 890, until: null }],
  ["live, it goes on from what is there", stretch(950, 1050), { since: 890, until: 1000, step_s: null, live: true }, live, null],
  ["live, more is shown", stretch(800, 1000), { since: 890, until: 1000, step_s: null, live: true }, live, { since: 780, until: null }],
  ["live again after a stretch of the past", stretch(900, 1000), { since: 0, until: 990, step_s: null, live: false }, live, { since: 890, until: null }],
  ["a stretch of the past is fetched with what is beside it", stretch(100, 200), null, heldAt, { since: 75, until: 225 }],
  ["a little panning stays within it", stretch(120, 220), { since: 75, until: 225, step_s: null, live: false }, heldAt, null],
  ["more panning does not", stretch(130, 230), { since: 75, until: 225, step_s: null, live: false }, heldAt, { since: 105, until: 255 }],
  ["samples are as fine as can be", stretch(100, 101), { since: 0, until: 1000, step_s: null, live: false }, heldAt, null],
  ["means of a long stretch are too coarse for a short one", stretch(100, 200), { since: 0, until: 1000, step_s: 10, live: false }, heldAt, { since: 75, until: 225 }],
  ["paused while samples go on", stretch(900, 9_990), { since: 0, until: 9_000, step_s: null, live: true }, heldAt, null],
  ["held near now, it reaches to now", stretch(9_900, 9_990), null, heldAt, { since: 9_877.5, until: null }],
]) {
  test(`what is fetched: ${name}`, () => assert.deepEqual(wanted(shown, loaded, state), expected));
}

test("what nothing was fetched for is known, to be drawn as a skeleton", () => {
  const loaded = { since: 100, until: 200, step_s: null, live: false };

  assert.deepEqual(unloaded(stretch(50, 250), loaded), [stretch(50, 100), stretch(200, 250)]);
  assert.deepEqual(unloaded(stretch(50, 250), { ...loaded, live: true }), [stretch(50, 100)]);
  assert.deepEqual(unloaded(stretch(120, 180), loaded), []);
  assert.deepEqual(unloaded(stretch(300, 400), loaded), [stretch(300, 400)]);
  assert.deepEqual(unloaded(stretch(300, 400), null), [stretch(300, 400)]);
});
