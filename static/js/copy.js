// Buttons that copy: an address beside it, or the text of a field.

const BUTTONS = "button[data-copy], button[data-copy-from]";

/** Shows every copy button and makes it work, also where the portal is served without TLS. */
export function copying() {
  for (const button of document.querySelectorAll(BUTTONS)) button.hidden = false;

  const said = document.createElement("p");
  said.className = "visually-hidden";
  said.setAttribute("aria-live", "polite");
  document.body.append(said);

  document.addEventListener("click", async (event) => {
    const button = event.target.closest?.(BUTTONS);
    if (!button) return;
    const from = button.dataset.copyFrom && document.getElementById(button.dataset.copyFrom);
    if (!(await copied(from ? from.value : button.dataset.copy))) return;
    button.classList.add("is-copied");
    said.textContent = from ? button.dataset.copied : `${button.dataset.copied}: ${button.dataset.copy}`;
    setTimeout(() => {
      button.classList.remove("is-copied");
      said.textContent = "";
    }, 1500);
  });
}

async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Without TLS, or without leave, there is only the old way.
    return copiedThroughField(text);
  }
}

function copiedThroughField(text) {
  const before = document.activeElement;
  const field = document.createElement("textarea");
  field.value = text;
  field.className = "visually-hidden";
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  before?.focus({ preventScroll: true });
  return done;
}
