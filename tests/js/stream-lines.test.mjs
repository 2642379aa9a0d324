import assert from "node:assert/strict";
import test from "node:test";

import { lineStyle } from "../../static/js/charts/styles.js";
import { chartLines, createRoster, groupLine, sampleValues, storedColumns } from "../../static/js/charts/stream-lines.js";

const group = (facts) => ({ lag: 4, pending: 2, delivered_per_s: null, acked_per_s: 1.5, time_lag_s: 0, ...facts });

test("a sample becomes one value a line, unknown as null, with how sure it is beside it", () => {
  const lagging = group({ lag_quality: "at_least", time_lag_estimated: true });
  const values = sampleValues({ length: 9, added_per_s: 2, added_at_least: true, groups: new Map([["YQ", lagging]]) });

  assert.deepEqual(values, {
    length: 9, added_per_s: 2, "added_per_s?": 2, memory_bytes: null, "lag:YQ": 4, "lag:YQ?": 2, "pending:YQ": 2, "delivered_per_s:YQ": null,
    "acked_per_s:YQ": 1.5, "time_lag_s:YQ": 0, "time_lag_s:YQ?": 1, "oldest_pending_s:YQ": null, "live_consumers:YQ": null, "dead_consumers:YQ": null,
  });
});

test("stored columns stand under the same lines as live samples, and those of means have a band", () => {
  const its = { lag: [3, null], lag_quality: ["exact", null], pending: [4, 4], delivered_per_s: [5, 5], acked_per_s: [6, 6], time_lag_s: [7, 7], time_lag_estimated: [false, true], oldest_pending_s: [1, 1], live_consumers: [1, 1], dead_consumers: [0, 0] };
  const stored = { stream: { length: [1, 1], added_per_s: [2, 2], added_at_least: [false, true], memory_bytes: [9, 9] }, groups: [{ slug: "YQ", name: "a", ...its }] };

  const live = sampleValues({ length: 1, added_per_s: 2, added_at_least: false, groups: new Map([["YQ", group({ lag_quality: "exact", time_lag_estimated: false })]]) });
  const columns = storedColumns(stored);

  assert.deepEqual(Object.keys(columns).sort(), Object.keys(live).sort());
  assert.deepEqual([columns["lag:YQ?"], columns["time_lag_s:YQ?"], columns["added_per_s?"]], [[0, null], [0, 1], [0, 2]]);
  const banded = storedColumns({ stream: { ...stored.stream, least: { length: [0, 0] }, most: { length: [5, 5] } }, groups: [] });
  assert.deepEqual([banded["length<"], banded["length>"]], [[0, 0], [5, 5]]);
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
  assert.equal(names("time_lag")[0], groupLine("time_lag_s", "g0"));
  assert.deepEqual(names("consumers"), ["live_consumers:g3", "dead_consumers:g3"]);
  assert.deepEqual(names("consumers", null), []);
});
