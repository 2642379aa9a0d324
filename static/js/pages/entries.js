// The page of a stream's entries: its form, which stands in the address, and the entries that it asks for.

import "./base.js";
import { createEntriesForm } from "../ui/entries-form.js";
import { createTailing } from "../ui/entries-tail.js";
import { createEntries } from "../ui/stream-entries.js";

const page = JSON.parse(document.getElementById("page-data").textContent);
const ahead = page.now - performance.now() / 1000;
const now = () => performance.now() / 1000 + ahead;

const element = document.getElementById("entries");
const form = createEntriesForm({ form: document.getElementById("entries-form"), onAsk });
const entries = createEntries({ element, urls: page.entries, now, query: form.query, onErrors: form.showErrors });
const tailing = createTailing({
  button: document.getElementById("entries-follow"), said: document.getElementById("entries-following"),
  element: document.getElementById("entries-live"), instead: element, urls: page.entries, now,
  filter: () => form.query().get("filter"), onErrors: form.showErrors, onStop: () => entries.load(),
});

function onAsk() {
  tailing.leave();
  entries.load();
}

entries.load();
