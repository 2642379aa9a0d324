// The pages of recovery: the frame, the count of selected entries, and buttons that are pressed once.

import "./base.js";
import { confirmOnce, startSelection } from "../ui/plan-selection.js";
import { localTimes } from "../ui/frame.js";
import { createRefresh } from "../ui/refresh.js";

localTimes();
startSelection();
confirmOnce();

// While it runs, its page tells how far it is.
const refresh = createRefresh({ ids: ["result"], onDone: localTimes });
const timer = setInterval(() => (document.querySelector("[data-running]") ? refresh() : clearInterval(timer)), 1000);
