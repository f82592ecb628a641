// Makes pages quicker to use. Every page works without it.

import { copying } from "./copy.js";
import { choosing } from "./choice.js";
import { keepingDrafts } from "./draft.js";
import { sendingOnce } from "./once.js";
import { closingMenus, showingCurrentTab } from "./menus.js";
import { warningBeforeTheEnd } from "./session.js";

copying();
choosing();
sendingOnce();
keepingDrafts();
closingMenus();
showingCurrentTab();
warningBeforeTheEnd();
