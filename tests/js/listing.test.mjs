import assert from "node:assert/strict";
import { test } from "node:test";

import { createListing, keyOf, notOk } from "../../static/js/lib/listing.js";

function event(first, names, rest = {}) {
  const rows = { kind: names.map(() => "stream"), id: names.map((name) => name.charCodeAt(0)), family: names.map(() => ""), server: names.map(() => 1), name: names };
  return { view: "", first, total: 1000, streams: 1000, all: 1000, states: {}, known: {}, unknown: [], servers: { attention: [2, 1] }, rows, ...rest };
}

const shown = (listing, from, to) => Array.from({ length: to - from }, (_, at) => listing.row(from + at)?.name ?? "");

test("each row stands at its place, also those of the window before", () => {
  const listing = createListing();
  listing.take(event(0, ["a", "b"]));
  listing.take(event(2, ["c", "d"]));
  assert.deepEqual(shown(listing, 0, 5), ["a", "b", "c", "d", ""]);
});

test("a row that moved is at one place only", () => {
  const listing = createListing();
  listing.take(event(0, ["a", "b", "c"]));
  listing.take(event(2, ["a"]));
  assert.deepEqual(shown(listing, 0, 3), ["", "b", "a"]);
  assert.equal(listing.place("s 97"), 2);
  assert.equal(listing.place("s 99"), null);
});

test("two rows that change places lose nobody", () => {
  const listing = createListing();
  listing.take(event(0, ["a", "b"]));
  listing.take(event(0, ["b", "a"]));
  assert.deepEqual(shown(listing, 0, 2), ["b", "a"]);
});

test("another view begins with nothing", () => {
  const listing = createListing();
  listing.take(event(0, ["a", "b"]));
  listing.take(event(1, ["c"], { view: "q=c" }));
  assert.deepEqual(shown(listing, 0, 2), ["", "c"]);
});

test("what lies beyond a list that became shorter, or far away, is forgotten", () => {
  const listing = createListing();
  listing.take(event(0, ["a", "b"]));
  listing.take(event(900, ["c"]));
  assert.equal(listing.row(0), null);
  listing.take(event(0, ["d"], { total: 1 }));
  assert.equal(listing.row(900), null);
});

test("a family is known by its server and name, a stream by its number", () => {
  assert.notEqual(keyOf({ kind: "family", id: null, server: 1, family: "a" }), keyOf({ kind: "family", id: null, server: 2, family: "a" }));
  assert.equal(keyOf({ kind: "member", id: 7, server: 1, family: "a" }), keyOf({ kind: "stream", id: 7, server: 1, family: "" }));
});

test("what is in its first minute is no trouble yet", () => {
  assert.equal(notOk({ ok: 5, waiting: 3, slow: 2, vanished: 1, unknown: 1 }), 4);
});
