import assert from "node:assert/strict";
import test from "node:test";

import { createFollowing } from "../../static/js/lib/tail.js";

const plain = (text) => text.replace(/\u202f/g, " ");

function following() {
  const its = createFollowing({ idle_s: 600 });
  its.start(1000);
  return its;
}

test("it asks while it is on, and says so", () => {
  const its = createFollowing();
  assert.deepEqual([its.polls(0), its.words()], [false, ""]);
  its.start(0);
  assert.deepEqual([its.polls(1), its.words()], [true, "Following: new entries come at the top."]);
  its.stop();
  assert.deepEqual([its.polls(2), its.words()], [false, ""]);
});

test("it pauses while somebody reads further down, or the tab is hidden, and goes on after", () => {
  const its = following();
  its.scrolled(true);
  assert.equal(its.polls(1001), false);
  assert.match(its.words(), /scroll up to go on/);
  its.scrolled(false);
  its.hidden(true);
  assert.equal(its.polls(1002), false);
  assert.match(its.words(), /this tab is hidden/);
  its.hidden(false);
  assert.equal(its.polls(1003), true);
});

test("it stops by itself when nobody is there, with a word, and any sign puts that off", () => {
  const its = following();
  its.attended(1500);
  assert.equal(its.polls(2099), true);
  assert.equal(its.polls(2101), false);
  assert.deepEqual([its.on, its.words()], [false, "Stopped: nobody was here for 10 min."]);
  its.start(3000);
  assert.equal(its.polls(3001), true);
});

test("a hidden tab that is forgotten stops, too", () => {
  const its = following();
  its.hidden(true);
  assert.equal(its.polls(2000), false);
  assert.equal(its.on, false);
});

test("what was skipped is summed up, and said to be a least where it was not counted", () => {
  const its = following();
  its.took({ skipped: 1240, at_least: false });
  assert.equal(plain(its.words()), "Following: skipped 1 240 entries to keep up.");
  its.took({ skipped: 10, at_least: true });
  assert.equal(plain(its.words()), "Following: skipped more than 1 250 entries to keep up.");
  its.start(1000);
  its.took({ skipped: 0, at_least: true });
  assert.equal(its.words(), "Following: skipped entries to keep up.");
});
