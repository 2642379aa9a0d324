// The admin's frame, as on our own pages: the badge of open alerts and the live status; and the live cells of change lists.

import { createStore } from "../live/store.js";
import { openLive } from "../live/socket.js";
import { nameControls } from "../ui/admin-labels.js";
import { createAdminLive } from "../ui/admin-live.js";
import { startFormPreview } from "../ui/form-preview.js";
import { frameEvent, showLive, startFrame } from "../ui/frame.js";
import { startMatchers } from "../ui/matchers.js";
import { confirmOnce } from "../ui/plan-selection.js";
import { startReceiverForm } from "../ui/receiver-form.js";
import { startSendTest } from "../ui/send-test.js";

startFrame();
nameControls();
startMatchers();
startFormPreview();
startReceiverForm();
startSendTest();
confirmOnce();
// The admin's own scripts build their widgets later, each at a time of its own.
new MutationObserver(nameControls).observe(document.getElementById("content"), { childList: true, subtree: true });

const store = createStore();
const cells = createAdminLive({ store, now: () => Date.now() / 1000 });
store.subscribe((event) => {
  frameEvent(event);
  cells.show();
});
if (document.getElementById("live-status")) {
  openLive({ url: "/ws/live/", onEvent: store.apply, onState: showLive }).watch(cells.wish);
}
