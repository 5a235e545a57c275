/** A form from a JSON Schema that is no step's: its values need no data of a run. */
import { useMemo } from "react";
import { fieldsOf } from "../schema.js";
import { put, without } from "../values.js";
import { Panel } from "./context.jsx";
import { FieldView } from "./field_view.jsx";

const NOTHING = { schema: null, values: {} };
const NOBODY = /** @type {any[]} */ ([]);

/**
 * @param {{
 *   form: any, value: Record<string, any>, problems: import("../problems.js").Problem[], isReadOnly: boolean, urls: Record<string, string>,
 *   onChange: (value: Record<string, any>) => void,
 * }} props  problems: their places are relative to the value: `retry[1]`
 */
export function SchemaForm({ form, value, problems, isReadOnly, urls, onChange }) {
  const fields = useMemo(() => fieldsOf(form), [form]);
  const state = {
    config: value, root: form, kind: "", problems, isReadOnly, urls, functions: null, scope: NOTHING, titles: {}, connectors: NOBODY, connections: NOBODY, flowRetry: NOBODY,
    change: (/** @type {import("../values.js").Path} */ path, /** @type {any} */ changed) => onChange(put(value, path, changed)),
    clear: (/** @type {import("../values.js").Path} */ path) => onChange(without(value, path)),
    setConfig: onChange,
    onConnection: () => {},
    openMapper: () => {},
  };
  return (
    <Panel.Provider value={state}>
      <div className="p-settings">{fields.map((field) => <FieldView key={field.name} field={field} path={[field.name]} />)}</div>
    </Panel.Provider>
  );
}
