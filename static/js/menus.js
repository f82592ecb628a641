// Menus close like native menus, and the current tab scrolls into view.

/** A menu closes with Escape, with a click elsewhere, and when the focus leaves it. */
export function initMenus() {
  const open = () => document.querySelectorAll("details.menu[open]");

  document.addEventListener("click", (event) => {
    for (const menu of open()) if (!menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener("focusin", (event) => {
    for (const menu of open()) if (!menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of open()) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
}

/** On a narrow screen the tabs scroll to the side. */
export function scrollToCurrentTab() {
  const tab = document.querySelector(".tabs [aria-current]");
  if (!tab) return;
  const tabs = tab.parentElement;
  tabs.scrollLeft = tab.offsetLeft - (tabs.clientWidth - tab.offsetWidth) / 2;
}
