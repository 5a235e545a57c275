/** A text in which braces give data: `order-{order.body.id}`. Typing “/” or the button brings a field; a dropped one stands where the cursor is. */
import { useMemo, useRef, useState } from "react";
import { Icon } from "../../icon.jsx";
import { Expression } from "../../expression/view/context.jsx";
import { FieldPicker } from "../../expression/view/field_picker.jsx";
import { dropped, NOTHING, PATH_TYPE } from "../../expression/sight.js";
import { filled, placeholderOf } from "../template.js";
import { at } from "../values.js";
import { usePanel } from "./context.jsx";
import { Shell } from "./shell.jsx";

/** @import { Field } from "../schema.js" */
/** @import { Path } from "../values.js" */

/** @param {{ text: string, label: string, isLong?: boolean, id?: string, describedBy?: string, isInvalid?: boolean, onChange: (text: string) => void }} props */
export function TemplateInput({ text, label, isLong = false, id, describedBy, isInvalid = false, onChange }) {
  const { functions, scope, titles, isReadOnly } = usePanel();
  const [isPicking, setPicking] = useState(false);
  const box = useRef(/** @type {HTMLInputElement | null} */ (null));
  const editing = useMemo(() => ({ functions: functions ?? new Map(), titles, scope, found: { state: /** @type {const} */ ("none"), answer: null, message: "" }, isReadOnly }), [functions, titles, scope, isReadOnly]);
  const put = (/** @type {any[] | null} */ op) => {
    setPicking(false);
    const braces = op && placeholderOf(op.slice(1));
    if (!braces) return;
    const start = box.current?.selectionStart ?? text.length;
    onChange(text.slice(0, start) + braces + text.slice(box.current?.selectionEnd ?? start));
    box.current?.focus();
  };
  const sample = filled(text, scope.values);
  const Box = isLong ? "textarea" : "input";
  return (
    <Expression.Provider value={editing}>
      <div className="p-template" onDragOver={(event) => event.dataTransfer.types.includes(PATH_TYPE) && event.preventDefault()} onDrop={(event) => { event.preventDefault(); put(dropped(event.dataTransfer.getData(PATH_TYPE))); }}>
        <Box ref={/** @type {any} */ (box)} id={id} className="form-control" rows={isLong ? 4 : undefined} aria-label={id ? undefined : label} aria-describedby={describedBy} aria-invalid={isInvalid} value={text} readOnly={isReadOnly} placeholder="Text, or / for a field" onChange={(/** @type {any} */ event) => onChange(event.target.value)}
          onKeyDown={(/** @type {import("react").KeyboardEvent} */ event) => { if (event.key === "/" && text === "" && !isReadOnly) { event.preventDefault(); setPicking(true); } }} />
        {!isReadOnly && <button type="button" className="x-icon-btn" aria-expanded={isPicking} aria-label={`${label}: insert a field`} title="Insert a field" onClick={() => setPicking(!isPicking)}><Icon name="braces" /></button>}
      </div>
      {isPicking && <FieldPicker sight={NOTHING} label={label} onPick={put} onClose={() => { setPicking(false); box.current?.focus(); }} />}
      {sample !== null && sample !== text && <p className="p-live"><span className="x-sr">Value in the sample: </span>= <output>{sample}</output></p>}
    </Expression.Provider>
  );
}

/** @param {{ field: Field, path: Path }} props */
export function TemplateField({ field, path }) {
  const { config, change, clear } = usePanel();
  const value = at(config, path);
  return (
    <Shell field={field} path={path}>
      {({ id, describedBy, isInvalid }) => (
        <TemplateInput id={id} describedBy={describedBy} isInvalid={isInvalid} isLong={(field.schema.maxLength ?? 0) > 200 && field.name !== "url"} text={typeof value === "string" ? value : ""} label={field.title} onChange={(text) => (text === "" && !field.required ? clear(path, field.title) : change(path, text, field.title))} />
      )}
    </Shell>
  );
}
