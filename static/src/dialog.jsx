/** A dialog that stands open while it is rendered; Escape closes it and the focus goes back where it was. */
import { useEffect, useId, useRef } from "react";
import { Icon } from "./icon.jsx";

/** @param {{ title: string, onClose: () => void, children: import("react").ReactNode, size?: "usual" | "wide" | "full" }} props */
export function Dialog({ title, onClose, children, size = "usual" }) {
  const place = useRef(/** @type {HTMLDialogElement | null} */ (null));
  const id = useId();
  useEffect(() => {
    const before = document.activeElement;
    const dialog = place.current;
    dialog?.showModal();
    return () => {
      dialog?.close();
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  return (
    <dialog ref={place} className={`x-window is-${size}`} aria-labelledby={id} onKeyDown={(event) => event.stopPropagation()} onCancel={(event) => { event.preventDefault(); onClose(); }}>
      <header className="x-window-top">
        <h2 id={id}>{title}</h2>
        <button type="button" className="x-icon-btn is-small" aria-label="Close" onClick={onClose}><Icon name="x" /></button>
      </header>
      <div className="x-window-body">{children}</div>
    </dialog>
  );
}
