// The admin's frame: the badge of open alerts and the live status, as on our own pages.

import { openLive } from "../live/socket.js";
import { nameControls } from "../ui/admin-labels.js";
import { frameEvent, showLive, startFrame } from "../ui/frame.js";

startFrame();
nameControls();
// The admin's own scripts build their widgets later, each at a time of its own.
new MutationObserver(nameControls).observe(document.getElementById("content"), { childList: true, subtree: true });
if (document.getElementById("live-status")) {
  openLive({ url: "/ws/live/", onEvent: frameEvent, onState: showLive }).watch({ streams: [] });
}
