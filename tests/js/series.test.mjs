import assert from "node:assert/strict";
import test from "node:test";

import { createSeries, leastOf, mostOf } from "../../static/js/charts/series.js";
import { lowerBound, thin } from "../../static/js/charts/thin.js";

const whole = { since: 0, until: 10_000 };
const values = (points) => points.map(({ y }) => y);

function filled(count, value = (at) => at) {
  const series = createSeries({ keep_s: 10_000 });
  for (let at = 1; at <= count; at += 1) series.add(at, { length: value(at) });
  return series;
}

test("points come back in order of time, unknown as null", () => {
  const series = createSeries({ keep_s: 60 });
  series.add(1, { lag: 5 });
  series.add(2, { lag: null });
  series.add(3, { lag: 0 });

  assert.deepEqual(series.points("lag", whole), [{ x: 1, y: 5 }, { x: 2, y: null }, { x: 3, y: 0 }]);
});

test("missing samples are a gap, one late sample is not", () => {
  const series = createSeries({ keep_s: 60, interval_s: 1 });
  for (const at of [1, 2, 4, 10, 11]) series.add(at, { length: at });

  assert.deepEqual(values(series.points("length", whole)), [1, 2, 4, null, 10, 11]);
  assert.deepEqual(series.holes(0), [{ from: 4, to: 10 }]);
});

test("a longer interval makes no gaps", () => {
  const series = createSeries({ keep_s: 60, interval_s: 5 });
  for (const at of [5, 10, 15]) series.add(at, { length: at });

  assert.deepEqual(values(series.points("length", whole)), [5, 10, 15]);
});

test("a line that begins later was unknown before, not zero", () => {
  const series = createSeries({ keep_s: 60 });
  series.add(1, { billing: 1 });
  series.add(2, { billing: 2, audit: 7 });
  series.add(3, { billing: 3 });

  assert.deepEqual(values(series.points("audit", whole)), [null, 7, null]);
  assert.equal(series.last("audit"), null);
  assert.equal(series.last("billing"), 3);
});

test("stored samples fill the past and the hole of a reconnect, and never overwrite what came live", () => {
  const series = createSeries({ keep_s: 600 });
  series.add(5, { length: 50 });
  series.add(9, { length: 90 });

  series.merge([3, 4, 5, 6, 7, 8], { length: [30, null, -1, 60, 70, 80], lag: [1, 2, 3, 4, 5, 6] });

  assert.deepEqual(values(series.points("length", whole)), [30, null, 50, 60, 70, 80, 90]);
  assert.deepEqual(values(series.points("lag", whole)), [1, 2, null, 4, 5, 6, null]);
  assert.deepEqual(series.holes(0), []);
});

test("stored samples that are coarser than the interval are one line; a gap is where they say so", () => {
  const series = createSeries({ keep_s: 7200, interval_s: 1 });
  series.add(82, { length: 82 });

  series.merge([0, 20, 40, 41, 60, 80], { length: [1, 2, 3, null, 5, 6] });

  assert.deepEqual(values(series.points("length", whole)), [1, 2, 3, null, 5, 6, 82]);
  assert.deepEqual(series.holes(0), []);
});

test("coarse stored samples do not lie between live ones", () => {
  const series = filled(5);

  series.merge([0.5, 2.5, 4.7], { length: [99, 99, 99] });

  assert.deepEqual(values(series.points("length", whole)), [99, 1, 2, 3, 4, 5]);
});

test("the row under the crosshair is the nearest, and none in a gap", () => {
  const series = createSeries({ keep_s: 60 });
  for (const at of [1, 2, 30]) series.add(at, { length: at * 10 });

  assert.equal(series.row(1.6).value("length"), 20);
  assert.equal(series.row(0).at, 1);
  assert.equal(series.row(31).at, 30);
  assert.equal(series.row(15), null);
  assert.equal(series.row(2).value("no such line"), null);
  assert.equal(createSeries({ keep_s: 1 }).row(5), null);
});

test("merging twice is merging once", () => {
  const series = filled(5);

  series.merge([1, 2], { length: [1, 2] });
  series.merge([1, 2], { length: [1, 2] });

  assert.deepEqual(values(series.points("length", whole)), [1, 2, 3, 4, 5]);
});

