/** A native dialog that stands open while it is rendered; Esc closes it. */
import { useEffect, useRef } from "react";

/** @param {{ title: string, close: () => void, wide?: boolean, children: import("react").ReactNode }} props */
export function Dialog({ title, close, wide = false, children }) {
  const box = useRef(/** @type {HTMLDialogElement | null} */ (null));
  useEffect(() => {
    const element = /** @type {HTMLDialogElement} */ (box.current);
    if (!element.open) element.showModal();
    return () => element.close();
  }, []);
  return (
    <dialog ref={box} className={`x-dialog b-dialog${wide ? " is-wide" : ""}`} aria-label={title} onCancel={(event) => { event.preventDefault(); close(); }} onKeyDown={(event) => event.stopPropagation()}>
      <div className="b-dialog-body">
        <h2>{title}</h2>
        {children}
      </div>
    </dialog>
  );
}
