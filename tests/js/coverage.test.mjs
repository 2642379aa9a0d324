import assert from "node:assert/strict";
import { test } from "node:test";

import { createCoverage } from "../../static/js/lib/coverage.js";
import { leftOut } from "../../static/js/lib/timeline.js";

test("stretches that touch become one, and a hole stays a hole", () => {
  const coverage = createCoverage();
  coverage.add(10, 20);
  coverage.add(30, 40);
  assert.equal(coverage.covers(12, 18), true);
  assert.equal(coverage.covers(12, 35), false);

  coverage.add(20, 30);
  assert.equal(coverage.covers(10, 40), true);
  assert.equal(coverage.covers(9, 40), false);
  coverage.add(5, 5);
  assert.equal(coverage.covers(5, 5), false);
});

test("of answers with more than they hold it is known how many there are, and since when nothing is missing", () => {
  const marks = { marks: [{ at: 50 }, { at: 70 }], alerts: [{ opened_at: 20 }], of: { marks: 900, alerts: 1 } };
  const actions = { actions: [{ at: 60 }], of: { actions: 40 } };

  assert.deepEqual(leftOut([marks, actions]), { n: 4, count: 941, since: 60 });
  assert.equal(leftOut([{ marks: [{ at: 50 }], alerts: null, of: { marks: 1, alerts: 0 } }, {}]), null);
});
