import assert from "node:assert/strict";
import { test } from "node:test";

import { createWish } from "../../static/js/live/wish.js";

function start() {
  const sent = [];
  const timers = [];
  const time = { now: 1000 };
  const wish = createWish({ send: (said) => sent.push({ ...said }), view: "q=a", later: (run, pause) => timers.push({ run, pause }), clock: () => time.now });
  return { wish, sent, timers, time, ring: () => timers.splice(0).forEach(({ run }) => run()) };
}

test("of many wishes in a hurry the last one is told", () => {
  const { wish, sent, ring } = start();
  for (const first of [0, 40, 80]) wish.tell({ first, rows: 50 });
  ring();
  assert.deepEqual(sent, [{ view: "q=a", first: 80, rows: 50, hold: false }]);
});

test("a second wish waits for its turn", () => {
  const { wish, timers, time, ring } = start();
  wish.tell({ rows: 50 });
  ring();
  time.now += 20;
  wish.tell({ first: 10 });
  assert.equal(timers[0].pause, 130);
});

test("what was told already, and what wants no row yet, is not told", () => {
  const { wish, sent, ring } = start();
  wish.tell({ hold: true });
  ring();
  assert.equal(sent.length, 0);
  wish.tell({ rows: 50 });
  ring();
  wish.tell({ rows: 50 });
  ring();
  assert.equal(sent.length, 1);
});
