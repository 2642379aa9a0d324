// Shows a state: a word, an icon and a colour. css/states.css draws icon and colour from data-state.

import { stateWord } from "../lib/gravity.js";

/** Shows a state in an element of class "state", touching it only where something changed. */
export function setState(element, state, word = stateWord(state)) {
  if (element.dataset.state !== state) element.dataset.state = state;
  if (element.textContent !== word) element.textContent = word;
}
