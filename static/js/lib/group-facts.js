// What is known of a group beside its rates, as labelled words: calm where there is nothing. Pure.

import { DASH, duration, quantity, THIN, UNKNOWN, whole } from "./format.js";

const CONSUMERS_LISTED = 1000;

/** [{label, text, title, level}] of a group's row; level is "" or the name of a level of attention. */
export function groupFacts(group) {
  return [
    { label: "Oldest unacknowledged", ...oldest(group) },
    { label: "Processing time", ...processing(group) },
    { label: "Drains in", ...drains(group) },
    { label: "Ghosts", ...ghosts(group) },
    { label: "Lost", ...lost(group) },
    { label: "Poison", ...poison(group) },
    { label: "Alive", ...alive(group) },
  ].map((fact) => ({ title: "", level: "", ...fact }));
}

const unknown = (title) => ({ text: UNKNOWN, title });
const nothing = (title) => ({ text: DASH, title });
const absent = (value) => value === null || value === undefined;
const atLeast = (value) => `≥${THIN}${quantity(value).text}`;

function oldest({ pending, oldest_pending_s }) {
  if (!pending) return nothing("Nothing is pending.");
  if (absent(oldest_pending_s)) return unknown("Not known: not read yet, or its ids are no clock.");
  return { text: duration(oldest_pending_s), title: "Age of the oldest entry that was delivered and is not acknowledged, as read some seconds ago." };
}

function processing({ processing_s }) {
  if (absent(processing_s)) return nothing("Nothing is seen to be acknowledged lately.");
  return { text: duration(processing_s), title: "Mean time from delivery to acknowledgement over the last minute." };
}

function drains({ lag, drain_s, never_drains }) {
  if (lag === 0) return nothing("Nothing waits.");
  if (never_drains) return { text: "never", level: "notice", title: "At the present rates: no more is delivered than is added." };
  if (absent(drain_s)) return unknown("Not known: it needs some seconds of exact lags.");
  return { text: duration(drain_s), title: "At the rates of the last minute." };
}

function ghosts({ ghosts: count }) {
  if (absent(count)) return unknown("Not read yet.");
  if (!count) return nothing("No pending entry is seen to be missing.");
  return { text: atLeast(count), level: "notice", title: "Pending entries that no longer exist. There may be more." };
}

function lost({ lost: count }) {
  if (absent(count)) return unknown("Not known: this server keeps no count of added entries.");
  if (!count) return nothing("Nothing is seen to be lost before delivery since this stream is watched.");
  return { text: quantity(count).text, level: "critical", title: `${whole(count)} entries were trimmed or deleted before they were delivered, since this stream is watched.` };
}

function poison({ poison: count, most_deliveries }) {
  if (absent(count)) return unknown("Not read yet.");
  if (!count) return nothing("None of the oldest pending entries was delivered five times or more.");
  return { text: atLeast(count), level: "critical", title: `Delivered five times or more and still pending; one of them ${whole(most_deliveries)} times.` };
}

function alive({ consumers, live_consumers, dead_consumers }) {
  if (!consumers) return nothing("It has no consumer.");
  if (absent(live_consumers)) {
    return unknown(consumers > CONSUMERS_LISTED ? `Not read: it has more than ${whole(CONSUMERS_LISTED)} consumers.` : "Not read yet.");
  }
  const dead = dead_consumers ? `, ${whole(dead_consumers)} dead` : "";
  const title = "Alive: acted within its own habit and a minute. Dead: silent for longer, while entries wait or are pending with it.";
  return { text: `${whole(live_consumers)} of ${whole(consumers)}${dead}`, level: dead ? "warning" : "", title };
}

/** What a measurement came to, in a sentence: the number, how it was got, and what it took of the server. */
export function measuredWords({ commands, bytes: read, server_ms }, bytes) {
  const time = absent(server_ms) ? "the server does not tell its time" : `${server_ms < 10 ? Number(server_ms.toPrecision(2)) : Math.round(server_ms)}${THIN}ms of the server`;
  return `It took ${whole(commands)} ${commands === 1 ? "command" : "commands"}, ${bytes(read)} and ${time}.`;
}
