import assert from "node:assert/strict";
import { test } from "node:test";

import { CHOICES, chosen, fitting, spelledColumns, tracks } from "../../static/js/lib/columns.js";

const names = (columns) => columns.map(({ name }) => name);
const all = CHOICES.map(({ name }) => name);

test("columns stand in the page's order, whatever the address says", () => {
  assert.deepEqual(chosen(["memory", "lag", "no such"]), ["lag", "memory"]);
});

test("where nothing that we know is asked for, the usual ones are shown and need no address", () => {
  assert.deepEqual(chosen(["no such"]), chosen([]));
  assert.deepEqual(spelledColumns(chosen([])), []);
  assert.deepEqual(spelledColumns(["lag"]), ["lag"]);
});

test("state and stream are always there, and where there is no room the least important give way", () => {
  assert.deepEqual(names(fitting(all, 0)), ["state", "name"]);
  assert.deepEqual(names(fitting(all, 35)), ["state", "name", "lag"]);
  assert.deepEqual(names(fitting(all, 1000)), ["state", "name", ...all]);
});

test("the usual columns fit into a window of 1280 pixels, with the link that acts", () => {
  assert.deepEqual(names(fitting(chosen([]), 78, { act: true })), ["state", "name", ...chosen([])]);
});

test("the stream's column takes what the others leave", () => {
  assert.equal(tracks(fitting(["length"], 100), { act: true }), "6.5rem minmax(15rem, 1fr) 5.5rem 4.75rem");
});
