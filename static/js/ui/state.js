// States: a word, an icon and a colour. css/states.css draws icon and colour from data-state.

/** From grave to fine; what a row is sorted by when the worst come first. */
export const GRAVITY = [
  "loss", "stopped", "poison", "denied", "wrong_type", "error", "vanished", "stalled", "stuck", "rewound",
  "slow", "ghosts", "abandoned", "unknown", "ok", "waiting",
];

const WORDS = { wrong_type: "wrong type", waiting: "waiting" };

/** How grave a state is: 0 is the worst. A word that is new to us stands beside "unknown". */
export function gravity(state) {
  const at = GRAVITY.indexOf(state);
  return at < 0 ? GRAVITY.indexOf("unknown") : at;
}

/** The state as a word. */
export function stateWord(state) {
  return WORDS[state] ?? state;
}

/** Shows a state in an element of class "state", touching it only where something changed. */
export function setState(element, state, word = stateWord(state)) {
  if (element.dataset.state !== state) element.dataset.state = state;
  if (element.textContent !== word) element.textContent = word;
}
