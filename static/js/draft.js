// Fills a form in again that was not sent because the session had ended. The draft lies in this tab only.

const KEY = "draft";

/** Parts of a field's name that say that it holds a secret. */
const SECRET = /password|secret|token|code|key/i;

/** Controls whose value the page gives, or that hold a secret. */
const NOT_KEPT = new Set(["password", "file", "submit", "button", "image", "reset"]);

/** Keeps what is sent, and fills in what was not. */
export function keepingDrafts() {
  const unsent = document.querySelector("[data-unsent]");
  const user = document.querySelector("main[data-user]");
  if (unsent) markUnsent(unsent);
  if (!user) return;
  restore(user);
  document.addEventListener("submit", (event) => {
    if (!event.defaultPrevented) keep(event.target, user.dataset.user);
  });
}

/** The sign-in page says that the form was not sent, and whether it is filled in again. */
function markUnsent(notice) {
  const draft = read();
  if (!draft) return;
  write({ ...draft, unsent: true });
  notice.textContent = notice.dataset.unsent;
}

function keep(form, user) {
  const action = path(form);
  if (action === "/logout") return write(null);
  if (form.method !== "post" || action === "/preferences" || action === "/session/prolong") return;
  const fields = [...form.elements].filter(isKept).map(({ name, value }) => [name, value]);
  const before = read();
  write({ user, action, fields, rest: before?.action === action ? before.rest : undefined, unsent: false });
}

function isKept(control) {
  if (!control.name || NOT_KEPT.has(control.type) || SECRET.test(control.name)) return false;
  return control.checked || !isBox(control);
}

function isBox(control) {
  return control.type === "checkbox" || control.type === "radio";
}

function restore(main) {
  const draft = read();
  if (!draft) return;
  const form = draft.user === main.dataset.user ? formOf(draft) : undefined;
  if (!draft.unsent) {
    // A form that was answered by a page of its user was sent. What had no place in it may have one in the next step's.
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

/** Of several forms that are sent to the same address, the one about the same thing. */
function formOf({ action, fields }) {
  const forms = [...document.forms].filter((form) => form.method === "post" && path(form) === action);
  const said = new Set(fields.map(String));
  const isSame = ({ type, name, value }) => type !== "hidden" || SECRET.test(name) || said.has(String([name, value]));
  return forms.find((form) => [...form.elements].every(isSame)) ?? forms[0];
}

function fillBoxes(form, fields) {
  for (const control of form.elements) {
    if (!isBox(control) || SECRET.test(control.name)) continue;
    const checked = fields.some(([name, value]) => name === control.name && value === control.value);
    // A click, so that a list counts what is chosen.
    if (control.checked !== checked) control.click();
  }
}

/** Gives the fields that the form has no control for. */
function fillTexts(form, fields) {
  const left = [...fields];
  for (const control of form.elements) {
    if (!control.name || control.type === "hidden" || isBox(control)) continue;
    if (NOT_KEPT.has(control.type) || SECRET.test(control.name)) continue;
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

/** Without room or permission nothing is kept, and the form is sent all the same. */
function write(draft) {
  try {
    if (draft) sessionStorage.setItem(KEY, JSON.stringify(draft));
    else sessionStorage.removeItem(KEY);
  } catch {
    // Nothing else depends on it.
  }
}
