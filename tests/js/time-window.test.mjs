import assert from "node:assert/strict";
import test from "node:test";

import { createTimeWindow } from "../../static/js/charts/time-window.js";

function start({ clock = 1000, interval_s = 1 } = {}) {
  const time = { now: clock };
  return { time, shown: createTimeWindow({ interval_s, clock: () => time.now }) };
}

test("the newest sample stands at the right edge", () => {
  const { shown } = start();
  shown.sampled(999.5);

  assert.equal(shown.edge(), 999.5);
  assert.equal(shown.staleSince(), null);
});

test("when samples stop the edge goes on, and the page says since when", () => {
  const { time, shown } = start();
  shown.sampled(1000);

  time.now = 1012;

  assert.equal(shown.edge(), 1012);
  assert.equal(shown.staleSince(), 1000);
});

test("one late sample is not stale", () => {
  const { time, shown } = start();
  shown.sampled(1000);

  time.now = 1002.9;

  assert.equal(shown.staleSince(), null);
  assert.equal(shown.edge(), 1000);
});

test("a slow interval is not stale between its samples", () => {
  const { time, shown } = start({ interval_s: 10 });
  shown.sampled(1000);

  time.now = 1020;

  assert.equal(shown.staleSince(), null);
});

test("a viewer's clock that is an hour off changes nothing", () => {
  const { time, shown } = start({ clock: 4600 });
  shown.synchronise(1000);
  shown.sampled(1000);
  time.now += 2;

  assert.equal(shown.staleSince(), null);
  assert.equal(shown.edge(), 1000);
  assert.equal(shown.now(), 1002);
});

test("with no sample ever, nothing is called stale and the axis follows the clock", () => {
  const { time, shown } = start();
  time.now = 1060;

  assert.equal(shown.staleSince(), null);
  assert.equal(shown.edge(), 1060);
});

test("an old sample that comes late does not move the edge back", () => {
  const { shown } = start();
  shown.sampled(1000);
  shown.sampled(990);

  assert.equal(shown.lastAt, 1000);
});

test("a host's clock that is set back moves the edge with it, and nothing is called stale", () => {
  const { time, shown } = start();
  shown.sampled(1000);
  const setBack = [400, 401].map((at, second) => {
    time.now = 1001 + second;
    return shown.sampled(at);
  });

  assert.deepEqual(setBack, [false, true]);
  assert.equal(shown.staleSince(), null);
  assert.equal(shown.edge(), 401);
});

test("a host's clock that is set on does not hide that samples stop", () => {
  const { time, shown } = start();
  shown.sampled(4600);
  time.now += 10;

  assert.equal(shown.staleSince(), 4600);
});

test("what comes from the past, twice in a row, is no clock set back", () => {
  const { shown } = start();
  shown.sampled(1000);
  shown.stored(900);
  shown.stored(950);

  assert.equal(shown.lastAt, 1000);
  assert.equal(shown.now(), 1000);
});

test("while the clock is set back, neither who answers pages nor what was stored before makes samples stale", () => {
  const { time, shown } = start({ clock: 5000 });
  shown.sampled(5000);
  shown.sampled(1400);
  shown.sampled(1401); // two in a row: the clock was set back
  shown.synchronise(5003);
  shown.stored(5000);
  time.now += 1;
  shown.sampled(1402);

  assert.equal(shown.staleSince(), null);
  assert.equal(shown.setBackTo(), 1402);

  shown.sampled(5005); // and on again
  shown.synchronise(5005);
  assert.equal(shown.setBackTo(), null);
  assert.equal(shown.edge(), 5005);
});
