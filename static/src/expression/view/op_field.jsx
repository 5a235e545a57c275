/** One operation as a pipeline: where the value comes from, then the functions on it as chips, from left to right. */
import { useRef, useState } from "react";
import { Icon } from "../../icon.jsx";
import { composed, begun, pipeline, placeOfCall, withArgs, withCall, withMoved, withoutCall } from "../pipeline.js";
import { dropped, namesIn, PATH_TYPE } from "../sight.js";
import { say } from "../words.js";
import { CallDetails } from "./call_details.jsx";
import { useEditing, useValueAt } from "./context.jsx";
import { FunctionPicker } from "./function_picker.jsx";
import { Source } from "./source.jsx";

/** @import { Call, Pipeline } from "../pipeline.js" */
/** @import { Op } from "../op.js" */
/** @import { Sight } from "../sight.js" */

/** @param {{ op: Op, onChange: (op: Op) => void, label: string, at: number[], sight: Sight, wants?: string }} props */
export function OpField({ op, onChange, label, at, sight, wants }) {
  const { functions, isReadOnly } = useEditing();
  const [opened, setOpened] = useState(/** @type {number | "add" | null} */ (null));
  const [isOver, setOver] = useState(false);
  const adder = useRef(/** @type {HTMLButtonElement | null} */ (null));
  const pipe = pipeline(op, functions);
  const sourceAt = [...at, ...pipe.calls.toReversed().map((call) => call.slot + 1)];
  const change = (/** @type {Pipeline} */ next) => onChange(composed(next));
  const add = (/** @type {import("../op.js").Fn} */ fn) => {
    const call = begun(fn, namesIn(sight));
    change(withCall(pipe, call));
    setOpened(call.args.length ? pipe.calls.length : null);
  };
  const current = typeof opened === "number" ? pipe.calls[opened] : undefined;
  const drop = (/** @type {import("react").DragEvent} */ event) => {
    const found = dropped(event.dataTransfer.getData(PATH_TYPE));
    setOver(false);
    if (!found || isReadOnly) return;
    event.preventDefault();
    event.stopPropagation();
    onChange(found);
  };
  return (
    <div className={`p-op ${isOver ? "is-over" : ""}`} onDragOver={(event) => { if (event.dataTransfer.types.includes(PATH_TYPE)) { event.preventDefault(); setOver(true); } }} onDragLeave={() => setOver(false)} onDrop={drop}>
      <div className="p-pipe">
        <Source op={pipe.source} onChange={(source) => change({ ...pipe, source })} label={label} at={sourceAt} sight={sight} wants={pipe.calls.length ? undefined : wants} />
        {pipe.calls.map((call, index) => (
          <CallChip key={index} call={call} index={index} pipe={pipe} at={at} isOpen={opened === index} onOpen={() => setOpened(opened === index ? null : index)} />
        ))}
        {!isReadOnly && <button ref={adder} type="button" className="p-add-function" aria-expanded={opened === "add"} aria-label={`${label}: add a function`} title="Add a function" onClick={() => setOpened(opened === "add" ? null : "add")}><Icon name="sigma" size={14} /><span>Function</span></button>}
      </div>
      {opened === "add" && <FunctionPicker label={label} flowing onPick={add} onClose={() => { setOpened(null); adder.current?.focus(); }} />}
      {current && typeof opened === "number" && (
        <CallDetails call={current} label={label} at={[...at, ...placeOfCall(pipe, opened)]} sight={sight} isFirst={opened === 0} isLast={opened === pipe.calls.length - 1}
          onArgs={(args) => change(withArgs(pipe, opened, args))}
          onMove={(by) => { change(withMoved(pipe, opened, by)); setOpened(opened + by); }}
          onRemove={() => { change(withoutCall(pipe, opened)); setOpened(null); adder.current?.focus(); }}
          onClose={() => setOpened(null)} />
      )}
    </div>
  );
}

/** @param {{ call: Call, index: number, pipe: Pipeline, at: number[], isOpen: boolean, onOpen: () => void }} props */
function CallChip({ call, index, pipe, at, isOpen, onOpen }) {
  const { functions, titles } = useEditing();
  const told = useValueAt([...at, ...placeOfCall(pipe, index)]);
  const args = call.args.filter((_, position) => !(functions.get(call.key)?.binds_item && position === 0)).map((arg) => say(arg, functions, titles));
  return (
    <>
      <Icon name="chevron-right" size={14} className="p-flow" />
      <button type="button" className="p-chip" aria-expanded={isOpen} onClick={onOpen} title={told ? `Gives ${told.text}` : undefined}>
        <span>{functions.get(call.key)?.title ?? call.key}</span>
        {args.length > 0 && <span className="p-chip-args">{args.join(", ")}</span>}
      </button>
    </>
  );
}
