/** Keys that work on every page: `/` goes to the search box, `?` opens the list of keys. Never while somebody types. */

export function watchShortcuts() {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (/** @type {Element} */ (event.target).closest("input, textarea, select, [contenteditable], dialog, [data-island]")) return;
    if (event.key === "/") {
      const search = document.querySelector("input[type=search]");
      if (!(search instanceof HTMLElement)) return;
      search.focus();
      event.preventDefault();
    } else if (event.key === "?") {
      const help = document.getElementById("x-keys");
      if (help instanceof HTMLDialogElement) help.showModal();
    }
  });
}
