// The head of a server's page: its state, and what is worth a look.

import { setText } from "./cells.js";
import { concerns, serverSentence } from "./server-sentence.js";
import { setState } from "./state.js";
import { el } from "./stream-dom.js";

/** `registered` is what the registry said when the page was made: {state, detail, since}. */
export function createServerState({ word, sentence, concerns: list, registered }) {
  const wasWell = registered.state === "up" || registered.state === "new";
  let shown = "";

  function showConcerns(found) {
    const identity = JSON.stringify(found);
    if (identity === shown) return;
    shown = identity;
    list.hidden = !found.length;
    list.replaceChildren(...found.map(({ level, text }) => el("li", { class: "note", "data-level": level }, text)));
  }

  return {
    /** `server` is the store's, null while nothing is known. */
    show({ server, staleSince, now }) {
      const unreachable = server ? server.unreachable : wasWell ? null : registered;
      const health = server?.health ?? null;
      const { state, sentence: text, remedy } = serverSentence({ health, unreachable, staleSince, now });
      setState(word, state);
      setText(sentence, text);
      const trouble = remedy ? [{ level: state === "down" || state === "denied" ? "critical" : "warning", text: remedy }] : [];
      showConcerns(trouble.length ? trouble : health ? concerns(health) : []);
    },
  };
}
