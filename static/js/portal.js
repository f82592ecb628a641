// Progressive enhancement. Every page works without scripts.

import { initClipboard } from "./clipboard.js";
import { initDrafts } from "./draft.js";
import { initMenus, scrollToCurrentTab } from "./menus.js";
import { initSearchShortcut } from "./search-shortcut.js";
import { initSelection } from "./selection.js";
import { initSessionWarning } from "./session.js";
import { initSubmitOnce } from "./submit-once.js";

initClipboard();
initSelection();
initSubmitOnce();
initDrafts();
initMenus();
scrollToCurrentTab();
initSessionWarning();
initSearchShortcut();
