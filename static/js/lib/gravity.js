// States of streams and groups, from grave to fine: what a row is sorted by when the worst come first. Pure.

import { t } from "./words.js";

export const GRAVITY = [
  "loss", "stopped", "poison", "denied", "wrong_type", "error", "stalled", "stuck", "rewound",
  "slow", "ghosts", "abandoned", "vanished", "unknown", "waiting", "ok",
];

const words = () => ({
  loss: t("loss"), stopped: t("stopped"), poison: t("poison"), denied: t("denied"), wrong_type: t("wrong type"), error: t("error"),
  stalled: t("stalled"), stuck: t("stuck"), rewound: t("rewound"), slow: t("slow"), ghosts: t("ghosts"), abandoned: t("abandoned"),
  vanished: t("vanished"), unknown: t("unknown"), waiting: t("waiting"), ok: t("ok"),
  new: t("new"), up: t("up"), down: t("down"), busy: t("busy"), loading: t("loading"), stale: t("stale"),
  critical: t("critical"), warning: t("warning"), notice: t("notice"),
});

/** How grave a state is: 0 is the worst. A word that is new to us stands beside "unknown". */
export function gravity(state) {
  const at = GRAVITY.indexOf(state);
  return at < 0 ? GRAVITY.indexOf("unknown") : at;
}

/** The state of a stream, group or server, or a severity, as a word in the reader's language. */
export function stateWord(state) {
  return words()[state] ?? state;
}
