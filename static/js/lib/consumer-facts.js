// Which consumers are alive, as far as one look at them and the sampler's count tell. Pure.

import { duration } from "./format.js";
import { t } from "./words.js";

const MARGIN_S = 60; // as core/consumers.py has it: over a consumer's own habit, which only the sampler has watched

/**
 * Consumers with {state: "alive" | "dead" | "silent" | "unsure", why}, in the order given. `live` is how many the sampler
 * counts as alive, null where it does not know; `lags` whether entries wait for the group.
 */
export function judgeConsumers(consumers, { live, lags }) {
  const recent = consumers.filter(({ idle_s }) => idle_s <= MARGIN_S).length;
  return consumers.map((consumer) => ({ ...consumer, ...judge(consumer, { live, lags, recent, total: consumers.length }) }));
}

function judge({ idle_s, pending }, { live, lags, recent, total }) {
  const silent = duration(idle_s);
  if (idle_s <= MARGIN_S) return { state: "alive", why: t("It asked {ago} ago.", { ago: silent }) };
  if (live !== null && live >= total) {
    return { state: "alive", why: t("Silent for {time}, as is its habit: it waits in a long blocking read.", { time: silent }) };
  }
  if (live === null || live > recent) {
    return { state: "unsure", why: t("Silent for {time}. It may wait in a long blocking read.", { time: silent }) };
  }
  if (pending || lags) return { state: "dead", why: t("Silent for {time}, longer than it was ever seen to wait.", { time: silent }) };
  return { state: "silent", why: t("Silent for {time}, with nothing to do.", { time: silent }) };
}
