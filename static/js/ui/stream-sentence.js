// The state of a stream in a word and a sentence. Pure.

import { gravity } from "../lib/gravity.js";
import { time } from "../lib/format.js";
import { nt, t, told } from "../lib/words.js";

const PROBLEMS = {
  vanished: t("There is no such key on {server} any more. It is looked for on, and comes back with its key."),
  wrong_type: t("The key on {server} no longer holds a stream but something else. It is read again once it is a stream."),
  denied: t("The account that watches {server} may not read this key. An administrator of {server} can grant it."),
  error: t("{server} answered the reading of this stream with an error; its sampler's log says which."),
};

const UNREACHABLE = {
  down: t("{server} cannot be reached"),
  denied: t("{server} refuses our account"),
  busy: t("{server} is busy with a script"),
  loading: t("{server} is loading its data"),
  error: t("{server} cannot be sampled"),
  stale: t("{server} has not been sampled"),
};

/** {state, sentence} from what is known: server {name, unreachable}, stream (null: nothing yet). */
export function streamSentence({ server, stream, now }) {
  const { unreachable } = server;
  if (unreachable) return { state: unreachable.state, sentence: unreachableSentence(server.name, unreachable, now) };
  if (!stream) return { state: "waiting", sentence: t("Waiting for the first sample.") };
  if (stream.problem) {
    const words = PROBLEMS[stream.problem] ?? PROBLEMS.error;
    return { state: stream.problem, sentence: words.replaceAll("{server}", server.name) };
  }
  return groupsSentence([...stream.groups.values()]);
}

function unreachableSentence(name, { state, detail, since }, now) {
  const what = (UNREACHABLE[state] ?? UNREACHABLE.down).replace("{server}", name);
  const when = since === null ? "" : ` ${t("since {time}", { time: time(since, { now }) })}`;
  return `${what}${when}${detail ? `: ${told(detail).replace(/\.$/, "")}` : ""}. ${t("What is shown here is the last that was known.")}`;
}

function groupsSentence(groups) {
  if (!groups.length) return { state: "ok", sentence: t("No consumer group reads this stream.") };
  const worst = groups.reduce((left, right) => (gravity(right.state) < gravity(left.state) ? right : left));
  if (worst.state === "ok") {
    return { state: "ok", sentence: nt("No trouble seen in its group.", "No trouble seen in its {n} groups.", groups.length) };
  }
  return { state: worst.state, sentence: worst.state_reason ? `${worst.name}: ${told(worst.state_reason)}` : worst.name };
}
