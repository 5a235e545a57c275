/**
 * Short messages at the corner. The server writes them into the page, or sends `HX-Trigger: {"toast": {"text": "…", "tone": "ok"}}`.
 * They leave after eight seconds, not while the pointer or the focus is on them; those that report a fault stay.
 */

/** @type {import("./registry.js").Behaviour} */
export function toast(element) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const leave = () => element.remove();
  const wait = () => {
    clearTimeout(timer);
    if (element.dataset.tone !== "bad") timer = setTimeout(leave, 8000);
  };
  const stay = () => clearTimeout(timer);
  const close = element.querySelector("button");
  close?.addEventListener("click", leave);
  element.addEventListener("pointerenter", stay);
  element.addEventListener("pointerleave", wait);
  element.addEventListener("focusin", stay);
  element.addEventListener("focusout", wait);
  wait();
  return stay;
}

/** @param {(root: Element) => void} attach */
export function watchToasts(attach) {
  document.addEventListener("toast", (event) => {
    const { text, value, tone = "ok" } = /** @type {CustomEvent} */ (event).detail;
    show(String(text ?? value ?? ""), String(tone), attach);
  });
  const failed = (/** @type {Event} */ event) => {
    const stack = document.querySelector(".x-toasts");
    if (stack instanceof HTMLElement) show(stack.dataset.unreachable ?? "", "bad", attach);
    event.stopPropagation();
  };
  document.addEventListener("htmx:sendError", failed);
  document.addEventListener("htmx:timeout", failed);
}

/**
 * @param {string} text
 * @param {string} tone
 * @param {(root: Element) => void} attach
 */
function show(text, tone, attach) {
  const stack = document.querySelector(".x-toasts");
  const pattern = document.getElementById("x-toast");
  if (!stack || !(pattern instanceof HTMLTemplateElement)) return;
  for (const old of stack.children) if (old.querySelector("p")?.textContent === text) old.remove();
  const copy = /** @type {HTMLElement} */ (pattern.content.firstElementChild?.cloneNode(true));
  copy.dataset.tone = tone;
  copy.classList.add(`x-tone-${tone}`);
  const words = copy.querySelector("p");
  if (words) words.textContent = text;
  stack.append(copy);
  attach(copy);
}
