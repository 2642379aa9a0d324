// The admin's frame: the badge of open alerts and the live status, as on our own pages.

import { openLive } from "../live/socket.js";
import { frameEvent, showLive, startFrame } from "../ui/frame.js";

startFrame();
if (document.getElementById("live-status")) {
  openLive({ url: "/ws/live/", onEvent: frameEvent, onState: showLive }).watch({ streams: [] });
}
