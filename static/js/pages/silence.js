// The form of a silence: matchers, how long, and what it would mute, asked anew as the matchers change.

import { openLive } from "../live/socket.js";
import { frameEvent, localTimes, showLive, startFrame } from "../ui/frame.js";
import { startMatchers } from "../ui/matchers.js";
import { freshPage, isChanged, soon } from "../ui/refresh.js";

const PAUSE_MS = 400;
const RETRY_MS = 3000; // what is shown is not what is asked for: it must not stay so
const form = document.getElementById("silence-form");
const lasts = document.getElementById("id_lasts");

startFrame();
startMatchers();

const showUntil = () => {
  document.getElementById("silence-until").hidden = lasts.value !== "";
};
lasts.addEventListener("change", showUntil);
showUntil();

const askAnew = soon(async () => {
  const body = new FormData(form);
  body.set("act", "preview");
  const fresh = (await freshPage(location.href, { method: "POST", body }))?.getElementById("silence-preview");
  if (!fresh) return void setTimeout(askAnew, RETRY_MS);
  const old = document.getElementById("silence-preview");
  old.replaceChildren(...document.adoptNode(fresh).childNodes);
  localTimes(old);
}, PAUSE_MS);
form.querySelector("[data-matchers]").addEventListener("input", askAnew);
if (isChanged(form)) askAnew();

if (document.documentElement.dataset.live) {
  openLive({ url: document.documentElement.dataset.live, onEvent: frameEvent, onState: showLive }).watch({ streams: [] });
}
