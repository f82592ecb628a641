// Double-submit protection: the button shows progress, and a second submit is ignored.

/** The button works again after this time, because the user may have stopped the request. The form's token still guards it. */
const RESET_TIMEOUT = 20_000;

/** Starts every form with a progress label. */
export function initSubmitOnce() {
  for (const form of document.querySelectorAll("form[data-once]")) {
    form.addEventListener("submit", (event) => {
      if (form.dataset.sending) {
        event.preventDefault();
        return;
      }
      const button = event.submitter ?? form.querySelector("button:not([type=button])");
      form.dataset.sending = "yes";
      // Deferred, because the form data of a disabled button are not sent.
      setTimeout(() => disable(form, button));
    });
  }
  // The back button can restore a page in its sending state.
  addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sending]")) reset(form);
  });
}

function disable(form, button) {
  if (!button || !form.dataset.sending) return;
  button.dataset.label = button.textContent;
  button.textContent = form.dataset.once;
  button.disabled = true;
  setTimeout(() => reset(form), RESET_TIMEOUT);
}

function reset(form) {
  delete form.dataset.sending;
  for (const button of form.querySelectorAll("button[data-label]")) {
    button.textContent = button.dataset.label;
    button.disabled = false;
    delete button.dataset.label;
  }
}
