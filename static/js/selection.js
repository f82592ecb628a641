// Row selection: select all, ranges with the shift key, and a count over all pages of the list.

/** Starts every list with selectable rows. */
export function initSelection() {
  for (const form of document.querySelectorAll("form[data-selection]")) start(form);
}

function start(form) {
  // The boxes are in the table and belong to the form by their `form` attribute, in display order.
  const boxes = [...form.elements].filter((box) => box.type === "checkbox" && box.name === "id");
  // Not `form.id`: the boxes are named so.
  const list = form.getAttribute("id");
  // Absent when the list shows no row.
  const all = document.querySelector(`[data-list="${list}"] [data-select-all]`);
  const none = form.querySelector("[data-select-none]");
  const count = form.querySelector("[data-count]");
  // One selection per user and team.
  const storage = tabStorage(`selected ${form.dataset.selection} ${location.pathname} ${list}`);
  // Ids with their number of servers, on every page of the list, filtered out or not.
  let selected = new Map();
  let last = null;

  const set = (some, checked) => {
    for (const box of some) {
      box.checked = checked;
      if (checked) selected.set(box.value, Number(box.dataset.servers));
      else selected.delete(box.value);
    }
    storage.write([...selected]);
    render();
  };

  const render = () => {
    const here = boxes.filter((box) => box.checked).length;
    const servers = [...selected.values()].reduce((sum, one) => sum + one, 0);
    const template = selected.size > 0 ? count.dataset.some : count.dataset.none;
    let text = template.replace("{n}", format(selected.size)).replace("{servers}", format(servers));
    // The count names what is selected but not visible.
    if (selected.size > here) text += ` · ${count.dataset.elsewhere.replace("{n}", format(selected.size - here))}`;
    if (count.textContent !== text) count.textContent = text;
    form.classList.toggle("has-selection", selected.size > 0);
    form.hidden = boxes.length === 0 && selected.size === 0;
    none.hidden = selected.size === 0;
    if (!all) return;
    all.checked = boxes.length > 0 && here === boxes.length;
    all.indeterminate = here > 0 && here < boxes.length;
  };

  const restore = () => {
    const checked = boxes.filter((box) => box.checked).map((box) => [box.value, Number(box.dataset.servers)]);
    selected = new Map(storage.read() ?? checked);
    for (const box of boxes) box.checked = selected.has(box.value);
    render();
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
    selected.clear();
    set(boxes, false);
    all?.focus();
  });
  form.addEventListener("formdata", ({ formData }) => {
    const here = new Set(boxes.map((box) => box.value));
    for (const id of selected.keys()) if (!here.has(id)) formData.append("id", id);
  });
  if (all) {
    all.addEventListener("change", () => set(boxes, all.checked));
    // A shift-click would also select the text between.
    all.closest("table").addEventListener("mousedown", (event) => {
      if (event.shiftKey && event.target.matches?.("input")) event.preventDefault();
    });
    all.hidden = boxes.length === 0;
  }
  if (isDone(form)) storage.write([]);
  count.hidden = false;
  restore();
  // Browsers restore check marks when a page comes back from the history.
  addEventListener("pageshow", restore);
}

/** Whether this page shows the outcome of the selection for the first time. */
function isDone(form) {
  const [visit] = performance.getEntriesByType("navigation");
  return "selectionDone" in form.dataset && visit?.type !== "reload" && visit?.type !== "back_forward";
}

/** A number in the page's language. */
function format(number) {
  return number.toLocaleString(document.documentElement.lang);
}

/** Session storage under one key; reads `null` when the browser refuses access. */
function tabStorage(key) {
  return {
    read() {
      try {
        return JSON.parse(sessionStorage.getItem(key)) ?? [];
      } catch {
        return null;
      }
    },
    write(values) {
      try {
        sessionStorage.setItem(key, JSON.stringify(values));
      } catch {
        // The browser's own form restoration is the fallback.
      }
    },
  };
}
