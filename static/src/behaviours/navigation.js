/** The navigation on a phone: a button opens it over the page, Escape, the scrim or a link close it. */

/** @type {import("./registry.js").Behaviour} */
export function navigation(shell) {
  const button = shell.querySelector(".x-burger");
  const scrim = shell.querySelector(".x-scrim");
  const set = (/** @type {boolean} */ open) => {
    shell.dataset.nav = open ? "open" : "";
    button?.setAttribute("aria-expanded", String(open));
    if (open) /** @type {HTMLElement | null} */ (shell.querySelector(".x-nav a"))?.focus();
    else /** @type {HTMLElement | null} */ (button)?.focus();
  };
  const toggle = () => set(shell.dataset.nav !== "open");
  const close = () => set(false);
  const keys = (/** @type {KeyboardEvent} */ event) => {
    if (event.key === "Escape" && shell.dataset.nav === "open") close();
  };
  button?.addEventListener("click", toggle);
  scrim?.addEventListener("click", close);
  shell.addEventListener("keydown", keys);
  return () => {
    button?.removeEventListener("click", toggle);
    scrim?.removeEventListener("click", close);
    shell.removeEventListener("keydown", keys);
  };
}
