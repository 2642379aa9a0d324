import assert from "node:assert/strict";
import test from "node:test";

import { createStore } from "../../static/js/live/store.js";

function sample({ at = 100, length = [7], slugs = ["YQ", "Yg"] } = {}) {
  return {
    type: "sample.taken", seq: 1, server: 3, at, taken_at: at + 0.5, interval: 1, health: { state: "up" },
    streams: { id: [12], length, added_per_s: [null], memory_bytes: [null], pending: [2], problem: [null] },
    groups: { stream: slugs.map(() => 12), slug: slugs, name: slugs.map((slug) => `n-${slug}`), lag: slugs.map(() => null) },
  };
}

test("a sample becomes the stream's latest facts, and unknown stays null", () => {
  const store = createStore();

  store.apply(sample());

  const stream = store.stream(12);
  assert.equal(stream.length, 7);
  assert.equal(stream.added_per_s, null);
  assert.equal(stream.at, 100);
  assert.equal(stream.server, 3);
  assert.deepEqual(store.group(12, "Yg"), { slug: "Yg", name: "n-Yg", lag: null });
  assert.equal(store.server(3).taken_at, 100.5);
});

test("nothing known is null, not undefined and not zero", () => {
  const store = createStore();

  assert.equal(store.stream(1), null);
  assert.equal(store.group(1, "x"), null);
  assert.equal(store.server(1), null);
  assert.equal(store.openAlerts(), null);
});

test("a group that was deleted is gone with the next sample", () => {
  const store = createStore();
  store.apply(sample());

  store.apply(sample({ at: 101, slugs: ["YQ"] }));

  assert.deepEqual([...store.stream(12).groups.keys()], ["YQ"]);
});

test("a sample of one server leaves the streams of another alone", () => {
  const store = createStore();
  store.apply(sample());

  store.apply({ ...sample(), server: 4, streams: { id: [], length: [] }, groups: { stream: [], slug: [] } });

  assert.equal(store.stream(12).length, 7);
  assert.equal(store.servers().length, 2);
});

test("an unreachable server keeps its last sample and says since when, until it recovers or answers", () => {
  const store = createStore();
  store.apply(sample());

  store.apply({ type: "server.unreachable", server: 3, state: "down", detail: "refused", since: 101 });
  assert.deepEqual(store.server(3).unreachable, { state: "down", detail: "refused", since: 101 });
  assert.equal(store.server(3).at, 100);

  store.apply({ type: "server.recovered", server: 3, since: 105 });
  assert.equal(store.server(3).unreachable, null);

  store.apply({ type: "server.unreachable", server: 3, state: "down", detail: "refused", since: 106 });
  store.apply(sample({ at: 107 }));
  assert.equal(store.server(3).unreachable, null);
});

test("hostile names are plain keys", () => {
  const store = createStore();

  store.apply(sample({ slugs: ["__proto__", "constructor"] }));

  assert.equal(store.group(12, "__proto__").name, "n-__proto__");
  assert.equal(store.group(12, "toString"), null);
});

test("subscribers hear of every event after it was applied, until they leave", () => {
  const store = createStore();
  const heard = [];
  const leave = store.subscribe((event) => heard.push([event.type, store.openAlerts()]));

  store.apply({ type: "alert.opened", alert: 1, open_alerts: 4 });
  store.apply({ type: "something.new" });
  leave();
  store.apply({ type: "alert.resolved", alert: 1, open_alerts: 3 });

  assert.deepEqual(heard, [["alert.opened", 4], ["something.new", 4]]);
  assert.equal(store.openAlerts(), 3);
});
