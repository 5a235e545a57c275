/**
 * The lines of a sample over a ruler: columns are dragged to make a field, edges of fields are dragged to move them, all of it with keys too.
 * Where no record type is chosen, what is dragged is only selected.
 */
import { useEffect, useRef, useState } from "react";
import { toNumber } from "../../server/exact_json.js";
import { endOf, fieldAt } from "../layout.js";

/** @import { Line, RecordType } from "../layout.js" */
/**
 * @typedef {{ from: number, to: number }} Range  columns from 1, the last included; from: where it was begun
 * @typedef {{
 *   lines: Line[], width: number, record: RecordType | null, chosen: number, range: Range | null, isReadOnly: boolean,
 *   onRange: (range: Range | null) => void, onDraw: (range: Range) => void, onCut: (column: number) => void,
 *   onEdge: (index: number, edge: "start" | "end", column: number) => void, onChoose: (index: number) => void, onRemove: (index: number) => void,
 * }} Props
 */

const HELP = "Arrow keys move the column, Shift with them selects. Enter makes a field of what is selected, or cuts the field at the column. Delete removes the field.";

/** @param {Props} props */
export function Ruler({ lines, width, record, chosen, range, isReadOnly, onRange, onDraw, onCut, onEdge, onChoose, onRemove }) {
  const sheet = useRef(/** @type {HTMLDivElement | null} */ (null));
  const drag = useRef(/** @type {{ kind: "range", from: number } | { kind: "start" | "end", index: number } | null} */ (null));
  const [caret, setCaret] = useState(1);
  useEffect(() => setCaret(1), [record?.name]);
  const columnAt = (/** @type {{ clientX: number }} */ event, isEdge = false) => {
    const box = /** @type {HTMLDivElement} */ (sheet.current).getBoundingClientRect();
    const column = ((event.clientX - box.left) / box.width) * width;
    return Math.min(Math.max(isEdge ? Math.round(column) + 1 : Math.floor(column) + 1, 1), isEdge ? width + 1 : width);
  };
  const begin = (/** @type {import("react").PointerEvent<HTMLElement>} */ event) => {
    if (event.button !== 0 || isReadOnly) return;
    const edge = event.target instanceof HTMLElement ? event.target.dataset.edge : undefined;
    const column = columnAt(event);
    const index = record ? fieldAt(record, column) : -1;
    event.currentTarget.setPointerCapture(event.pointerId);
    setCaret(column);
    if (edge === "start" || edge === "end") drag.current = { kind: edge, index: chosen };
    else if (index >= 0) onChoose(index);
    else {
      drag.current = { kind: "range", from: column };
      onRange({ from: column, to: column });
    }
  };
  const move = (/** @type {import("react").PointerEvent} */ event) => {
    const held = drag.current;
    if (!held) return;
    if (held.kind === "range") onRange({ from: held.from, to: columnAt(event) });
    else onEdge(held.index, held.kind, columnAt(event, true));
  };
  const end = (/** @type {import("react").PointerEvent} */ event) => {
    const held = drag.current;
    drag.current = null;
    if (held?.kind !== "range") return;
    const to = columnAt(event);
    setCaret(to);
    if (to !== held.from && record) onDraw({ from: held.from, to });
    else if (to === held.from && record) onRange(null);
  };
  const key = (/** @type {import("react").KeyboardEvent} */ event) => {
    const to = ({ ArrowLeft: caret - 1, ArrowRight: caret + 1, Home: 1, End: width })[event.key];
    if (to !== undefined) {
      event.preventDefault();
      const next = Math.min(Math.max(to, 1), width);
      onRange(event.shiftKey ? { from: range?.from ?? caret, to: next } : null);
      setCaret(next);
    } else if (event.key === "Enter" && !isReadOnly) {
      event.preventDefault();
      if (range && record) onDraw(range);
      else onCut(caret);
    } else if (event.key === "Delete" && record && !isReadOnly && fieldAt(record, caret) >= 0) {
      event.preventDefault();
      onRemove(fieldAt(record, caret));
    } else if (event.key === "Escape" && range) {
      event.preventDefault();
      onRange(null);
    }
  };
  const inField = record ? record.fields[fieldAt(record, caret)]?.name : undefined;
  const selected = range ? `Columns ${Math.min(range.from, range.to)} to ${Math.max(range.from, range.to)} are selected.` : "";
  return (
    <div className="l-ruler">
      <div className="l-scroll">
        <ol className="l-numbers" aria-hidden="true"><li /><li />{lines.map((line) => <li key={line.number} className={line.problem ? "is-bad" : ""}>{line.number}</li>)}</ol>
        <div ref={sheet} className="l-sheet" role="application" aria-roledescription="ruler" tabIndex={0} aria-label={`Columns of the sample${record ? `, ${record.name}` : ""}`} aria-describedby="l-ruler-help"
          style={{ width: `${width}ch` }} onPointerDown={begin} onPointerMove={move} onPointerUp={end} onPointerCancel={() => { drag.current = null; }} onKeyDown={key} onDoubleClick={(event) => !isReadOnly && onCut(columnAt(event))}>
          <div className="l-ticks" aria-hidden="true">{ticks(width).map((column) => <span key={column} style={{ left: `${column - 1}ch` }}><small>{column}</small></span>)}</div>
          <div className="l-names" aria-hidden="true" />
          {record?.marks?.map((mark, index) => mark.value && <span key={`m${index}`} className="l-band is-mark" aria-hidden="true" title="Recognised by this" style={{ left: `${toNumber(mark.start) - 1}ch`, width: `${mark.value.length}ch` }} />)}
          {record?.fields.map((field, index) => (
            <span key={`${field.name}${index}`} className={`l-band is-${index % 2 ? "odd" : "even"} ${index === chosen ? "is-chosen" : ""}`} aria-hidden="true" title={field.name} style={{ left: `${toNumber(field.start) - 1}ch`, width: `${endOf(field) - toNumber(field.start)}ch` }}>
              <b>{field.name}</b>
              {index === chosen && !isReadOnly && <><i data-edge="start" /><i data-edge="end" /></>}
            </span>
          ))}
          {range && <span className="l-band is-range" aria-hidden="true" style={{ left: `${Math.min(range.from, range.to) - 1}ch`, width: `${Math.abs(range.to - range.from) + 1}ch` }} />}
          <span className="l-caret" aria-hidden="true" style={{ left: `${caret - 1}ch` }} />
          {lines.map((line) => <pre key={line.number} className={`l-line ${line.problem ? "is-bad" : ""}`} aria-hidden="true" data-line={line.number}>{line.text || " "}</pre>)}
        </div>
      </div>
      <p className="x-sr" id="l-ruler-help">{HELP}</p>
      <p className="x-sr" role="status">{`Column ${caret}${inField ? `, in ${inField}` : ""}. ${selected}`}</p>
    </div>
  );
}

/** @param {number} width */
const ticks = (width) => [1, ...Array.from({ length: Math.floor(width / 10) }, (_, index) => (index + 1) * 10)];
