/** A function of the pipeline, opened: what it does, its arguments, the value before and after, and the buttons to move and remove it. */
import { Icon } from "../../icon.jsx";
import { parameter } from "../op.js";
import { beginning, placeOfArg } from "../pipeline.js";
import { inside, namesIn } from "../sight.js";
import { sayValue } from "../words.js";
import { useEditing, useValueAt } from "./context.jsx";
import { FunctionHelp } from "./function_picker.jsx";
import { OpField } from "./op_field.jsx";
import { ValueInput } from "./value_input.jsx";

/** @import { Call } from "../pipeline.js" */
/** @import { Arg, Fn, Op } from "../op.js" */
/** @import { Sight } from "../sight.js" */

/**
 * @param {{
 *   call: Call, label: string, at: number[], sight: Sight, isFirst: boolean, isLast: boolean,
 *   onArgs: (args: Op[]) => void, onMove: (by: number) => void, onRemove: () => void, onClose: () => void,
 * }} props
 */
export function CallDetails({ call, label, at, sight, isFirst, isLast, onArgs, onMove, onRemove, onClose }) {
  const { functions, isReadOnly } = useEditing();
  const before = useValueAt([...at, call.slot + 1]);
  const after = useValueAt(at);
  const fn = functions.get(call.key);
  if (!fn) return null;
  return (
    <div className="p-details" role="group" aria-label={`${fn.title}, function of ${label}`} onKeyDown={(event) => { if (event.key === "Escape") { event.stopPropagation(); onClose(); } }}>
      <div className="p-details-top">
        <strong>{fn.title}</strong>
        {!isReadOnly && (
          <span className="p-buttons">
            <button type="button" className="x-icon-btn is-small" disabled={isFirst} aria-label="Move to the left" onClick={() => onMove(-1)}><Icon name="chevron-left" size={14} /></button>
            <button type="button" className="x-icon-btn is-small" disabled={isLast} aria-label="Move to the right" onClick={() => onMove(1)}><Icon name="chevron-right" size={14} /></button>
            <button type="button" className="x-icon-btn is-small" aria-label={`Remove ${fn.title}`} onClick={onRemove}><Icon name="trash-2" size={14} /></button>
          </span>
        )}
        <button type="button" className="x-icon-btn is-small" aria-label="Close" onClick={onClose}><Icon name="x" size={14} /></button>
      </div>
      <Arguments fn={fn} args={call.args} slot={call.slot} label={label} at={at} sight={sight} items={before?.value} onArgs={onArgs} />
      {after && <p className="p-before">{before && <>{before.text} <Icon name="arrow-right" size={14} /> </>}<strong>{after.text}</strong></p>}
      <FunctionHelp fn={fn} />
    </div>
  );
}

/**
 * The arguments of a function; slot: the one that is filled from the left, -1 for none.
 * @param {{ fn: Fn, args: Op[], slot: number, label: string, at: number[], sight: Sight, items?: any, onArgs: (args: Op[]) => void }} props
 */
export function Arguments({ fn, args, slot, label, at, sight, items, onArgs }) {
  const { isReadOnly } = useEditing();
  const call = { key: fn.key, slot: slot < 0 ? Infinity : slot, args };
  const indexOf = (/** @type {number} */ arg) => placeOfArg(call, arg) - 1;
  const next = indexOf(args.length);
  const more = next < fn.args.length ? fn.args[next] : fn.rest;
  const name = fn.binds_item ? String(args[0]) : "";
  return (
    <div className="p-args">
      {args.map((arg, position) => {
        const index = indexOf(position);
        const spec = parameter(fn, index);
        const isBody = fn.binds_item && index === 2;
        const seen = isBody ? inside(sight, { name, value: Array.isArray(items) ? items[0] : undefined }) : sight;
        const isExtra = index >= fn.args.length || "default" in spec;
        return (
          <div className="p-arg" key={position}>
            <span className="p-arg-name">{isBody && spec.name === "condition" ? "keep where" : spec.name}</span>
            <Argument spec={spec} op={arg} label={`${fn.title}: ${spec.name}`} at={[...at, index + 1]} sight={seen} onChange={(op) => onArgs(args.with(position, op))} />
            {!isReadOnly && isExtra && position === args.length - 1 && <button type="button" className="x-icon-btn is-small" aria-label={`Remove ${spec.name}`} onClick={() => onArgs(args.slice(0, -1))}><Icon name="trash-2" size={14} /></button>}
          </div>
        );
      })}
      {!isReadOnly && more && <button type="button" className="btn btn-sm" onClick={() => onArgs([...args, beginning(fn, next, namesIn(sight))])}><Icon name="plus" size={14} /> {`Add “${more.name}”${"default" in more && more.default !== "" && more.default !== null ? `, now ${sayValue(more.default)}` : ""}`}</button>}
    </div>
  );
}

/** @param {{ spec: Arg, op: Op, label: string, at: number[], sight: Sight, onChange: (op: Op) => void }} props */
function Argument({ spec, op, label, at, sight, onChange }) {
  const { isReadOnly } = useEditing();
  if (!spec.fixed) return <OpField op={op} onChange={onChange} label={label} at={at} sight={sight} />;
  if (spec.choices?.length) {
    return (
      <select className="form-select form-select-sm" aria-label={label} value={String(op)} disabled={isReadOnly} onChange={(event) => onChange(event.target.value)}>
        {!spec.choices.includes(String(op)) && <option value={String(op)}>{String(op)}</option>}
        {spec.choices.map((choice) => <option key={choice}>{choice}</option>)}
      </select>
    );
  }
  if (spec.kinds.length === 1 && spec.kinds[0] === "text") {
    return <input className="form-control form-control-sm" aria-label={label} value={String(op ?? "")} readOnly={isReadOnly} onChange={(event) => onChange(event.target.value)} />;
  }
  return <ValueInput op={op} label={label} isReadOnly={isReadOnly} onChange={onChange} />;
}