test("a sample that comes late takes its place", () => {
  const series = createSeries({ keep_s: 60 });
  for (const at of [1, 3, 2]) series.add(at, { length: at });

  assert.deepEqual(values(series.points("length", whole)), [1, 2, 3]);
});

test("old points are forgotten, and lines that are no more with them", () => {
  const series = createSeries({ keep_s: 100 });
  series.add(1, { gone: 1, length: 1 });
  for (let at = 2; at <= 1000; at += 1) series.add(at, { length: at });

  assert.deepEqual([series.has("gone"), series.has("length")], [false, true]);
  assert.ok(series.points("length", whole).length <= 161);
  assert.equal(series.lastAt, 1000);
});

test("a window begins one point before its edge, so that the line enters there", () => {
  const series = filled(10);

  assert.deepEqual(values(series.points("length", { since: 4.5, until: 7 })), [4, 5, 6, 7]);
});

test("thinning keeps every spike, every gap and both ends", () => {
  const points = Array.from({ length: 7_200 }, (_, x) => ({ x, y: 10 }));
  points[1_234].y = 9_999;
  points[4_321].y = -5;
  points[6_000].y = null;

  const kept = thin(points, { since: 0, until: 7_200, buckets: 300 });

  assert.ok(kept.length <= 1_200, `${kept.length} are kept`);
  for (const index of [0, 1_234, 4_321, 6_000, 7_199]) assert.ok(kept.includes(points[index]), `point ${index}`);
  assert.deepEqual(kept, [...kept].sort((left, right) => left.x - right.x));
});

test("thinning does not shimmer: a point that is kept stays kept as the window moves", () => {
  const points = Array.from({ length: 1_000 }, (_, x) => ({ x, y: Math.sin(x) * 100 }));
  const window = { buckets: 100 };

  const before = thin(points, { since: 0, until: 1_000, ...window });
  const after = thin(points.slice(3), { since: 3, until: 1_003, ...window });

  const inside = (kept) => kept.filter(({ x }) => x >= 10 && x < 990).map(({ x }) => x);
  assert.deepEqual(inside(after), inside(before));
});

test("few points are left alone", () => {
  const points = [{ x: 1, y: 1 }, { x: 2, y: null }];

  assert.equal(thin(points, { since: 0, until: 10, buckets: 100 }), points);
});

for (const [name, sorted, value, expected] of [
  ["empty", [], 5, 0],
  ["before all", [1, 2, 3], 0, 0],
  ["exactly", [1, 2, 3], 2, 1],
  ["between", [1, 2, 4], 3, 2],
  ["after all", [1, 2, 3], 9, 3],
]) {
  test(`lower bound: ${name}`, () => assert.equal(lowerBound(sorted, value), expected));
}

test("cut at a moment, what is younger is gone from every line", () => {
  const series = createSeries({ keep_s: 900 });
  for (const at of [1, 2, 3, 4]) series.add(at, { a: at, b: -at });

  series.cut(2);

  assert.equal(series.lastAt, 2);
  assert.deepEqual([series.last("a"), series.last("b")], [2, -2]);
  series.add(3, { a: 30, b: 31 });
  assert.deepEqual(series.points("a", { since: 0, until: 9 }), [{ x: 1, y: 1 }, { x: 2, y: 2 }, { x: 3, y: 30 }]);
});

test("beside stored means live samples are taken together by the same steps, and lose no peak", () => {
  const series = createSeries({ keep_s: 86_400, interval_s: 1 });
  series.step = 60;
  series.merge([0, 60], { lag: [5, 6], [leastOf("lag")]: [1, 2], [mostOf("lag")]: [9, 8] });

  for (const [second, lag] of [[120, 4], [121, 40], [122, 3], [180, 7]]) series.add(second, { lag });

  const all = { since: 0, until: 200 };
  assert.deepEqual(series.points("lag", all), [{ x: 0, y: 5 }, { x: 60, y: 6 }, { x: 122, y: 3 }, { x: 180, y: 7 }]);
  assert.deepEqual(series.points(mostOf("lag"), all).map(({ y }) => y), [9, 8, 40, 7]);
  assert.deepEqual(series.points(leastOf("lag"), all).map(({ y }) => y), [1, 2, 3, 7]);
  assert.deepEqual(series.holes(0), []);
});
