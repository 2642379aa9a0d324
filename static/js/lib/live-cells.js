// What a change list of the admin shows of a stream or a server now, by the name of the cell: {text, title, state}. Pure.

import { DASH, lag, perSecond, quantity } from "./format.js";
import { serverCard } from "./server-card.js";
import { t } from "./words.js";

const NOTHING = { text: DASH, title: "" };

/** Of the store's stream; null while nothing is known. */
export const ofStream = {
  length: (stream) => (stream === null || stream.length === null ? NOTHING : quantity(stream.length)),
  added: (stream) => (stream === null || stream.length === null ? NOTHING : { text: perSecond(stream.added_per_s), title: "" }),
  lag: (stream) => worstLag(stream),
};

/** Of the store's server; null while nothing is known. */
export const ofServer = {
  memory: (server) => card(server, "memory"),
  cost: (server) => card(server, "cost"),
};

function card(server, name) {
  if (!server?.health) return NOTHING;
  const { text, why } = serverCard(server.health, { at: server.at })[name];
  return { text, title: why };
}

function worstLag(stream) {
  const groups = stream === null || stream.problem ? [] : [...stream.groups.values()];
  if (!groups.length) return stream === null ? NOTHING : { text: DASH, title: t("No group reads this stream.") };
  // An unknown lag is worse than none and better than any that is known to be there.
  const weight = (group) => group.lag ?? 0.5;
  const worst = groups.reduce((most, group) => (weight(group) > weight(most) ? group : most));
  const { text, title } = lag({ value: worst.lag, quality: worst.lag_quality, reason: worst.lag_reason });
  return { text, title: [worst.name, title].filter(Boolean).join(" · ") };
}
