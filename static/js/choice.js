// Choosing rows of a list: all that is shown, ranges with the shift key, and how many are chosen.

/** Starts every list whose rows can be chosen. */
export function choosing() {
  for (const form of document.querySelectorAll("form[data-choice]")) start(form);
}

function start(form) {
  // The boxes stand in the table and belong to the form by their `form` attribute; this is their shown order.
  const boxes = [...form.elements].filter((box) => box.type === "checkbox" && box.name === "id");
  const all = document.querySelector(`[data-list="${form.id}"] [data-choose-all]`);
  const none = form.querySelector("[data-choose-none]");
  const count = form.querySelector("[data-count]");
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

  count.hidden = false;
  all.hidden = boxes.length === 0;
  show();
  // A page that comes back, or is loaded again, brings its ticks with it.
  addEventListener("pageshow", show);
}
