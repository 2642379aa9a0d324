import assert from "node:assert/strict";
import test from "node:test";

import { createNavigation } from "../../static/js/charts/navigation.js";

function start({ held = null, range_s = 900, most_s = 10_000 } = {}) {
  const clock = { now: 100_000 };
  const changes = [];
  const shown = createNavigation({ edge: () => clock.now, now: () => clock.now, range_s, most_s, held, onChange: () => changes.push(1) });
  return { clock, shown, changes };
}

test("live, the newest moment stays at the right edge", () => {
  const { clock, shown } = start();

  clock.now += 5;

  assert.deepEqual(shown.bounds(), { since: 99_105, until: 100_005 });
  assert.equal(shown.following, true);
});

test("paused, it stands still, and goes on from the newest moment with as much as before", () => {
  const { clock, shown } = start();
  shown.hold();
  clock.now += 60;
  assert.deepEqual(shown.bounds(), { since: 99_100, until: 100_000 });

  shown.follow();

  assert.deepEqual(shown.bounds(), { since: 99_160, until: 100_060 });
});

for (const [name, gesture, expected] of [
  ["a stretch that was drawn out, from either end", (shown) => shown.zoomTo(99_500, 99_400), { since: 99_400, until: 99_500 }],
  ["never less than ten seconds", (shown) => shown.zoomTo(99_400, 99_402), { since: 99_396, until: 99_406 }],
  ["half as much around a moment, which stays where it is", (shown) => shown.zoomBy(0.5, 99_400), { since: 99_250, until: 99_700 }],
  ["half as much, live", (shown) => shown.zoomBy(0.5), { since: 99_550, until: 100_000 }],
  ["twice as much, live", (shown) => shown.zoomBy(2), { since: 98_200, until: 100_000 }],
  ["no more than is remembered", (shown) => shown.zoomBy(1000), { since: 90_000, until: 100_000 }],
  ["a fifth earlier", (shown) => shown.panBy(-0.2), { since: 98_920, until: 99_820 }],
  ["nothing of the future", (shown) => shown.panBy(3), { since: 99_100, until: 100_000 }],
  ["not further back than is remembered", (shown) => shown.panBy(-100), { since: 90_000, until: 90_900 }],
  ["nothing new where nothing was drawn out", (shown) => shown.zoomTo(99_500, 99_500), { since: 99_100, until: 100_000 }],
]) {
  test(`it shows ${name}`, () => {
    const { shown } = start();

    gesture(shown);

    assert.deepEqual(shown.bounds(), expected);
  });
}

test("what reaches the live edge goes on with it", () => {
  const { shown } = start();

  shown.zoomTo(99_700, 99_999);
  assert.equal(shown.following, true);
  shown.panBy(-1);
  assert.equal(shown.following, false);
  shown.panBy(5);
  assert.equal(shown.following, true);
});

test("back leads through what was shown, a gesture at a time, and at last to the live edge", () => {
  const { clock, shown } = start();
  shown.zoomTo(99_400, 99_700);
  for (let notch = 0; notch < 5; notch += 1) shown.zoomBy(0.8, 99_500); // one turn of a wheel
  clock.now += 10;
  shown.panBy(-0.5);

  shown.back();
  assert.ok(shown.bounds().until - shown.bounds().since < 300);
  shown.back();
  assert.deepEqual(shown.bounds(), { since: 99_400, until: 99_700 });
  shown.back();
  assert.equal(shown.following, true);
  assert.equal(shown.canGoBack, false);
});

test("a page that begins in the past goes live from there", () => {
  const { shown, changes } = start({ held: { since: 5, until: 65 }, range_s: 60 });
  assert.equal(shown.following, false);

  shown.back();

  assert.deepEqual(shown.bounds(), { since: 99_940, until: 100_000 });
  assert.equal(changes.length, 1);
});
