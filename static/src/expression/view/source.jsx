/** Where a value comes from: a fixed value, a field, a condition, if … then, parts put together, a list, an object, a function. */
import { useRef, useState } from "react";
import { Icon } from "../../icon.jsx";
import { readPath, shapeOf, valueOf } from "../op.js";
import { begun, composed } from "../pipeline.js";
import { namesIn, sampleOf } from "../sight.js";
import { sayPath, sayValue } from "../words.js";
import { Arguments } from "./call_details.jsx";
import { ConditionEditor } from "./condition_editor.jsx";
import { useEditing } from "./context.jsx";
import { FieldPicker } from "./field_picker.jsx";
import { FunctionPicker } from "./function_picker.jsx";
import { OpField } from "./op_field.jsx";
import { begun as begunValue, shownType, TYPES, ValueInput } from "./value_input.jsx";

/** @import { Op, Shape } from "../op.js" */
/** @import { Sight } from "../sight.js" */
/** @typedef {{ op: Op, onChange: (op: Op) => void, label: string, at: number[], sight: Sight, wants?: string }} Props  wants: the type of a fixed value */

const DATA = { field: "Field", call: "Function" };
const MADE = { condition: "Condition", choice: "If … then", cases: "Cases", parts: "Put together", list: "List of", object: "Object of" };

/** @param {Shape} shape @param {Op} op @returns {Op} */
function begin(shape, op) {
  switch (shape) {
    case "condition": return ["eq", op, ""];
    case "choice": return ["if", ["eq", "", ""], op, ""];
    case "parts": return ["concat", op, ""];
    case "list": return ["list", op];
    case "object": return ["object", "name", op];
    case "cases": return ["switch", op, "", "", ""];
    default: return "";
  }
}

/** @param {Props} props */
export function Source(props) {
  const { op, onChange, label, sight } = props;
  const { functions, isReadOnly } = useEditing();
  const [asks, setAsks] = useState(/** @type {"field" | "function" | null} */ (null));
  const way = useRef(/** @type {HTMLSelectElement | null} */ (null));
  const shape = shapeOf(op, functions);
  const current = asks === "field" ? "field" : asks === "function" ? "call" : shape === "value" ? shownType(valueOf(op), props.wants ?? "") : shape;
  const choose = (/** @type {string} */ wanted) => {
    if (wanted in TYPES) {
      setAsks(null);
      onChange(begunValue(/** @type {keyof typeof TYPES} */ (wanted), shape === "value" ? valueOf(op) : ""));
    } else if (wanted === "field") setAsks("field");
    else if (wanted === "call") setAsks("function");
    else onChange(begin(/** @type {Shape} */ (wanted), op));
  };
  const close = () => {
    setAsks(null);
    way.current?.focus();
  };
  return (
    <div className={`p-source is-${shape}`}>
      {shape !== "text" && (
        <select ref={way} className="form-select form-select-sm p-way" aria-label={`${label}: where it comes from`} value={current} disabled={isReadOnly} onChange={(event) => choose(event.target.value)}>
          {Object.entries({ "Fixed value": TYPES, "From data": DATA, "Put together": MADE }).map(([group, ways]) => (
            <optgroup key={group} label={group}>{Object.entries(ways).map(([key, word]) => <option key={key} value={key}>{word}</option>)}</optgroup>
          ))}
        </select>
      )}
      <Shown shape={shape} props={props} onAsk={() => setAsks(asks === "field" ? null : "field")} isAsking={asks === "field"} />
      {asks === "field" && <FieldPicker sight={sight} label={label} onPick={(picked) => { onChange(picked); close(); }} onClose={close} />}
      {asks === "function" && <FunctionPicker label={label} onPick={(fn) => { const call = begun(fn, namesIn(sight)); onChange(call.slot < 0 ? [call.key, ...call.args] : composed({ source: op, calls: [call] })); close(); }} onClose={close} />}
    </div>
  );
}

/** @param {{ shape: Shape, props: Props, onAsk: () => void, isAsking: boolean }} props */
function Shown({ shape, props, onAsk, isAsking }) {
  const { functions, isReadOnly } = useEditing();
  const { op, onChange, label, at, sight } = props;
  switch (shape) {
    case "value": return <ValueInput op={op} label={label} wants={props.wants} isTyped isReadOnly={isReadOnly} onChange={onChange} onSlash={isReadOnly ? undefined : onAsk} />;
    case "field": return <FieldChip {...props} onAsk={onAsk} isAsking={isAsking} />;
    case "condition": return <ConditionEditor {...props} isReadOnly={isReadOnly} />;
    case "choice": return <Choice {...props} />;
    case "parts": return <Members {...props} word="part" first={1} />;
    case "list": return <Members {...props} word="item" first={1} />;
    case "object": return <Members {...props} word="field" first={1} isKeyed />;
    case "cases": return <Cases {...props} />;
    case "call": {
      const fn = /** @type {import("../op.js").Fn} */ (functions.get(op[0]));
      if (op.length === 1 && !fn.args.length && !fn.rest) return <span className="p-chip is-field"><span>{fn.title}</span></span>;
      return <div className="p-call"><strong>{fn.title}</strong><Arguments fn={fn} args={op.slice(1)} slot={-1} label={label} at={at} sight={sight} onArgs={(args) => onChange([op[0], ...args])} /></div>;
    }
    default: return <span className="p-text"><code>{JSON.stringify(op)}</code><span className="p-none">This is kept as it is; it can be changed in the mapping as text.</span></span>;
  }
}

