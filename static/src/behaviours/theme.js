/**
 * `<button data-behaviour="theme" data-theme-choice="dark">`, also light and auto. The choice is a cookie, so that the server writes
 * it into the page; auto is no cookie and no attribute, and then the style sheet asks the system.
 */

/** @type {import("./registry.js").Behaviour} */
export function theme(button) {
  const choice = button.dataset.themeChoice ?? "auto";
  const click = () => {
    document.cookie = cookie(choice, location.protocol === "https:");
    show(choice);
    for (const other of document.querySelectorAll("[data-theme-choice]")) {
      other.setAttribute("aria-pressed", String(other.getAttribute("data-theme-choice") === choice));
    }
  };
  button.addEventListener("click", click);
  return () => button.removeEventListener("click", click);
}

/** Pages that are cached for everyone come without the choice; set it from the cookie. */
export function applyTheme() {
  show(chosen(document.cookie));
}

/** @param {string} choice */
function show(choice) {
  const root = document.documentElement;
  if (choice === "auto") root.removeAttribute("data-bs-theme");
  else root.setAttribute("data-bs-theme", choice);
}

/** @param {string} cookies */
export function chosen(cookies) {
  return /(?:^|;\s*)theme=(light|dark)(?:;|$)/.exec(cookies)?.[1] ?? "auto";
}

/**
 * @param {string} choice
 * @param {boolean} secure
 */
export function cookie(choice, secure) {
  const age = choice === "auto" ? 0 : 31536000;
  return `theme=${choice}; path=/; max-age=${age}; samesite=lax${secure ? "; secure" : ""}`;
}
