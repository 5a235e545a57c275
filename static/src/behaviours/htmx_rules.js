/**
 * What htmx does on every page: the CSRF token goes with every request of our own, answers with an error status are shown where they
 * belong, and a finished navigation is told to the live region.
 */

export function watchHtmx() {
  document.addEventListener("htmx:configRequest", (event) => {
    const { headers, verb } = /** @type {CustomEvent} */ (event).detail;
    const token = csrfToken(document.querySelector("meta[name=csrf-token]"));
    if (token && verb !== "get") headers["X-CSRFToken"] = token;
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { detail } = /** @type {CustomEvent} */ (event);
    const status = detail.xhr.status;
    if (status < 400) return;
    // Our error answers are fragments made to be shown; anything else (a proxy's page) is not.
    detail.shouldSwap = detail.xhr.getResponseHeader("X-Fragment") === "yes";
    detail.isError = !detail.shouldSwap;
  });
}

/** @param {Element | null} meta */
function csrfToken(meta) {
  return meta?.getAttribute("content") ?? "";
}

/** Say something to screen readers. @param {string} text */
export function announce(text) {
  const region = document.getElementById("x-announce");
  if (region) region.textContent = text;
}
