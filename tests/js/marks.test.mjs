import assert from "node:assert/strict";
import { test } from "node:test";

import { createMarks } from "../../static/js/lib/marks.js";

const opened = (alert, severity, stream = 1) => ({ type: "alert.opened", alert, stream, severity, title: `alert ${alert}` });
const resolved = (alert, stream = 1) => ({ type: "alert.resolved", alert, stream });

test("a stream is marked by the gravest of its open alerts", () => {
  const marks = createMarks([{ id: 1, stream: 1, severity: "notice", title: "alert 1" }]);
  assert.equal(marks.apply(opened(2, "critical")), true);
  assert.deepEqual(marks.of(1), { severity: "critical", gravity: 0, titles: "alert 1\nalert 2" });
});

test("a mark goes with its last alert, however often that resolves", () => {
  const marks = createMarks([]);
  marks.apply(opened(1, "warning"));
  marks.apply(opened(1, "warning"));
  marks.apply(resolved(1));
  marks.apply(resolved(1));
  assert.equal(marks.of(1), null);
});

test("an alert of a server marks no stream", () => {
  const marks = createMarks([]);
  assert.equal(marks.apply(opened(1, "critical", null)), false);
  assert.equal(marks.apply({ type: "sample.taken" }), false);
  assert.equal(marks.of(null), null);
});
