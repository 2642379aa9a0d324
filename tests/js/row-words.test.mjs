import assert from "node:assert/strict";
import { test } from "node:test";

import { rowWords, skewWords } from "../../static/js/lib/row-words.js";

const ROW = {
  kind: "stream", state: "ok", known: "watched", reason: "", group: "billing", members: 1, partial: [],
  length: 40, added_per_s: 2, added_at_least: false, delivered_per_s: 1, lag: 7, lag_quality: "exact", lag_reason: "",
  time_lag_s: 3, time_lag_estimated: false, oldest_pending_s: 5, pending: 2, drain_s: 30, never_drains: false, memory_bytes: 2048,
};
const plain = (text) => text.replaceAll("\u202f", " ");
const said = (facts) => Object.fromEntries(Object.entries(rowWords({ ...ROW, ...facts })).map(([name, { text }]) => [name, plain(text)]));

test("what is known exactly is a number and nothing more", () => {
  assert.deepEqual(said({}), { length: "40", added: "2", delivered: "1", lag: "7", time_lag: "3 s", oldest: "5 s", pending: "2", drain: "30 s", memory: "2 KiB" });
  assert.equal(rowWords(ROW).lag.why, "");
});

const doubts = [
  ["a lag as the server says", { lag_quality: "approximate", lag_reason: "It errs." }, "lag", "≈ 7", "It errs."],
  ["a lag counted up to a cap", { lag_quality: "at_least", lag_reason: "Capped." }, "lag", "≥ 7", "Capped."],
  ["an unknown lag", { lag: null, lag_quality: "unknown", lag_reason: "Entries were deleted." }, "lag", "?", "Entries were deleted."],
  ["a rate that is not known yet", { added_per_s: null }, "added", "?", "two samples"],
  ["a rate counted up to a cap", { added_at_least: true }, "added", "≥ 2", "cap"],
  ["a family with a rate that is not known", { kind: "family", added_at_least: true }, "added", "≥ 2", "some of them"],
  ["a time lag from ids that are no clock", { time_lag_estimated: true }, "time_lag", "≈ 3 s", "Estimated"],
  ["a time lag that is not known", { time_lag_s: null }, "time_lag", "?", "carry no time"],
  ["what never drains", { drain_s: null, never_drains: true }, "drain", "never", "at least as fast"],
  ["a drain time that is not known", { drain_s: null, state: "slow" }, "drain", "?", "known lag"],
  ["pending entries of an age that is not known", { oldest_pending_s: null }, "oldest", "?", "not read yet"],
  ["memory that is not measured yet", { memory_bytes: null }, "memory", "?", "not measured"],
  ["a sum of which a part is not known", { partial: ["memory_bytes"] }, "memory", "≥ 2 KiB", "every one"],
];
for (const [what, facts, name, text, why] of doubts) {
  test(`${what} reads ${text} and says why`, () => {
    const words = rowWords({ ...ROW, ...facts })[name];
    assert.equal(plain(words.text), text);
    assert.ok(words.why.includes(why), words.why);
  });
}

test("where there is nothing to wait for, a dash says so and never a 0", () => {
  const { lag, delivered, time_lag, drain } = said({ group: "", lag_quality: "", lag: null, delivered_per_s: null, time_lag_s: null, drain_s: null });
  assert.deepEqual([lag, delivered, time_lag, drain], ["–", "–", "–", "–"]);
  assert.equal(said({ pending: 0, oldest_pending_s: null }).oldest, "–");
  assert.equal(said({ lag: 0, drain_s: null }).drain, "–");
});

test("a stream that cannot be read says ? and why, one that vanished or waits a dash", () => {
  assert.equal(rowWords({ ...ROW, length: null, state: "denied", reason: "No." }).pending.why, "No.");
  for (const state of ["vanished", "waiting"]) assert.equal(said({ length: null, state }).length, "–");
});

test("an uneven family says so, and names the odd one out where there is one", () => {
  assert.equal(plain(skewWords({ skew: 0.62, members: 4, odd_reason: "" }).text), "largest 62 %");
  assert.equal(skewWords({ skew: null, members: 4, odd_reason: "orders:2 lags" }).text, "orders:2 lags");
  assert.equal(skewWords({ skew: null, members: 4, odd_reason: "" }), null);
});
