// Choosing rows of a list: all that is shown, ranges with the shift key, and how many are chosen, on all its pages.

/** Starts every list whose rows can be chosen. */
export function choosing() {
  for (const form of document.querySelectorAll("form[data-choice]")) start(form);
}

function start(form) {
  // The boxes stand in the table and belong to the form by their `form` attribute; this is their shown order.
  const boxes = [...form.elements].filter((box) => box.type === "checkbox" && box.name === "id");
  // Not `form.id`: that is the boxes, which are named so.
  const list = form.getAttribute("id");
  // Not there where nothing of the list is shown.
  const all = document.querySelector(`[data-list="${list}"] [data-choose-all]`);
  const none = form.querySelector("[data-choose-none]");
  const count = form.querySelector("[data-count]");
  // Whose choice it is, and of which team.
  const kept = keeping(`chosen ${form.dataset.choice} ${location.pathname} ${list}`);
  // Ids with how many servers each is, also of what is on other pages or does not match the filter.
  let chosen = new Map();
  let last = null;

  const set = (some, checked) => {
    for (const box of some) {
      box.checked = checked;
      if (checked) chosen.set(box.value, Number(box.dataset.servers));
      else chosen.delete(box.value);
    }
    kept.write([...chosen]);
    show();
  };

  const show = () => {
    const here = boxes.filter((box) => box.checked).length;
    const servers = [...chosen.values()].reduce((sum, one) => sum + one, 0);
    const words = chosen.size > 0 ? count.dataset.some : count.dataset.none;
    let text = words.replace("{n}", said(chosen.size)).replace("{servers}", said(servers));
    // What is out of sight is never silently among them.
    if (chosen.size > here) text += ` · ${count.dataset.elsewhere.replace("{n}", said(chosen.size - here))}`;
    if (count.textContent !== text) count.textContent = text;
    form.classList.toggle("has-chosen", chosen.size > 0);
    form.hidden = boxes.length === 0 && chosen.size === 0;
    none.hidden = chosen.size === 0;
    if (!all) return;
    all.checked = boxes.length > 0 && here === boxes.length;
    all.indeterminate = here > 0 && here < boxes.length;
  };

  /** A page that is loaded or brought back shows what is chosen by now. */
  const remember = () => {
    const ticked = boxes.filter((box) => box.checked).map((box) => [box.value, Number(box.dataset.servers)]);
    chosen = new Map(kept.read() ?? ticked);
    for (const box of boxes) box.checked = chosen.has(box.value);
    show();
  };

  for (const box of boxes) {
    box.addEventListener("click", (event) => {
      const [from, to] = [boxes.indexOf(last), boxes.indexOf(box)];
      last = box;
      if (event.shiftKey && from >= 0) {
        set(boxes.slice(Math.min(from, to), Math.max(from, to) + 1), box.checked);
      }
    });
    box.addEventListener("change", () => set([box], box.checked));
  }
  none.addEventListener("click", () => {
    chosen.clear();
    set(boxes, false);
    all?.focus();
  });
  form.addEventListener("formdata", ({ formData }) => {
    const here = new Set(boxes.map((box) => box.value));
    for (const id of chosen.keys()) if (!here.has(id)) formData.append("id", id);
  });
  if (all) {
    all.addEventListener("change", () => set(boxes, all.checked));
    // A click with the shift key would also select the text between.
    all.closest("table").addEventListener("mousedown", (event) => {
      if (event.shiftKey && event.target.matches?.("input")) event.preventDefault();
    });
    all.hidden = boxes.length === 0;
  }
  if (isOver(form)) kept.write([]);
  count.hidden = false;
  remember();
  // Browsers bring ticks back by themselves, as they were then.
  addEventListener("pageshow", remember);
}

/** Does this page tell what became of the choice, and not once more. */
function isOver(form) {
  const [visit] = performance.getEntriesByType("navigation");
  return "over" in form.dataset && visit?.type !== "reload" && visit?.type !== "back_forward";
}

/** A number as the page's language writes it. */
function said(number) {
  return number.toLocaleString(document.documentElement.lang);
}

/** What this tab remembers under a name; `null` if the browser does not let it. */
function keeping(name) {
  return {
    read() {
      try {
        return JSON.parse(sessionStorage.getItem(name)) ?? [];
      } catch {
        return null;
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
