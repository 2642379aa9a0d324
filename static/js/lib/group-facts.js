// What is known of a group beside its rates, as labelled words: calm where there is nothing. Pure.

import { DASH, digits, duration, quantity, THIN, UNKNOWN, whole } from "./format.js";
import { nt, t } from "./words.js";

const CONSUMERS_LISTED = 1000;
const KEEPS_UP = () => t("It catches up now and then.");

/** [{label, text, title, level}] of a group's row; level is "" or the name of a level of attention. */
export function groupFacts(group) {
  return [
    { label: t("Oldest unacknowledged"), ...oldest(group) },
    { label: t("Processing time"), ...processing(group) },
    { label: t("Drains in"), ...drains(group) },
    { label: t("Ghosts"), ...ghosts(group) },
    { label: t("Lost"), ...lost(group) },
    { label: t("Poison"), ...poison(group) },
    { label: t("Alive"), ...alive(group) },
  ].map((fact) => ({ title: "", level: "", ...fact }));
}

const unknown = (title) => ({ text: UNKNOWN, title });
const nothing = (title) => ({ text: DASH, title });
const absent = (value) => value === null || value === undefined;
const atLeast = (value) => `≥${THIN}${quantity(value).text}`;

function oldest({ pending, oldest_pending_s }) {
  if (!pending) return nothing(t("Nothing is pending."));
  if (absent(oldest_pending_s)) return unknown(t("Not known: not read yet, or its ids are no clock."));
  return { text: duration(oldest_pending_s), title: t("Age of the oldest entry that was delivered and is not acknowledged, as read some seconds ago.") };
}

function processing({ processing_s }) {
  if (absent(processing_s)) return nothing(t("Nothing is seen to be acknowledged lately."));
  return { text: duration(processing_s), title: t("Mean time from delivery to acknowledgement over the last minute.") };
}

function drains({ lag, drain_s, never_drains, state }) {
  if (lag === 0) return nothing(t("Nothing waits."));
  if (never_drains) return { text: t("never"), level: "notice", title: t("At the present rates: no more is delivered than is added.") };
  if (absent(drain_s) && state === "ok") return nothing(KEEPS_UP());
  if (absent(drain_s)) return unknown(t("Not known: it needs some seconds of exact lags."));
  return { text: duration(drain_s), title: t("At the rates of the last minute.") };
}

function ghosts({ ghosts: count }) {
  if (absent(count)) return unknown(t("Not read yet."));
  if (!count) return nothing(t("No pending entry is seen to be missing."));
  return { text: atLeast(count), level: "notice", title: t("Pending entries that no longer exist. There may be more.") };
}

function lost({ lost: count }) {
  if (absent(count)) return unknown(t("Not known: this server keeps no count of added entries."));
  if (!count) return nothing(t("Nothing is seen to be lost before delivery since this stream is watched."));
  return { text: quantity(count).text, level: "critical", title: t("{count} entries were trimmed or deleted before they were delivered, since this stream is watched.", { count: whole(count) }) };
}

function poison({ poison: count, most_deliveries }) {
  if (absent(count)) return unknown(t("Not read yet."));
  if (!count) return nothing(t("None of the oldest pending entries was delivered five times or more."));
  return { text: atLeast(count), level: "critical", title: t("Delivered five times or more and still pending; one of them {n} times.", { n: whole(most_deliveries) }) };
}

function alive({ consumers, live_consumers, dead_consumers }) {
  if (!consumers) return nothing(t("It has no consumer."));
  if (absent(live_consumers)) {
    return unknown(consumers > CONSUMERS_LISTED ? t("Not read: it has more than {n} consumers.", { n: whole(CONSUMERS_LISTED) }) : t("Not read yet."));
  }
  const dead = dead_consumers ? t(", {n} dead", { n: whole(dead_consumers) }) : "";
  const title = t("Alive: acted within its own habit and a minute. Dead: silent for longer, while entries wait or are pending with it.");
  return { text: t("{n} of {all}", { n: whole(live_consumers), all: whole(consumers) }) + dead, level: dead ? "warning" : "", title };
}

/** What a measurement came to, in a sentence: the number, how it was got, and what it took of the server. */
export function measuredWords({ commands, bytes: read, server_ms }, bytes) {
  const time = absent(server_ms) ? t("the server does not tell its time") : t("{time} of the server", { time: `${digits(server_ms < 10 ? Number(server_ms.toPrecision(2)) : Math.round(server_ms))}${THIN}ms` });
  return nt("It took {n} command, {size} and {time}.", "It took {n} commands, {size} and {time}.", commands, { n: whole(commands), size: bytes(read), time });
}

/** Why the group is in its state, and for how long; "" where it is well. `at` is the server's clock. */
export function stateReason({ state, state_reason: reason, state_since: since }, at) {
  if (state === "ok") return "";
  return absent(since) || at - since < 1 ? reason : t("For {time}: {reason}", { time: duration(at - since), reason });
}
