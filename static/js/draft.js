// Drafts: restores a form that was not sent because the session had ended. The draft stays in this tab.

const KEY = "draft";

/** Field names of secrets. */
const SECRET = /password|secret|token|code|key/i;

/** Control types without user input, or with secrets. */
const EXCLUDED_TYPES = new Set(["password", "file", "submit", "button", "image", "reset"]);

/** Saves each form when it is submitted, and restores the one that was not sent. */
export function initDrafts() {
  const unsent = document.querySelector("[data-unsent]");
  const user = document.querySelector("main[data-user]");
  if (unsent) markUnsent(unsent);
  if (!user) return;
  restore(user);
  document.addEventListener("submit", (event) => {
    if (!event.defaultPrevented) save(event.target, user.dataset.user);
  });
}

/** Tells on the sign-in page that the form was not sent and will be restored. */
function markUnsent(notice) {
  const draft = read();
  if (!draft) return;
  write({ ...draft, unsent: true });
  notice.textContent = notice.dataset.unsent;
}

function save(form, user) {
  const action = path(form);
  if (action === "/logout") return write(null);
  if (form.method !== "post" || action === "/preferences" || action === "/session/prolong") return;
  const fields = [...form.elements].filter(isSaved).map(({ name, value }) => [name, value]);
  const before = read();
  write({ user, action, fields, rest: before?.action === action ? before.rest : undefined, unsent: false });
}

function isSaved(control) {
  if (!control.name || EXCLUDED_TYPES.has(control.type) || SECRET.test(control.name)) return false;
  return control.checked || !isBox(control);
}

function isBox(control) {
  return control.type === "checkbox" || control.type === "radio";
}

function restore(main) {
  const draft = read();
  if (!draft) return;
  const form = draft.user === main.dataset.user ? findForm(draft) : undefined;
  if (!draft.unsent) {
    // The form was sent. Values without a field in it may belong to the form of the next step.
    const rest = form && draft.rest ? fillTexts(form, draft.rest) : [];
    return write(rest.length > 0 ? { ...draft, rest } : null);
  }
  if (draft.user !== main.dataset.user) return write(null);
  if (!form) return;
  fillBoxes(form, draft.fields);
  const rest = fillTexts(form, draft.fields);
  write(rest.length > 0 ? { ...draft, rest, unsent: false } : null);
  for (let above = form.closest("details"); above; above = above.parentElement.closest("details")) above.open = true;
  const notice = document.createElement("p");
  notice.className = "alert alert-warning";
  notice.setAttribute("role", "status");
  main.prepend(notice);
  notice.textContent = main.dataset.draftRestored;
}

/** The form with the same action, and with the same hidden values if there are several. */
function findForm({ action, fields }) {
  const forms = [...document.forms].filter((form) => form.method === "post" && path(form) === action);
  const saved = new Set(fields.map(String));
  const isSame = ({ type, name, value }) => type !== "hidden" || SECRET.test(name) || saved.has(String([name, value]));
  return forms.find((form) => [...form.elements].every(isSame)) ?? forms[0];
}

function fillBoxes(form, fields) {
  for (const control of form.elements) {
    if (!isBox(control) || SECRET.test(control.name)) continue;
    const checked = fields.some(([name, value]) => name === control.name && value === control.value);
    // A click, so that a list updates its selection.
    if (control.checked !== checked) control.click();
  }
}

/** Returns the fields without a control in the form. */
function fillTexts(form, fields) {
  const left = [...fields];
  for (const control of form.elements) {
    if (!control.name || control.type === "hidden" || isBox(control)) continue;
    if (EXCLUDED_TYPES.has(control.type) || SECRET.test(control.name)) continue;
    const place = left.findIndex(([name]) => name === control.name);
    if (place < 0) continue;
    const [[, value]] = left.splice(place, 1);
    control.value = value;
    control.dispatchEvent(new Event("change", { bubbles: true }));
  }
  return left.filter(([name, value]) => value && !form.elements.namedItem(name));
}

function path(form) {
  return new URL(form.getAttribute("action") ?? "", location.href).pathname;
}

function read() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY));
  } catch {
    return null;
  }
}

/** Does nothing when storage is full or refused; the form is sent anyway. */
function write(draft) {
  try {
    if (draft) sessionStorage.setItem(KEY, JSON.stringify(draft));
    else sessionStorage.removeItem(KEY);
  } catch {
    // No draft then.
  }
}
