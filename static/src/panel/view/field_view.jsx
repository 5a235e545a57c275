/** One field of a form, drawn by its kind. */
import { PartnerField, FlowField, TableField, ZoneField, FormatField, OptionsField, ConnectionField } from "./choosers.jsx";
import { DataField, PlanField, TargetField } from "./data.jsx";
import { BooleanField, ChoiceField, JsonField, NumberField, SetField, TextField } from "./inputs.jsx";
import { GroupField, ListField, MapField, ObjectsField } from "./lists.jsx";
import { TemplateField } from "./template.jsx";

/** @import { Field, Kind } from "../schema.js" */
/** @import { Path } from "../values.js" */

/** @type {Record<Kind, (props: { field: Field, path: Path }) => any>} */
const VIEWS = {
  text: TextField, long: TextField, integer: NumberField, decimal: NumberField, boolean: BooleanField, choice: ChoiceField, set: SetField,
  list: ListField, objects: ObjectsField, map: MapField, ops: MapField, group: GroupField, op: DataField, plan: PlanField, template: TemplateField,
  connector: TextField, operation: TextField, connection: ConnectionField, format: FormatField, options: OptionsField,
  partner: PartnerField, zone: ZoneField, flow: FlowField, table: TableField, target: TargetField, json: JsonField,
};

/** @param {{ field: Field, path: Path }} props */
export function FieldView({ field, path }) {
  const View = VIEWS[field.kind];
  return <View field={field} path={path} />;
}
