import assert from "node:assert/strict";
import test from "node:test";

import { timeLabel, timeTicks, valueTicks } from "../../static/js/charts/ticks.js";

const NOON = Date.UTC(2026, 10, 23, 12) / 1000;

for (const [name, span, step, count] of [
  ["5 minutes", 300, 60, 6],
  ["15 minutes", 900, 120, 8],
  ["an hour", 3600, 600, 7],
  ["2 hours", 7200, 900, 9],
  ["ten seconds", 10, 5, 3],
]) {
  test(`${name} have marks at round moments`, () => {
    const found = timeTicks(NOON - span, NOON, { zoneOffset_s: 0 });

    assert.equal(found.step, step);
    assert.equal(found.ticks.length, count);
    for (const at of found.ticks) assert.equal(at % step, 0);
  });
}

test("moments are round in the viewer's zone, also where it is half an hour off", () => {
  const { ticks } = timeTicks(NOON - 7200, NOON, { most: 3, zoneOffset_s: 5.5 * 3600 });

  for (const at of ticks) assert.equal((at + 5.5 * 3600) % 3600, 0);
});

test("a narrow axis has fewer marks", () => {
  assert.ok(timeTicks(NOON - 900, NOON, { most: 4 }).ticks.length <= 5);
});

test("seconds are shown only where marks are closer than a minute", () => {
  assert.match(timeLabel(NOON, 60), /^\d\d:00$/);
  assert.match(timeLabel(NOON + 5, 5), /^\d\d:00:05$/);
});

test("midnight, and marks that are days apart, say the day", () => {
  const midnight = Date.UTC(2026, 10, 23) / 1000;

  assert.equal(timeLabel(midnight, 21600, { zoneOffset_s: 0 }).includes("Nov"), true);
  assert.match(timeLabel(midnight + 21600, 21600, { zoneOffset_s: 0 }), /^\d\d:\d\d$/);
  assert.match(timeLabel(NOON, 604_800, { zoneOffset_s: 0 }), /^(2[234] Nov|Nov 2[234])$/);
});

test("a year has at most as many marks as there is room for", () => {
  assert.ok(timeTicks(NOON - 365 * 86_400, NOON, { most: 8, zoneOffset_s: 0 }).ticks.length <= 9);
});

for (const [highest, options, expected] of [
  [0, { whole: true }, [0, 1]],
  [3, { whole: true }, [0, 1, 2, 3]],
  [100, {}, [0, 25, 50, 75, 100]],
  [101, {}, [0, 50, 100, 150]],
  [5000, { whole: true }, [0, 2000, 4000, 6000]],
  [0.3, {}, [0, 0.1, 0.2, 0.3]],
  [2 * 2 ** 20, { binary: true }, [0, 2 ** 19, 2 ** 20, 1.5 * 2 ** 20, 2 ** 21]],
  [300, { binary: true }, [0, 100, 200, 300]],
]) {
  test(`values up to ${highest} are marked at ${expected}`, () => {
    const ticks = valueTicks(highest, options);

    assert.equal(ticks.length, expected.length);
    ticks.forEach((tick, index) => assert.ok(Math.abs(tick - expected[index]) < 1e-9, `${tick}`));
  });
}

test("marks reach every value, however large or small", () => {
  for (let exponent = -6; exponent < 15; exponent += 0.37) {
    const highest = 10 ** exponent;
    const ticks = valueTicks(highest);
    assert.ok(ticks.at(-1) >= highest * 0.999_999, `${highest} is above ${ticks.at(-1)}`);
    assert.ok(ticks.length <= 6, `${ticks.length} marks`);
  }
});
