// Pages with nothing live of their own: the frame alone, kept up to date by a socket that watches no stream.

import { openLive } from "../live/socket.js";
import { frameEvent, showLive, startFrame } from "../ui/frame.js";

startFrame();
const root = document.documentElement;
if (root.dataset.live) {
  openLive({ url: root.dataset.live, onEvent: frameEvent, onState: showLive }).watch({ streams: [], servers: [] });
}
