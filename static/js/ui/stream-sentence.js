// The state of a stream in a word and a sentence. Pure.

import { gravity } from "../lib/gravity.js";
import { time } from "../lib/format.js";

const PROBLEMS = {
  vanished: "There is no such key on {server} any more. It is looked for on, and comes back with its key.",
  wrong_type: "The key on {server} no longer holds a stream but something else. It is read again once it is a stream.",
  denied: "The account that watches {server} may not read this key. An administrator of {server} can grant it.",
  error: "{server} answered the reading of this stream with an error; its sampler's log says which.",
};

const UNREACHABLE = {
  down: "{server} cannot be reached",
  denied: "{server} refuses our account",
  busy: "{server} is busy with a script",
  loading: "{server} is loading its data",
  error: "{server} cannot be sampled",
  stale: "{server} has not been sampled",
};

/** {state, sentence} from what is known: server {name, unreachable}, stream (null: nothing yet). */
export function streamSentence({ server, stream, now }) {
  const { unreachable } = server;
  if (unreachable) return { state: unreachable.state, sentence: unreachableSentence(server.name, unreachable, now) };
  if (!stream) return { state: "waiting", sentence: "Waiting for the first sample." };
  if (stream.problem) {
    const words = PROBLEMS[stream.problem] ?? PROBLEMS.error;
    return { state: stream.problem, sentence: words.replaceAll("{server}", server.name) };
  }
  return groupsSentence([...stream.groups.values()]);
}

function unreachableSentence(name, { state, detail, since }, now) {
  const what = (UNREACHABLE[state] ?? UNREACHABLE.down).replace("{server}", name);
  const when = since === null ? "" : ` since ${time(since, { now })}`;
  return `${what}${when}${detail ? `: ${detail.replace(/\.$/, "")}` : ""}. What is shown here is the last that was known.`;
}

function groupsSentence(groups) {
  if (!groups.length) return { state: "ok", sentence: "No consumer group reads this stream." };
  const worst = groups.reduce((left, right) => (gravity(right.state) < gravity(left.state) ? right : left));
  if (worst.state === "ok") {
    return { state: "ok", sentence: `No trouble seen in ${groups.length === 1 ? "its group" : `its ${groups.length} groups`}.` };
  }
  return { state: worst.state, sentence: worst.state_reason ? `${worst.name}: ${worst.state_reason}` : worst.name };
}
