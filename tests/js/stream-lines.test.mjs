import assert from "node:assert/strict";
import test from "node:test";

import { lineStyle } from "../../static/js/charts/styles.js";
import { chartLines, createRoster, groupLine, sampleValues, storedColumns } from "../../static/js/charts/stream-lines.js";

const group = (facts) => ({ lag: 4, pending: 2, delivered_per_s: null, acked_per_s: 1.5, time_lag_s: 0, ...facts });

test("a sample becomes one value a line, unknown as null", () => {
  const values = sampleValues({ length: 9, added_per_s: null, groups: new Map([["YQ", group({})]]) });

  assert.deepEqual(values, {
    length: 9, added_per_s: null, "lag:YQ": 4, "pending:YQ": 2, "delivered_per_s:YQ": null, "acked_per_s:YQ": 1.5, "time_lag_s:YQ": 0,
  });
});

test("stored columns stand under the same lines as live samples", () => {
  const stored = { stream: { length: [1], added_per_s: [2] }, groups: [{ slug: "YQ", name: "a", lag: [3], pending: [4], delivered_per_s: [5], acked_per_s: [6], time_lag_s: [7] }] };

  const live = sampleValues({ length: 1, added_per_s: 2, groups: new Map([["YQ", group({})]]) });

  assert.deepEqual(Object.keys(storedColumns(stored)), Object.keys(live));
});

test("a group keeps its colour when others come", () => {
  const roster = createRoster();
  roster.see("YQ", "a");
  const before = roster.group("YQ").series;

  roster.see("Yg", "b");
  roster.see("YQ", "a");

  assert.equal(roster.group("YQ").series, before);
  assert.equal(roster.groups().length, 2);
});

test("sixteen groups are told apart by colour and dashes together", () => {
  const styles = Array.from({ length: 16 }, (_, index) => lineStyle(index));

  assert.equal(new Set(styles.map(({ series, dash }) => `${series} ${dash}`)).size, 16);
  assert.ok(styles.slice(0, 4).every(({ dash }) => dash === 0));
  assert.ok(styles.slice(4).every(({ dash }) => dash > 0));
});

test("each chart has its lines, and a chart of groups at most eight", () => {
  const groups = Array.from({ length: 20 }, (_, index) => ({ slug: `g${index}`, name: `g ${index}`, ...lineStyle(index) }));
  const names = (chart, rated = "g3") => chartLines(chart, { groups, rated }).map(({ name }) => name);

  assert.deepEqual(names("length"), ["length"]);
  assert.deepEqual(names("rates"), ["added_per_s", "delivered_per_s:g3", "acked_per_s:g3"]);
  assert.deepEqual(names("rates", null), ["added_per_s"]);
  assert.equal(names("lag").length, 8);
  assert.equal(names("pending")[0], groupLine("pending", "g0"));
});
