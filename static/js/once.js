// A form that was sent shows that it is being sent, and is not sent again meanwhile.

/** After this long the button works again: the answer may have been stopped by hand. The form's token still guards it. */
const PATIENCE = 20_000;

/** Starts every form that says what its button shows meanwhile. */
export function sendingOnce() {
  for (const form of document.querySelectorAll("form[data-once]")) {
    form.addEventListener("submit", (event) => {
      if (form.dataset.sending) {
        event.preventDefault();
        return;
      }
      const button = event.submitter ?? form.querySelector("button:not([type=button])");
      form.dataset.sending = "yes";
      // After the form's data were taken: a disabled button is not among them.
      setTimeout(() => wait(form, button));
    });
  }
  // Going back can bring a page as it was left: sending.
  addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sending]")) ready(form);
  });
}

function wait(form, button) {
  if (!button || !form.dataset.sending) return;
  button.dataset.words = button.textContent;
  button.textContent = form.dataset.once;
  button.disabled = true;
  setTimeout(() => ready(form), PATIENCE);
}

function ready(form) {
  delete form.dataset.sending;
  for (const button of form.querySelectorAll("button[data-words]")) {
    button.textContent = button.dataset.words;
    button.disabled = false;
    delete button.dataset.words;
  }
}
