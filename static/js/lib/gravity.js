// States of streams and groups, from grave to fine: what a row is sorted by when the worst come first. Pure.

export const GRAVITY = [
  "loss", "stopped", "poison", "denied", "wrong_type", "error", "stalled", "stuck", "rewound",
  "slow", "ghosts", "abandoned", "vanished", "unknown", "waiting", "ok",
];

const WORDS = { wrong_type: "wrong type" };

/** How grave a state is: 0 is the worst. A word that is new to us stands beside "unknown". */
export function gravity(state) {
  const at = GRAVITY.indexOf(state);
  return at < 0 ? GRAVITY.indexOf("unknown") : at;
}

/** The state as a word. */
export function stateWord(state) {
  return WORDS[state] ?? state;
}
