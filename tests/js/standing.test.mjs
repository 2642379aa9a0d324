import assert from "node:assert/strict";
import { test } from "node:test";

import { staleFor, standing, totalRate, worstLag } from "../../static/js/lib/standing.js";
import { createMinute, segments } from "../../static/js/ui/sparkline.js";

const group = (name, facts = {}) => ({ name, state: "ok", state_reason: "", lag: 0, time_lag_s: 0, ...facts });

function stream(groups = [], facts = {}) {
  return {
    id: 1, length: 10, added_per_s: 1, pending: 2, problem: null, groups: new Map(groups.map((each) => [each.name, each])), ...facts,
  };
}

test("a stream with no group is well and has no lag", () => {
  const { state, lag, timeLag } = standing(stream());
  assert.deepEqual([state, lag, timeLag], ["ok", null, null]);
});

test("a stream is as bad as its gravest group, and the lag shown is the largest", () => {
  const row = standing(stream([group("far", { lag: 900, state: "slow" }), group("dead", { lag: 3, state: "stopped", state_reason: "nobody" })]));
  assert.equal(row.state, "stopped");
  assert.equal(row.reason, "dead: nobody");
  assert.equal(row.lag.name, "far");
});

test("an unknown lag outweighs none: unknown never reads as healthy", () => {
  assert.equal(worstLag([group("none"), group("unknown", { lag: null })]).name, "unknown");
  assert.equal(worstLag([group("one", { lag: 1 }), group("unknown", { lag: null })]).name, "one");
});

test("a problem of the stream outranks its groups", () => {
  assert.equal(standing(stream([], { problem: "vanished", length: null })).state, "vanished");
});

test("before the first sample a stream waits and nothing is zero", () => {
  const row = standing(null);
  assert.equal(row.state, "waiting");
  assert.deepEqual([row.length, row.added, row.pending], [null, null, null]);
});

const NOW = 1000;
const ages = [
  ["fresh", { taken_at: 999, interval: 1, unreachable: null }, null],
  ["three intervals and more", { taken_at: 996.5, interval: 1, unreachable: null }, 3.5],
  ["slow on purpose", { taken_at: 980, interval: 10, unreachable: null }, null],
  ["unreachable a moment ago", { taken_at: 999.5, interval: 1, unreachable: { state: "down" } }, 0.5],
  ["never sampled", { taken_at: null, interval: null, unreachable: null }, null],
  ["from a clock ahead of ours", { taken_at: 1002, interval: 1, unreachable: null }, null],
];
for (const [how, server, wanted] of ages) {
  test(`numbers ${how} are ${wanted === null ? "not stale" : `stale for ${wanted} s`}`, () => {
    assert.equal(staleFor(server, NOW), wanted);
  });
}

test("a sum over rates that are not all known says that it is a lower bound", () => {
  assert.deepEqual(totalRate([stream(), stream([], { added_per_s: null })]), { sum: 1, complete: false });
  assert.deepEqual(totalRate([stream([], { added_per_s: null })]), { sum: null, complete: false });
  assert.deepEqual(totalRate([stream(), stream([], { added_per_s: null, problem: "vanished" })]), { sum: 1, complete: true });
  assert.deepEqual(totalRate([]), { sum: null, complete: true });
});

test("a minute keeps sixty seconds and takes no sample twice", () => {
  const minute = createMinute();
  for (const at of [1, 2, 2, 1, 62, 63]) minute.push(at, at);
  assert.deepEqual(minute.points.map((point) => point.at), [62, 63]);
});

test("history goes before what was seen, and nothing is there twice", () => {
  const minute = createMinute();
  minute.push(70, 7);
  minute.push(71, 7);
  minute.fill([5, 12, 69, 70], [1, 2, 3, 4]);
  assert.deepEqual(minute.points.map(({ at, value }) => [at, value]), [[12, 2], [69, 3], [70, 7], [71, 7]]);
});

test("a sparkline breaks where a value or a sample is missing", () => {
  const points = [[0, 1], [1, 2], [2, null], [3, 4], [4, 4], [20, 2]].map(([at, value]) => ({ at, value }));
  assert.deepEqual(segments(points, 1).map((run) => run.length), [2, 2, 1]);
});

test("a sparkline stands on zero and ends at the right", () => {
  const [run] = segments([{ at: 0, value: 0 }, { at: 60, value: 5 }], 60);
  assert.deepEqual(run, [[0, 0], [1, 1]]);
});

test("a sparkline of nothing known draws nothing", () => {
  assert.deepEqual(segments([{ at: 1, value: null }], 1), []);
  assert.deepEqual(segments([], 1), []);
});
