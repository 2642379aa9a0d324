import assert from "node:assert/strict";
import test from "node:test";

import { createHostClock } from "../../static/js/lib/host-clock.js";

function start() {
  const time = { passed: 0 };
  const clock = createHostClock(() => time.passed);
  clock.synchronise(10_000);
  return { time, clock };
}

test("it goes on by itself", () => {
  const { time, clock } = start();
  time.passed = 5;

  assert.equal(clock.now(), 10_005);
});

test("no sample is from the future: the clock was set on", () => {
  const { time, clock } = start();
  time.passed = 1;

  assert.equal(clock.heard(13_601), false);
  assert.equal(clock.now(), 13_601);
});

test("two samples in a row from far behind say that the clock was set back", () => {
  const { time, clock } = start();
  clock.heard(10_000);

  assert.equal(clock.heard(6_400), false);
  time.passed = 1;
  assert.equal(clock.heard(6_401), true);
  assert.equal(clock.now(), 6_401);
  assert.equal(clock.heard(6_402), false);
});

test("one old sample is only late, however often one comes", () => {
  const { clock } = start();
  for (const at of [10_000, 9_000, 10_001, 9_001, 10_002]) assert.equal(clock.heard(at), false);

  assert.equal(clock.now(), 10_002);
});

test("jitter is no set-back", () => {
  const { clock } = start();
  for (const at of [10_000, 9_999, 9_999.5]) assert.equal(clock.heard(at), false);
});

test("the last samples of servers that are down say nothing", () => {
  const { clock } = start();
  clock.heard(10_000, 1);
  assert.equal(clock.heard(9_000, 2), false);
  assert.equal(clock.heard(9_100, 3), false);

  assert.equal(clock.now(), 10_000);
});
