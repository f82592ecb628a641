// Copy buttons: for a value beside the button, or for the text of a field.

const BUTTONS = "button[data-copy], button[data-copy-from]";

/** Shows every copy button and makes it work, also without TLS. */
export function initClipboard() {
  for (const button of document.querySelectorAll(BUTTONS)) button.hidden = false;

  const status = document.createElement("p");
  status.className = "visually-hidden";
  status.setAttribute("aria-live", "polite");
  document.body.append(status);

  document.addEventListener("click", async (event) => {
    const button = event.target.closest?.(BUTTONS);
    if (!button) return;
    const field = button.dataset.copyFrom && document.getElementById(button.dataset.copyFrom);
    if (!(await copy(field ? field.value : button.dataset.copy))) return;
    button.classList.add("is-copied");
    status.textContent = field ? button.dataset.copied : `${button.dataset.copied}: ${button.dataset.copy}`;
    setTimeout(() => {
      button.classList.remove("is-copied");
      status.textContent = "";
    }, 1500);
  });
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // The clipboard API needs TLS and permission.
    return copyThroughField(text);
  }
}

function copyThroughField(text) {
  const focused = document.activeElement;
  const field = document.createElement("textarea");
  field.value = text;
  field.className = "visually-hidden";
  document.body.append(field);
  field.select();
  const copied = document.execCommand("copy");
  field.remove();
  focused?.focus({ preventScroll: true });
  return copied;
}
