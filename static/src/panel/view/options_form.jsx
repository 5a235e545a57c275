/** The options of a format as a form, outside the panel of a step. */
import { fieldsOf } from "../schema.js";
import { put, without } from "../values.js";
import { Panel } from "./context.jsx";
import { FieldView } from "./field_view.jsx";

const NOTHING = { problems: [], isReadOnly: false, kind: "", urls: {}, functions: null, scope: { schema: null, values: {} }, titles: {}, connectors: [], connections: [], flowRetry: [], onConnection: () => {}, openMapper: () => {} };

/** @param {{ form: any, options: any, onChange: (options: any) => void }} props  form: JSON Schema */
export function OptionsForm({ form, options, onChange }) {
  /** @type {import("./context.jsx").PanelState} */
  const state = {
    ...NOTHING,
    config: options,
    root: form,
    change: (path, value) => onChange(put(options, path, value)),
    clear: (path) => onChange(without(options, path)),
    setConfig: onChange,
  };
  return <Panel.Provider value={state}>{fieldsOf(form).map((field) => <FieldView key={field.name} field={field} path={[field.name]} />)}</Panel.Provider>;
}
