/** `<button data-behaviour="copy" data-copy="text">`, or `data-copy-from="id"` for the text of an element. */

/** @type {import("./registry.js").Behaviour} */
export function copy(button) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const label = button.getAttribute("aria-label");
  const click = async () => {
    const from = button.dataset.copyFrom ? document.getElementById(button.dataset.copyFrom) : null;
    const done = await write(button.dataset.copy ?? from?.textContent ?? "");
    button.dataset.copied = String(done);
    button.setAttribute("aria-label", (done ? button.dataset.done : button.dataset.failed) ?? label ?? "");
    clearTimeout(timer);
    timer = setTimeout(() => {
      delete button.dataset.copied;
      if (label) button.setAttribute("aria-label", label);
    }, 2000);
  };
  button.addEventListener("click", click);
  return () => {
    clearTimeout(timer);
    button.removeEventListener("click", click);
  };
}

/** The clipboard interface is missing on plain http from another machine; the old command still works there. @param {string} text */
async function write(text) {
  if (navigator.clipboard) {
    return navigator.clipboard.writeText(text).then(
      () => true,
      () => false,
    );
  }
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "x-sr";
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  return done;
}