/** @param {Props & { onAsk: () => void, isAsking: boolean }} props */
function FieldChip({ op, label, sight, onAsk, isAsking }) {
  const { scope, titles, isReadOnly } = useEditing();
  const sample = sampleOf(op, scope.values, sight);
  const words = sayPath(/** @type {NonNullable<ReturnType<typeof readPath>>} */ (readPath(op)), titles);
  return (
    <button type="button" className="p-chip is-field" aria-expanded={isAsking} disabled={isReadOnly} aria-label={`${label}: field ${words}. Choose another`} onClick={onAsk}>
      <span>{words}</span>
      {sample !== undefined && <span className="p-chip-args">{sayValue(sample)}</span>}
    </button>
  );
}

/** @param {Props} props */
function Choice({ op, onChange, label, at, sight }) {
  const put = (/** @type {number} */ index, /** @type {Op} */ part) => onChange(op.with(index, part));
  const { isReadOnly } = useEditing();
  return (
    <div className="p-choice">
      <div className="p-arg"><span className="p-arg-name">If</span><ConditionEditor op={op[1]} onChange={(part) => put(1, part)} label={`${label}: if`} at={[...at, 1]} sight={sight} isReadOnly={isReadOnly} /></div>
      <div className="p-arg"><span className="p-arg-name">then</span><OpField op={op[2]} onChange={(part) => put(2, part)} label={`${label}: then`} at={[...at, 2]} sight={sight} /></div>
      {op.length > 3
        ? <div className="p-arg"><span className="p-arg-name">else</span><OpField op={op[3]} onChange={(part) => put(3, part)} label={`${label}: else`} at={[...at, 3]} sight={sight} /></div>
        : !isReadOnly && <button type="button" className="btn btn-sm" onClick={() => onChange([...op, ""])}><Icon name="plus" size={14} /> Else</button>}
    </div>
  );
}

/** @param {Props & { word: string, first: number, isKeyed?: boolean }} props */
function Members({ op, onChange, label, at, sight, word, first, isKeyed = false }) {
  const { isReadOnly } = useEditing();
  const size = isKeyed ? 2 : 1;
  const count = Math.floor((op.length - first) / size);
  const least = word === "part" ? 1 : 0;
  return (
    <div className="p-members">
      {Array.from({ length: count }, (_, number) => {
        const start = first + number * size;
        const value = start + size - 1;
        return (
          <div className="p-arg" key={number}>
            {isKeyed && <input className="form-control form-control-sm p-key" aria-label={`${label}: name of ${word} ${number + 1}`} value={typeof op[start] === "string" ? op[start] : JSON.stringify(op[start])} readOnly={isReadOnly || typeof op[start] !== "string"} onChange={(event) => onChange(op.with(start, event.target.value))} />}
            <OpField op={op[value]} onChange={(part) => onChange(op.with(value, part))} label={`${label}: ${word} ${number + 1}`} at={[...at, value]} sight={sight} />
            {!isReadOnly && count > least && <button type="button" className="x-icon-btn is-small" aria-label={`Remove ${word} ${number + 1}`} onClick={() => onChange(op.toSpliced(start, size))}><Icon name="trash-2" size={14} /></button>}
          </div>
        );
      })}
      {!isReadOnly && <button type="button" className="btn btn-sm" onClick={() => onChange([...op, ...(isKeyed ? ["name", ""] : [""])])}><Icon name="plus" size={14} /> {`Add a ${word}`}</button>}
    </div>
  );
}

/** `switch`: a value, then pairs of case and result, then what else. @param {Props} props */
function Cases({ op, onChange, label, at, sight }) {
  const { isReadOnly } = useEditing();
  const hasElse = op.length % 2 === 1;
  const pairs = Math.floor((op.length - 2) / 2);
  const field = (/** @type {number} */ index, /** @type {string} */ word) => <OpField op={op[index]} onChange={(part) => onChange(op.with(index, part))} label={`${label}: ${word}`} at={[...at, index]} sight={sight} />;
  return (
    <div className="p-choice">
      <div className="p-arg"><span className="p-arg-name">Where</span>{field(1, "value")}</div>
      {Array.from({ length: pairs }, (_, number) => (
        <div className="p-arg" key={number}>
          <span className="p-arg-name">is</span>{field(2 + number * 2, `case ${number + 1}`)}
          <span className="p-arg-name">then</span>{field(3 + number * 2, `result ${number + 1}`)}
          {!isReadOnly && pairs > 1 && <button type="button" className="x-icon-btn is-small" aria-label={`Remove case ${number + 1}`} onClick={() => onChange(op.toSpliced(2 + number * 2, 2))}><Icon name="trash-2" size={14} /></button>}
        </div>
      ))}
      {hasElse && <div className="p-arg"><span className="p-arg-name">else</span>{field(op.length - 1, "else")}
        {!isReadOnly && <button type="button" className="x-icon-btn is-small" aria-label={`${label}: remove the else`} title="Without it, any other value is missing" onClick={() => onChange(op.slice(0, -1))}><Icon name="trash-2" size={14} /></button>}
      </div>}
      {!isReadOnly && (
        <span className="p-buttons">
          <button type="button" className="btn btn-sm" onClick={() => onChange(op.toSpliced(2 + pairs * 2, 0, "", ""))}><Icon name="plus" size={14} /> Add a case</button>
          {!hasElse && <button type="button" className="btn btn-sm" onClick={() => onChange([...op, ""])}><Icon name="plus" size={14} /> Else</button>}
        </span>
      )}
    </div>
  );
}
