// One server in a line for a wallboard. Pure.

import { duration } from "./format.js";
import { addedWords, serverCard } from "./server-card.js";
import { nt, t } from "./words.js";

/** {state, reason, facts} of {health, at, unreachable, age, streams, added_per_s, complete}; `age` in seconds where its numbers are old, else null. */
export function serverLine({ health, at, unreachable, age, streams, added_per_s: added, complete }) {
  const state = unreachable?.state ?? (age === null ? health?.state ?? "waiting" : "stale");
  const old = age === null ? "" : t("The last sample is {time} old.", { time: duration(age) });
  const facts = [nt("{n} stream", "{n} streams", streams), `${addedWords(added, complete).text}/s`];
  if (health) {
    const card = serverCard(health, { at });
    facts.push(card.memory.text, card.persistence.text, card.replication.text);
  }
  return { state, reason: unreachable?.detail ?? (old || health?.detail || ""), facts };
}
