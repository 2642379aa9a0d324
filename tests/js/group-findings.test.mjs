import assert from "node:assert/strict";
import { test } from "node:test";

import { judgeConsumers } from "../../static/js/lib/consumer-facts.js";
import { groupFindings } from "../../static/js/lib/group-findings.js";
import { bars, deliveriesLabel, waitLabel } from "../../static/js/lib/survey-bars.js";

const plain = (text) => text.replaceAll("\u202f", " ");
const consumer = (name, idle_s, pending = 0) => ({ name, slug: `s-${name}`, idle_s, pending, inactive_s: null });
const states = (consumers, facts) => judgeConsumers(consumers, facts).map(({ state }) => state);
const CALM = { slug: "bill", state: "ok", state_reason: "", lag: 0, lag_quality: "exact", lag_reason: "", pending: 0, ghosts: 0, lost: 0, poison: 0, consumers: 1 };
const CALM_SURVEY = { looked_at: 0, complete: true, poison: 0, poisonous: [], ghosts: 0, ghosts_at_least: false, ghostly: [] };
const find = (facts, seen = {}) => groupFindings({ ...CALM, ...facts }, seen);

test("who asked within a minute is alive", () => {
  assert.deepEqual(states([consumer("a", 3)], { live: null, lags: false }), ["alive"]);
});

test("who is silent for longer is dead only where the sampler counts no more as alive than have asked lately", () => {
  const consumers = [consumer("a", 3), consumer("b", 400, 12)];
  assert.deepEqual(states(consumers, { live: 1, lags: false }), ["alive", "dead"]);
  assert.deepEqual(states(consumers, { live: 2, lags: false }), ["alive", "alive"]);
  assert.deepEqual(states(consumers, { live: null, lags: false }), ["alive", "unsure"]);
});

test("of several that are silent none is called dead while the sampler knows that one of them lives", () => {
  assert.deepEqual(states([consumer("a", 300, 1), consumer("b", 400, 1)], { live: 1, lags: true }), ["unsure", "unsure"]);
});

test("a silent consumer with nothing to do is no trouble, but where entries wait it is", () => {
  assert.deepEqual(states([consumer("a", 400)], { live: 0, lags: false }), ["silent"]);
  assert.deepEqual(states([consumer("a", 400)], { live: 0, lags: true }), ["dead"]);
});

test("every verdict says why", () => {
  for (const { why } of judgeConsumers([consumer("a", 3), consumer("b", 400, 1)], { live: 1, lags: true })) assert.match(why, /\.$/);
});

test("a group with which nothing is wrong has no findings", () => {
  assert.deepEqual(find({}), []);
  assert.deepEqual(find({}, { consumers: judgeConsumers([consumer("a", 3)], { live: 1, lags: false }), survey: CALM_SURVEY }), []);
});

test("a dead consumer's pending entries are claimed by its name, any other byte than ours escaped by the page", () => {
  const consumers = judgeConsumers([consumer("w 3<b>", 400, 120)], { live: 0, lags: true });
  const [{ text, level, remedy }] = find({}, { consumers });
  assert.equal(plain(text), "Consumer w 3<b> is dead: silent for 6 min 40 s, with 120 entries pending.");
  assert.equal(level, "warning");
  assert.deepEqual(remedy, { words: "Claim its 120 entries", page: "pending", query: { group: "bill", consumer: "s-w 3<b>" } });
});

test("of many dead consumers five are named and the others counted", () => {
  const consumers = judgeConsumers(Array.from({ length: 40 }, (_, at) => consumer(`w${at}`, 400, 1)), { live: 0, lags: true });
  const found = find({}, { consumers });
  assert.equal(found.length, 6);
  assert.equal(found.at(-1).text, "35 more consumers are dead.");
});

test("poison is known from the samples, and exactly from the survey", () => {
  assert.match(plain(find({ poison: 2 })[0].text), /^≥ 2 entries were delivered/);
  const survey = { ...CALM_SURVEY, poison: 1, poisonous: [{ id: "5-0", deliveries: 12, consumer: "ann", idle_s: 3 }] };
  const [{ text, remedy }] = find({ poison: 2 }, { survey });
  assert.equal(text, "1 entry was delivered five times or more and is still pending. 5-0 was delivered 12 times, last to ann.");
  assert.deepEqual(remedy.query, { group: "bill", deliveries: 5 });
});

test("a survey that found nothing overrules what the samples said before", () => {
  assert.deepEqual(find({ poison: 2, ghosts: 1 }, { survey: CALM_SURVEY }), []);
});

test("ghosts are named, and a lower bound says so", () => {
  const survey = { ...CALM_SURVEY, ghosts: 9, ghosts_at_least: true, ghostly: ["1-0", "2-0", "3-0", "4-0", "5-0", "6-0"] };
  const [{ text }] = find({}, { survey });
  assert.equal(plain(text), "≥ 9 pending entries no longer exist. They can only be acknowledged. (1-0, 2-0, 3-0, 4-0, 5-0, …)");
});

test("what stands still names who is alive", () => {
  const consumers = judgeConsumers([consumer("w-3", 2), consumer("w-4", 2)], { live: 2, lags: true });
  const [{ text }] = find({ state: "stalled", lag: 4 }, { consumers });
  assert.match(text, /though w-3, w-4 asked lately/);
});

test("a lag that is not known leads to measuring it", () => {
  const [{ text, remedy }] = find({ lag: null, lag_reason: "Entries were deleted." });
  assert.equal(text, "Its lag is not known. Entries were deleted.");
  assert.equal(remedy.page, "measure");
});

test("what was lost is the gravest and stands first", () => {
  const found = find({ lost: 70, lag: null, lag_reason: "", ghosts: 1, state: "stuck", state_reason: "Stuck." });
  assert.deepEqual(found.map(({ level }) => level), ["critical", "warning", "notice", "notice"]);
});

test("an abandoned group and what was lost lead to the group's page, and who may not go there to when it was", () => {
  const [abandoned] = find({ state: "abandoned", state_reason: "Nobody reads." });
  assert.deepEqual(abandoned.remedy, { words: "Decide what becomes of it", page: "group", query: { group: "bill" } });
  const [lost] = find({ lost: 1 });
  assert.deepEqual([lost.remedy.page, lost.remedy.query, lost.remedy.otherwise.page], ["group", { group: "bill" }, "marks"]);
});

test("bars are named by where they begin and end, and the tallest is full", () => {
  const waits = bars({ begins: [0, 10, 60, 86_400], counts: [4, 2, 0, 1] }, waitLabel);
  assert.deepEqual(waits.map(({ label }) => plain(label)), ["up to 10 s", "10 s – 1 min", "1 min – 1 d", "over 1 d"]);
  assert.deepEqual(waits.map(({ share }) => share), [1, 0.5, 0, 0.25]);
  const deliveries = bars({ begins: [0, 2, 3, 5, 10], counts: [0, 0, 0, 0, 0] }, deliveriesLabel);
  assert.deepEqual(deliveries.map(({ label }) => label), ["once", "2 times", "3 – 4 times", "5 – 9 times", "10 times or more"]);
});
