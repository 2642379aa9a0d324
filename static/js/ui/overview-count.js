// What the table says of itself: how much of the fleet is listed, what is not OK, what is new, and why it is empty.

import { notOk } from "../lib/listing.js";
import { whole } from "../lib/format.js";
import { isFiltered, unfiltered } from "../lib/view.js";
import { nt, t } from "../lib/words.js";
import { button, el } from "./stream-dom.js";

/** `change(view)` shows another view; `filterWords()` says what the present one holds back. */
export function createCount({ count, note, nothing, filterWords, change }) {
  let said = "";

  // Without a filter as the servers count it, alerts included; of a state nothing is said twice.
  function troubled({ states, attention }, view) {
    if (!isFiltered(view)) return attention;
    return view.state ? 0 : notOk(states);
  }

  function words(facts, view) {
    const { streams, all, known } = facts;
    const of = view.show === "watched" && known ? known.watched : all;
    const listed = isFiltered(view) ? t("{n} of {all} streams", { n: whole(streams), all: whole(of) }) : nt("{n} stream", "{n} streams", streams, { n: whole(streams) });
    const trouble = troubled(facts, view);
    return trouble ? `${listed} · ${t("{n} not OK", { n: whole(trouble) })}` : listed;
  }

  function notes({ unknown, known }, view) {
    const fresh = known?.new ?? 0;
    const parts = unknown.map((text) => el("span", {}, text));
    if (fresh && view.show === "watched" && !isFiltered(view)) {
      parts.push(el("span", {}, nt("{n} stream is new since yesterday.", "{n} streams are new since yesterday.", fresh, { n: whole(fresh) })), button(t("Show them"), () => change({ ...view, show: "new" }), { class: "button button--quiet button--small" }));
    }
    return parts;
  }

  function emptiness(facts, view) {
    if (facts.all === 0) return [el("h2", {}, t("No stream was found yet")), el("p", {}, t("They are found by themselves, by the patterns of their server. See above whether it is reached, and add an entry to a stream to try it."))];
    const asked = filterWords();
    const others = view.show === "watched" ? facts.known?.watched ?? facts.all : facts.all;
    return [
      el("p", {}, asked ? t("No stream matches {what}.", { what: asked }) : t("No stream is watched.")),
      el("p", {}, button(nt("Show the one that there is", "Show all {n}", others, { n: whole(others) }), () => change({ ...unfiltered(view), show: asked ? "watched" : "all" }))),
    ];
  }

  return function show(facts, view) {
    const identity = JSON.stringify([facts.total, facts.streams, facts.all, facts.states, facts.known, facts.attention, facts.unknown, view]);
    if (identity === said) return;
    said = identity;
    count.textContent = words(facts, view);
    const parts = notes(facts, view);
    note.hidden = parts.length === 0;
    note.replaceChildren(...parts);
    nothing.hidden = facts.total > 0;
    nothing.replaceChildren(...(facts.total > 0 ? [] : emptiness(facts, view)));
  };
}
