// The pages of recovery: the frame, the count of selected entries, and buttons that are pressed once.

import "./base.js";
import { confirmOnce, startSelection } from "../ui/plan-selection.js";
import { localTimes } from "../ui/frame.js";

localTimes();
startSelection();
confirmOnce();
