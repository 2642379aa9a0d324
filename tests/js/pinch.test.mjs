import assert from "node:assert/strict";
import { test } from "node:test";

import { createPinch } from "../../static/js/lib/pinch.js";

test("fingers that spread to twice the distance halve what is shown, around the middle between them", () => {
  const pinch = createPinch();
  pinch.down(1, 100, 50);
  assert.equal(pinch.move(1, 110, 50), null);
  pinch.down(2, 210, 50);

  assert.deepEqual(pinch.move(2, 310, 50), { factor: 0.5, middle: 210 });
  assert.deepEqual(pinch.move(2, 210, 50), { factor: 2, middle: 160 });
});

test("one finger, a third one, and one that has gone zoom nothing", () => {
  const pinch = createPinch();
  pinch.down(1, 0, 0);
  pinch.down(2, 100, 0);
  pinch.down(3, 200, 0);
  assert.equal(pinch.move(3, 250, 0), null);
  pinch.up(3);
  pinch.up(2);
  assert.equal(pinch.move(2, 300, 0), null);
  assert.equal(pinch.move(1, 30, 0), null);
});

test("fingers that almost touch do not leap", () => {
  const pinch = createPinch();
  pinch.down(1, 0, 0);
  pinch.down(2, 2, 0);
  assert.equal(pinch.move(2, 20, 0), null);
});
