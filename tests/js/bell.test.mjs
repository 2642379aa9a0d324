// When a browser rings, and that it does so once over all its tabs.

import assert from "node:assert/strict";
import { test } from "node:test";

import { claim, ringKey } from "../../static/js/lib/bell.js";

const critical = { type: "alert.opened", alert: 7, severity: "critical", at: 100 };

test("it rings for critical alerts that open, grow graver, come back or lose who had them", () => {
  const changes = ["escalated", "relapsed", "unacknowledged", "acknowledged", "eased", "recovering"];
  const rung = changes.filter((change) => ringKey({ ...critical, type: "alert.changed", change }));

  assert.equal(ringKey(critical), "7@100");
  assert.deepEqual(rung, ["escalated", "relapsed", "unacknowledged"]);
  for (const quiet of [{ severity: "warning" }, { type: "alert.resolved" }, { type: "sample.taken" }]) {
    assert.equal(ringKey({ ...critical, ...quiet }), null);
  }
});

test("the first tab that claims an event rings, the others hear that it was", () => {
  const first = claim(null, "7@100", 1000);
  const second = claim(first.text, "7@100", 1001);
  const another = claim(second.text, "7@200", 1002);

  assert.deepEqual([first.isFirst, second.isFirst, another.isFirst], [true, false, true]);
});

test("what was remembered long ago, or by something else, is forgotten", () => {
  const { text } = claim(null, "1@1", 1000);

  assert.deepEqual(JSON.parse(claim(text, "2@2", 1000 + 7 * 3600_000).text), { "2@2": 1000 + 7 * 3600_000 });
  for (const odd of ["{", "[]", "3", '"x"', "null"]) assert.equal(claim(odd, "1@1", 5).isFirst, true);
});
