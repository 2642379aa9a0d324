// What is wrong with a group and what can be done about it, gravest first. Pure.

import { duration, lag as lagWords, quantity, THIN, whole } from "./format.js";
import { nt, t } from "./words.js";

const POISON_DELIVERIES = 5;
const STUCK_S = 300;
const NAMED = 5;
const LEVELS = ["critical", "warning", "notice"];

/**
 * [{level, text, remedy}]; `remedy` is null or {words, page, query}, where `page` is "pending", "trim", "group", "edit",
 * "marks" or "measure"; `otherwise` is another one, for whom that is not open.
 * `consumers` are judged (lib/consumer-facts.js), `survey` is the server's; both are null until they are read.
 */
export function groupFindings(group, { consumers = null, survey = null } = {}) {
  const ways = [lost, stopped, dead, poison, stalled, stuck, ghosts, abandoned, unknownLag];
  const found = ways.flatMap((find) => find(group, { consumers: consumers ?? [], survey }));
  return found.sort((one, other) => LEVELS.indexOf(one.level) - LEVELS.indexOf(other.level));
}

const toPending = (words, { slug }, query = {}) => ({ words, page: "pending", query: { group: slug, ...query } });

function lost({ lost: count, slug }) {
  if (!count) return [];
  const text = nt("{n} entry was trimmed or deleted before the group was given it.", "{n} entries were trimmed or deleted before the group was given them.", count, { n: whole(count) });
  return [{ level: "critical", text, remedy: { words: t("What can be done"), page: "group", query: { group: slug }, otherwise: { words: t("See when"), page: "marks", query: {} } } }];
}

function stopped({ state, consumers, lag, lag_quality, state_reason }) {
  if (state !== "stopped" || consumers) return [];
  const waits = lag ? t("{n} entries wait for it.", { n: lagWords({ value: lag, quality: lag_quality }).text }) : state_reason;
  return [{ level: "critical", text: `${t("It has no consumer: start one.")} ${waits}`, remedy: null }];
}

function dead(group, { consumers }) {
  const all = consumers.filter(({ state }) => state === "dead");
  const named = all.slice(0, NAMED).map((consumer) => deadOne(group, consumer));
  const more = all.length - named.length;
  if (more > 0) named.push({ level: "warning", text: nt("{n} more consumer is dead.", "{n} more consumers are dead.", more, { n: whole(more) }), remedy: toPending(t("Pending entries"), group) });
  return named;
}

function deadOne(group, { name, slug, pending, idle_s }) {
  const silent = { name, time: duration(idle_s) };
  if (!pending) return { level: "notice", text: t("Consumer {name} is dead: silent for {time}, while entries wait.", silent), remedy: null };
  const text = nt("Consumer {name} is dead: silent for {time}, with {n} entry pending.", "Consumer {name} is dead: silent for {time}, with {n} entries pending.", pending, { ...silent, n: whole(pending) });
  return { level: "warning", text, remedy: toPending(nt("Claim its entry", "Claim its {n} entries", pending, { n: whole(pending) }), group, { consumer: slug }) };
}

function poison(group, { survey }) {
  const known = survey?.poison ?? group.poison;
  if (!known) return [];
  const least = survey?.complete ? "" : `≥${THIN}`;
  const first = survey?.poisonous[0];
  const text = nt("{n} entry was delivered five times or more and is still pending.", "{n} entries were delivered five times or more and are still pending.", known, { n: least + whole(known) });
  const worst = first ? ` ${t("{id} was delivered {n} times, last to {name}.", { id: first.id, n: whole(first.deliveries), name: first.consumer })}` : "";
  return [{ level: "critical", text: text + worst, remedy: toPending(t("Show them"), group, { deliveries: POISON_DELIVERIES }) }];
}

function stalled({ state }, { consumers }) {
  if (state !== "stalled") return [];
  const alive = consumers.filter((consumer) => consumer.state === "alive").slice(0, NAMED).map(({ name }) => name);
  if (!alive.length) return [];
  return [{ level: "warning", text: t("Entries wait and none is delivered, though {names} asked lately: look at their logs.", { names: alive.join(", ") }), remedy: null }];
}

function stuck(group) {
  if (group.state !== "stuck") return [];
  return [{ level: "warning", text: group.state_reason, remedy: toPending(t("Claim what waits longest"), group, { idle_s: STUCK_S }) }];
}

function ghosts(group, { survey }) {
  const count = survey?.ghosts ?? group.ghosts;
  if (!count) return [];
  const sure = survey && !survey.ghosts_at_least;
  const n = (sure ? "" : `≥${THIN}`) + quantity(count).text;
  const text = nt("{n} pending entry no longer exists. It can only be acknowledged.", "{n} pending entries no longer exist. They can only be acknowledged.", count, { n });
  const ids = survey?.ghostly.length ? ` (${survey.ghostly.slice(0, NAMED).join(", ")}${count > NAMED ? ", …" : ""})` : "";
  return [{ level: "notice", text: text + ids, remedy: toPending(t("Acknowledge them"), group) }];
}

function abandoned({ state, state_reason, slug }) {
  if (state !== "abandoned") return [];
  return [{ level: "notice", text: state_reason, remedy: { words: t("Decide what becomes of it"), page: "group", query: { group: slug } } }];
}

function unknownLag({ lag, lag_reason }) {
  if (lag !== null) return [];
  return [{ level: "notice", text: t("Its lag is not known. {reason}", { reason: lag_reason }), remedy: { words: t("Measure exactly"), page: "measure", query: {} } }];
}
