// Choosing rows of a list: all that is shown, ranges with the shift key, and how many are chosen.

/** Starts every list whose rows can be chosen. */
export function choosing() {
  for (const form of document.querySelectorAll("form[data-choice]")) start(form);
}

function start(form) {
  // The boxes stand in the table and belong to the form by their `form` attribute; this is their shown order.
  const boxes = [...form.elements].filter((box) => box.type === "checkbox" && box.name === "id");
  // Not `form.id`: that is the boxes, which are named so.
  const all = document.querySelector(`[data-list="${form.getAttribute("id")}"] [data-choose-all]`);
  const none = form.querySelector("[data-choose-none]");
  const count = form.querySelector("[data-count]");
  const kept = keeping(`chosen ${location.pathname} ${form.getAttribute("id")}`);
  let last = null;

  const set = (some, checked) => {
    for (const box of some) box.checked = checked;
    show();
  };

  const show = () => {
    const chosen = boxes.filter((box) => box.checked);
    const servers = chosen.reduce((sum, box) => sum + Number(box.dataset.servers ?? 1), 0);
    const words = chosen.length > 0 ? count.dataset.some : count.dataset.none;
    const text = words.replace("{n}", chosen.length).replace("{servers}", servers);
    if (count.textContent !== text) count.textContent = text;
    form.classList.toggle("has-chosen", chosen.length > 0);
    none.hidden = chosen.length === 0;
    all.checked = boxes.length > 0 && chosen.length === boxes.length;
    all.indeterminate = chosen.length > 0 && chosen.length < boxes.length;
    kept.write(chosen.map((box) => box.value));
  };

  for (const box of boxes) {
    box.addEventListener("click", (event) => {
      const [from, to] = [boxes.indexOf(last), boxes.indexOf(box)];
      last = box;
      if (event.shiftKey && from >= 0) {
        set(boxes.slice(Math.min(from, to), Math.max(from, to) + 1), box.checked);
      }
    });
    box.addEventListener("change", show);
  }
  all.addEventListener("change", () => set(boxes, all.checked));
  none.addEventListener("click", () => {
    set(boxes, false);
    all.focus();
  });
  // A click with the shift key would also select the text between.
  const table = all.closest("table");
  table.addEventListener("mousedown", (event) => {
    if (event.shiftKey && event.target.matches?.("input")) event.preventDefault();
  });

  if (comesBack()) {
    const before = new Set(kept.read());
    for (const box of boxes) box.checked ||= before.has(box.value);
  }
  count.hidden = false;
  all.hidden = boxes.length === 0;
  show();
  // A page that is brought back whole brings its ticks with it.
  addEventListener("pageshow", show);
}

/** Is this the page that was left: loaded again, gone back to, sorted, filtered, or its question declined. After a
    request was sent its choice is over. Browsers bring ticks back by themselves, but not for pages that are not stored. */
function comesBack() {
  const [visit] = performance.getEntriesByType("navigation");
  if (visit?.type === "reload" || visit?.type === "back_forward") return true;
  if (new URLSearchParams(location.search).has("request") || !document.referrer) return false;
  const from = new URL(document.referrer);
  return from.origin === location.origin && `${from.pathname}/`.startsWith(`${location.pathname}/`);
}

/** What this tab remembers under a name, if the browser lets it. */
function keeping(name) {
  return {
    read() {
      try {
        return JSON.parse(sessionStorage.getItem(name)) ?? [];
      } catch {
        return [];
      }
    },
    write(values) {
      try {
        sessionStorage.setItem(name, JSON.stringify(values));
      } catch {
        // Then only the browser's own memory is left.
      }
    },
  };
}
