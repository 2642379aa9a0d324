import assert from "node:assert/strict";
import { test } from "node:test";

import { bytes } from "../../static/js/lib/format.js";
import { groupFacts, measuredWords, stateReason } from "../../static/js/lib/group-facts.js";

const CALM = {
  lag: 0, pending: 0, oldest_pending_s: 0, processing_s: null, drain_s: 0, never_drains: false, ghosts: 0, lost: 0, poison: 0,
  most_deliveries: null, consumers: 0, live_consumers: 0, dead_consumers: 0,
};
const plain = (text) => text.replaceAll("\u202f", " ");
const words = (facts) => Object.fromEntries(groupFacts({ ...CALM, ...facts }).map(({ label, text }) => [label, plain(text)]));

test("a group with nothing to say shows dashes", () => {
  assert.deepEqual(new Set(Object.values(words({}))), new Set(["–"]));
});

test("what is not known is a question mark with its reason, never a dash or a zero", () => {
  const facts = groupFacts({
    ...CALM, lag: null, pending: 3, oldest_pending_s: null, drain_s: null, ghosts: null, lost: null, poison: null, consumers: 2, live_consumers: null,
  });
  for (const { label, text, title } of facts) {
    if (label !== "Processing time") assert.equal(text, "?", label);
    assert.ok(title.endsWith("."), label);
  }
});

test("damage is said with its bound and its gravity", () => {
  const facts = { pending: 9, oldest_pending_s: 130, ghosts: 3, lost: 70, poison: 1, most_deliveries: 12, consumers: 3, live_consumers: 1, dead_consumers: 2 };
  assert.deepEqual(words(facts), {
    "Oldest unacknowledged": "2 min 10 s", "Processing time": "–", "Drains in": "–", Ghosts: "≥ 3", Lost: "70", Poison: "≥ 1", Alive: "1 of 3, 2 dead",
  });
  const levels = groupFacts({ ...CALM, ...facts }).map(({ level }) => level);
  assert.deepEqual(levels, ["", "", "", "notice", "critical", "critical", "warning"]);
});

test("a lag that does not fall never drains", () => {
  assert.equal(words({ lag: 5, drain_s: null, never_drains: true })["Drains in"], "never");
  assert.equal(words({ lag: 5, drain_s: 40 })["Drains in"], "40 s");
});

test("too many consumers are said to be too many", () => {
  const [alive] = groupFacts({ ...CALM, consumers: 1001, live_consumers: null }).slice(-1);
  assert.match(plain(alive.title), /more than 1 000/);
});

test("a measurement says what it took", () => {
  assert.equal(plain(measuredWords({ commands: 5, bytes: 2048, server_ms: 0.4567 }, bytes)), "It took 5 commands, 2 KiB and 0.46 ms of the server.");
  assert.match(measuredWords({ commands: 1, bytes: 0, server_ms: null }, bytes), /1 command, .* does not tell/);
});

test("a group that catches up now and then has no forecast, and is no riddle", () => {
  assert.equal(words({ lag: 2, drain_s: null, state: "ok" })["Drains in"], "–");
  assert.equal(words({ lag: 2, drain_s: null, state: "slow" })["Drains in"], "?");
});

test("a state says for how long, where that is known", () => {
  const group = { state: "stalled", state_reason: "Entries wait.", state_since: 1000 };
  assert.equal(plain(stateReason(group, 1130)), "For 2 min 10 s: Entries wait.");
  assert.equal(stateReason({ ...group, state_since: null }, 1130), "Entries wait.");
  assert.equal(stateReason({ ...group, state: "ok" }, 1130), "");
});
