/**
 * Native dialogs. `<button data-behaviour="dialog" data-dialog="id">` opens one. `hx-confirm="…"` and
 * `<form data-confirm="…">` ask in `#x-confirm`; `data-confirm-word="Replay"` names its button, `data-confirm-tone="bad"` reddens it.
 */

/** @type {import("./registry.js").Behaviour} */
export function dialog(button) {
  const open = () => {
    const target = document.getElementById(button.dataset.dialog ?? "");
    if (target instanceof HTMLDialogElement) target.showModal();
  };
  button.addEventListener("click", open);
  return () => button.removeEventListener("click", open);
}

/** A click on the backdrop or on `[data-close]` closes; focus returns by itself. */
export function watchDialogs() {
  document.addEventListener("click", (event) => {
    const target = /** @type {Element} */ (event.target);
    if (target instanceof HTMLDialogElement) target.close();
    else target.closest("[data-close]")?.closest("dialog")?.close();
  });
  document.addEventListener("htmx:confirm", (event) => {
    const { question, elt, issueRequest } = /** @type {CustomEvent} */ (event).detail;
    if (!question) return;
    event.preventDefault();
    ask(question, elt).then((yes) => yes && issueRequest(true));
  });
  document.addEventListener("submit", (event) => {
    const form = /** @type {HTMLFormElement} */ (event.target);
    if (!form.dataset.confirm || form.dataset.confirmed) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const submitter = /** @type {SubmitEvent} */ (event).submitter;
    ask(form.dataset.confirm, form).then((yes) => {
      if (!yes) return;
      form.dataset.confirmed = "yes";
      form.requestSubmit(submitter);
      delete form.dataset.confirmed;
    });
  }, true);
}

/**
 * @param {string} question
 * @param {HTMLElement} source
 * @returns {Promise<boolean>}
 */
function ask(question, source) {
  const box = /** @type {HTMLDialogElement} */ (document.getElementById("x-confirm"));
  const yes = /** @type {HTMLButtonElement} */ (box.querySelector("[value=yes]"));
  const text = /** @type {HTMLElement} */ (box.querySelector("[data-question]"));
  text.textContent = question;
  yes.textContent = source.dataset.confirmWord ?? yes.dataset.word ?? "";
  yes.className = `btn ${source.dataset.confirmTone === "bad" ? "btn-danger" : "btn-primary"}`;
  box.returnValue = "";
  box.showModal();
  return new Promise((resolve) => {
    box.addEventListener("close", () => resolve(box.returnValue === "yes"), { once: true });
  });
}
