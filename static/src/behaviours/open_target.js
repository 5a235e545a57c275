/** A link to `<details id>` on the same page opens it; the browser only scrolls there. */

export function watchTargets() {
  const open = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target instanceof HTMLDetailsElement) {
      target.open = true;
      target.querySelector("summary")?.focus();
    }
  };
  addEventListener("hashchange", open);
  open();
}
