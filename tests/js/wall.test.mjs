import assert from "node:assert/strict";
import test from "node:test";

import { BESIDE, slides, tally } from "../../static/js/lib/wall.js";

test("streams that are not well fill slides, worst first, and the servers come after", () => {
  assert.deepEqual(slides({ rows: 214, trouble: 17, servers: 9, fit: 10 }), [
    { kind: "streams", first: 0 }, { kind: "streams", first: 10 }, { kind: "servers", first: 0 },
  ]);
});

test("a fleet in which all is well shows one slide of streams", () => {
  assert.deepEqual(slides({ rows: 10_000, trouble: 0, servers: 9, fit: 12 }).map(({ kind }) => kind), ["streams", "servers"]);
});

test("nobody waits for more than four slides of trouble", () => {
  assert.equal(slides({ rows: 10_000, trouble: 9_000, servers: 9, fit: 10 }).length, 5);
});

test("a few servers stand below every slide and have none of their own", () => {
  assert.deepEqual(slides({ rows: 5, trouble: 1, servers: BESIDE, fit: 10 }), [{ kind: "streams", first: 0 }]);
});

test("a fleet without streams or servers still has a slide", () => {
  assert.deepEqual(slides({ rows: 0, trouble: 0, servers: 0, fit: 10 }), [{ kind: "streams", first: 0 }]);
});

test("states are counted gravest first, and what is none is left out", () => {
  const order = ["stopped", "slow", "ok"];
  assert.deepEqual(tally({ ok: 211, slow: 1, stopped: 2, loss: 0 }, (state) => order.indexOf(state)), [
    { state: "stopped", count: 2 }, { state: "slow", count: 1 }, { state: "ok", count: 211 },
  ]);
});
