import assert from "node:assert/strict";
import test from "node:test";

import { streamSentence } from "../../static/js/ui/stream-sentence.js";

const NOW = 1_795_000_000;
const up = { name: "shop-prod", unreachable: null };
const stream = (groups = [], problem = null) => ({ problem, groups: new Map(groups.map((group) => [group.name, group])) });
const say = (facts) => streamSentence({ server: up, stream: stream(), now: NOW, ...facts });

for (const [name, facts, state, words] of [
  ["before the first sample it waits", { stream: null }, "waiting", /Waiting for the first sample/],
  ["no group is no trouble", {}, "ok", /No consumer group/],
  ["one group without trouble", { stream: stream([{ name: "a", state: "ok" }]) }, "ok", /^No trouble seen in its group\.$/],
  ["groups without trouble", { stream: stream([{ name: "a", state: "ok" }, { name: "b", state: "ok" }]) }, "ok", /its 2 groups/],
  ["the gravest group speaks", {
    stream: stream([{ name: "a", state: "slow", state_reason: "Too slow." }, { name: "b", state: "stopped", state_reason: "Nothing moves." }]),
  }, "stopped", /^b: Nothing moves\.$/],
  ["a key that is gone", { stream: stream([], "vanished") }, "vanished", /no such key on shop-prod/],
  ["a key that is no stream", { stream: stream([], "wrong_type") }, "wrong_type", /no longer holds a stream/],
  ["a key that is denied", { stream: stream([], "denied") }, "denied", /may not read this key/],
  ["a problem that is new to us", { stream: stream([], "melted") }, "melted", /error/],
  ["a server that is down comes before everything", {
    server: { name: "shop-prod", unreachable: { state: "down", detail: "It refuses connections.", since: NOW - 60 } },
    stream: stream([{ name: "b", state: "stopped", state_reason: "x" }]),
  }, "down", /shop-prod cannot be reached since \d.*: It refuses connections\. What is shown here is the last/],
  ["an error of ours is not a server that cannot be reached", {
    server: { name: "s", unreachable: { state: "error", detail: "An error in Streamgauge itself; its log has it.", since: null } },
  }, "error", /^s cannot be sampled: An error in Streamgauge itself; its log has it\. What/],
  ["a trouble whose begin is not known", {
    server: { name: "s", unreachable: { state: "loading", detail: "", since: null } },
  }, "loading", /^s is loading its data\. What/],
]) {
  test(name, () => {
    const said = say(facts);
    assert.equal(said.state, state);
    assert.match(said.sentence, words);
  });
}
