/** The lines between the trees, and the bands of loops. Only what is seen is drawn; scrolling draws this layer alone. */
import { memo, useEffect, useImperativeHandle, useMemo, useReducer, useRef, useState } from "react";
import { ROW, bands, curve, drawn, indexed, placed } from "../drawing.js";

/** @import { Line } from "../reading.js" */
/** @import { Row } from "../tree.js" */
/** @import { Drawn, Loop, View } from "../drawing.js" */
/** @typedef {{ side: "source" | "target", id: string, x: number, y: number }} Drag  in the window */

/**
 * selected: id of the target field. hovered: of a field of either side.
 * @type {import("react").NamedExoticComponent<{
 *   lines: Line[], ghosts: Line[], loops: Loop[], sourceRows: Row[], targetRows: Row[], selected: string, hovered: string, drag: Drag | null,
 *   ref: import("react").Ref<{ scrolled: (side: "source" | "target", view: View) => void }>, onSelect: (line: Line) => void,
 * }>}
 */
export const LinesLayer = memo(function LinesLayer({ lines, ghosts, loops, sourceRows, targetRows, selected, hovered, drag, ref, onSelect }) {
  const views = useRef({ source: { top: 0, height: 0 }, target: { top: 0, height: 0 } });
  const [, draw] = useReducer((count) => count + 1, 0);
  const frame = useRef(0);
  const place = useRef(/** @type {SVGSVGElement | null} */ (null));
  const [width, setWidth] = useState(140);
  const [lit, setLit] = useState("");
  useImperativeHandle(ref, () => ({
    scrolled: (side, view) => {
      views.current[side] = view;
      cancelAnimationFrame(frame.current);
      frame.current = requestAnimationFrame(() => draw());
    },
  }), []);
  useEffect(() => {
    if (!place.current) return undefined;
    const watcher = new ResizeObserver(([entry]) => setWidth(entry.contentRect.width));
    watcher.observe(place.current);
    return () => watcher.disconnect();
  }, []);
  const source = useMemo(() => indexed(sourceRows), [sourceRows]);
  const target = useMemo(() => indexed(targetRows), [targetRows]);
  const all = useMemo(() => placed(lines, source, target), [lines, source, target]);
  const proposed = useMemo(() => placed(ghosts, source, target), [ghosts, source, target]);
  const { source: left, target: right } = views.current;
  const isLit = (/** @type {Drawn} */ one) => lit === one.id || hovered === JSON.stringify(one.line.source) || hovered === JSON.stringify(one.line.target);
  return (
    <div className="m-lines" aria-hidden="true">
      <svg ref={place}>
        {bands(loops, sourceRows, targetRows, left, right, width).map((band) => (
          <g key={band.id} className={`m-band is-depth-${band.depth % 4}`}>
            <path d={band.d} />
            <text x={width / 2} y={band.y + 10} textAnchor="middle">for each {band.name}</text>
          </g>
        ))}
        {drawn(proposed, left, right, width).map((one) => <path key={`ghost ${one.id}`} className="m-line is-ghost" d={one.d} />)}
        {drawn(all, left, right, width).map((one) => (
          <g key={one.id} className={`m-line is-${one.line.kind} ${one.isDashed ? "is-dashed" : ""} ${JSON.stringify(one.line.target) === selected ? "is-selected" : ""} ${isLit(one) ? "is-lit" : ""}`}
            onPointerEnter={() => setLit(one.id)} onPointerLeave={() => setLit("")} onClick={() => onSelect(one.line)}>
            <path className="m-line-hit" d={one.d} />
            <path d={one.d} />
            <circle cx="3" cy={one.y1} r="3" />
            <circle cx={width - 3} cy={one.y2} r="3" />
          </g>
        ))}
        {drag && <Dragged drag={drag} svg={place.current} width={width} index={drag.side === "source" ? source : target} view={views.current[drag.side]} />}
      </svg>
    </div>
  );
});

/** @param {{ drag: Drag, svg: SVGSVGElement | null, width: number, index: Map<string, number>, view: View }} props */
function Dragged({ drag, svg, width, index, view }) {
  const box = svg?.getBoundingClientRect();
  const row = index.get(drag.id);
  if (!box || row === undefined) return null;
  const y = row * ROW + ROW / 2 - view.top;
  const x = Math.max(-40, Math.min(width + 40, drag.x - box.left)), there = drag.y - box.top;
  return drag.side === "source" ? <path className="m-line is-drag" d={curve(y, there, x)} /> : <path className="m-line is-drag" d={`M${x} ${there}L${width} ${y}`} />;
}
