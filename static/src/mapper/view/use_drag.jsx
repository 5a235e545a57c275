/** Drawing a line with the pointer: from a row of one side to a row of the other. */
import { useCallback, useEffect, useRef, useState } from "react";

/** @typedef {import("../tree.js").Node} TreeNode */
/** @typedef {{ side: "source" | "target", node: TreeNode, x: number, y: number }} Dragged */

const FAR = 6;

/**
 * @param {(from: { side: "source" | "target", node: TreeNode }, to: { side: "source" | "target", node: TreeNode }) => void} onDrop
 * @param {(side: "source" | "target", id: string) => TreeNode | null} find
 * @param {boolean} isReadOnly
 */
export function useDrag(onDrop, find, isReadOnly) {
  const [dragged, setDragged] = useState(/** @type {Dragged | null} */ (null));
  const latest = useRef({ onDrop, find });
  latest.current = { onDrop, find };
  const ending = useRef(() => {});
  useEffect(() => () => ending.current(), []);
  const start = useCallback((/** @type {import("react").PointerEvent} */ event, /** @type {"source" | "target"} */ side, /** @type {TreeNode} */ node) => {
    if (isReadOnly || event.button !== 0 || event.pointerType === "touch") return;
    const begin = { x: event.clientX, y: event.clientY };
    let isFar = false;
    const move = (/** @type {PointerEvent} */ now) => {
      if (!isFar && Math.hypot(now.clientX - begin.x, now.clientY - begin.y) < FAR) return;
      isFar = true;
      setDragged({ side, node, x: now.clientX, y: now.clientY });
    };
    const end = (/** @type {PointerEvent | KeyboardEvent} */ now) => {
      if (now instanceof KeyboardEvent && now.key !== "Escape") return;
      ending.current();
      setDragged(null);
      if (!isFar || !(now instanceof PointerEvent) || now.type === "pointercancel") return;
      // The click that may follow on a row is not one of its own.
      const swallow = (/** @type {Event} */ click) => click.stopPropagation();
      addEventListener("click", swallow, { capture: true });
      setTimeout(() => removeEventListener("click", swallow, { capture: true }));
      const row = document.elementFromPoint(now.clientX, now.clientY)?.closest("[data-m-row]");
      const other = /** @type {"source" | "target"} */ (row?.getAttribute("data-m-row"));
      const found = row && other !== side ? latest.current.find(other, row.getAttribute("data-m-id") ?? "") : null;
      if (found) latest.current.onDrop({ side, node }, { side: other, node: found });
    };
    ending.current();
    addEventListener("pointermove", move);
    addEventListener("pointerup", end);
    addEventListener("pointercancel", end);
    addEventListener("keydown", end);
    ending.current = () => {
      removeEventListener("pointermove", move);
      removeEventListener("pointerup", end);
      removeEventListener("pointercancel", end);
      removeEventListener("keydown", end);
    };
  }, [isReadOnly]);
  return { dragged, start };
}
