/** The small map of the flow. What is seen is a frame that is moved by a transform alone: nothing is drawn anew while panning. */
import { Panel, useReactFlow, useStoreApi } from "@xyflow/react";
import { memo, useEffect, useMemo, useRef } from "react";
import { MAP, fitOf, pathOf, pointAt, seenOn } from "../minimap.js";

/** @import { Box } from "../minimap.js" */

/**
 * wrong: steps with problems. beside: notes and groups.
 * @type {import("react").NamedExoticComponent<{ plain: Box[], wrong: Box[], beside: Box[] }>}
 */
export const Minimap = memo(function Minimap({ plain, wrong, beside }) {
  const view = useReactFlow();
  const store = useStoreApi();
  const place = useRef(/** @type {HTMLDivElement | null} */ (null));
  const frame = useRef(/** @type {HTMLDivElement | null} */ (null));
  const fit = useMemo(() => fitOf([...plain, ...wrong, ...beside]), [plain, wrong, beside]);

  useEffect(() => {
    /** @type {unknown} */
    let shown = null;
    const move = () => {
      const { transform, width, height } = store.getState();
      if (!frame.current || transform === shown) return;
      shown = transform;
      const seen = seenOn(transform, { width, height }, fit);
      const { style } = frame.current;
      style.transform = `translate(${seen.x}px, ${seen.y}px)`;
      if (style.width !== `${seen.width}px`) style.width = `${seen.width}px`;
      if (style.height !== `${seen.height}px`) style.height = `${seen.height}px`;
    };
    move();
    return store.subscribe(move);
  }, [store, fit]);

  useEffect(() => {
    const element = /** @type {HTMLDivElement} */ (place.current);
    const zoom = (/** @type {WheelEvent} */ event) => {
      event.preventDefault();
      event.stopPropagation();
      view.zoomTo(view.getZoom() * (event.deltaY < 0 ? 1.15 : 1 / 1.15));
    };
    element.addEventListener("wheel", zoom, { passive: false });
    return () => element.removeEventListener("wheel", zoom);
  }, [view]);

  const goTo = (/** @type {import("react").PointerEvent} */ event) => {
    const box = /** @type {HTMLDivElement} */ (place.current).getBoundingClientRect();
    const [x, y] = pointAt(event.clientX - box.x, event.clientY - box.y, fit);
    view.setCenter(x, y, { zoom: view.getZoom() });
  };
  return (
    <Panel position="bottom-right" className="b-minimap nopan nowheel">
      <div ref={place} className="b-minimap-field" role="img" aria-label="Small map of the flow"
        onPointerDown={(event) => { event.currentTarget.setPointerCapture(event.pointerId); goTo(event); }}
        onPointerMove={(event) => event.currentTarget.hasPointerCapture(event.pointerId) && goTo(event)}>
        <svg width={MAP.width} height={MAP.height} aria-hidden="true">
          <path className="is-beside" d={pathOf(beside, fit)} />
          <path d={pathOf(plain, fit)} />
          <path className="is-wrong" d={pathOf(wrong, fit)} />
        </svg>
        <div ref={frame} className="b-minimap-seen" />
      </div>
    </Panel>
  );
});
