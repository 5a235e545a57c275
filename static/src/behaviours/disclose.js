/** `<select data-behaviour="disclose" data-group="auth">` shows the `[data-group="auth"][data-when="value"]` fields of its value. */

/** @type {import("./registry.js").Behaviour} */
export function disclose(element) {
  const select = /** @type {HTMLSelectElement} */ (element);
  const show = () => {
    const scope = select.form ?? document;
    for (const part of scope.querySelectorAll(`[data-group="${CSS.escape(select.dataset.group ?? "")}"][data-when]`)) {
      const on = (part.getAttribute("data-when") ?? "").split(" ").includes(select.value);
      /** @type {HTMLElement} */ (part).hidden = !on;
      for (const field of part.querySelectorAll("input, select, textarea")) field.toggleAttribute("disabled", !on);
    }
  };
  select.addEventListener("change", show);
  show();
  return () => select.removeEventListener("change", show);
}
