/** Fields whose values are things of the tenant or of 7M: connections, formats with their options, partners, tables, flows, time zones. */
import { fieldsOf } from "../schema.js";
import { at } from "../values.js";
import { Combo } from "./combo.jsx";
import { ConnectionChooser } from "./connection_chooser.jsx";
import { useAsked, usePanel } from "./context.jsx";
import { FieldView } from "./field_view.jsx";
import { LayoutField } from "../../layout/view/layout_field.jsx";
import { Panel } from "./context.jsx";
import { Shell } from "./shell.jsx";

/** @import { Field } from "../schema.js" */
/** @import { Path } from "../values.js" */
/** @import { Choice } from "./combo.jsx" */
/** @typedef {{ field: Field, path: Path }} Props */

/** @param {Props & { list: string, read: (row: any) => Choice, empty: string, isOpen?: boolean, also?: Choice[] }} props */
function ListField({ field, path, list, read, empty, also = [] }) {
  const { config, change, clear, urls, isReadOnly } = usePanel();
  const { answer, message, again } = useAsked(urls.lists);
  const value = at(config, path);
  /** @type {Choice[]} */
  const listed = [...also, ...(answer?.[list] ?? []).map(read)];
  const usual = listed.find((choice) => choice.value === field.fallback)?.title ?? field.fallback;
  const choices = [...(field.required ? [] : [{ value: "", title: usual ? `as usual: ${usual}` : "none" }]), ...listed];
  const isKnown = !value || !answer || choices.some((choice) => choice.value === value);
  const note = message || (isKnown ? "" : `There is no “${value}” in the list.`);
  return (
    <Shell field={field} path={path} note={note && <span>{note} {message && <button type="button" className="btn btn-sm" onClick={again}>Try again</button>}</span>}>
      {({ id, describedBy, isInvalid }) => (
        <Combo id={id} label={field.title} value={value ?? ""} choices={choices} describedBy={describedBy} isInvalid={isInvalid} isReadOnly={isReadOnly} isStrict placeholder={answer ? "Choose …" : "Loading …"} empty={empty}
          onPick={(choice) => (choice.value === "" ? clear(path, field.title) : change(path, choice.value, field.title))} />
      )}
    </Shell>
  );
}

/** @param {Props} props */
export const PartnerField = (props) => <ListField {...props} list="partners" read={({ key, title }) => ({ value: key, title, note: key })} empty="There is no partner yet. Add one under Partners." />;
/** @param {Props} props */
export const TableField = (props) => <ListField {...props} list="tables" read={({ key, title }) => ({ value: key, title, note: key })} empty="There is no lookup table yet. Add one under Partners." />;
/** @param {Props} props */
export const FlowField = (props) => <ListField {...props} list="flows" read={({ slug, title, enabled }) => ({ value: slug, title, note: enabled ? slug : `${slug}, off` })} empty="There is no other flow yet." />;
/** @param {Props} props */
export const ZoneField = (props) => <ListField {...props} list="zones" read={(zone) => ({ value: zone, title: zone.replaceAll("_", " "), note: zone.includes("_") ? zone : undefined })} empty="No time zone fits. Try a city: Berlin, Bangkok." />;
/** @param {Props} props */
export function FormatField(props) {
  const { kind } = usePanel();
  const also = kind === "webhook_trigger" ? [{ value: "raw", title: "As it came", note: "bytes, for a later step to read" }] : [];
  return <ListField {...props} list="formats" also={also} read={({ key, title }) => ({ value: key, title, note: key })} empty="No format fits." />;
}

/** A format whose layout is drawn over a sample, and the options that are drawn there. */
const DRAWN = "fixed_width";
const IN_LAYOUT = new Set(["records", "checks"]);

/** The options of the chosen format, as that format describes them. @param {Props} props */
export function OptionsField({ field, path }) {
  const panel = usePanel();
  const { config, root, urls, kind } = panel;
  const form = resolveFormat(config, root, path, kind);
  const { answer, message, again } = useAsked(form && form !== "raw" ? `${urls.format}?format=${encodeURIComponent(form)}` : "");
  if (form === "raw" || !form) return null;
  if (message) return <p className="p-hint" role="alert">{message} <button type="button" className="btn btn-sm" onClick={again}>Try again</button></p>;
  if (!answer) return <p className="p-hint" role="status">Opening the options …</p>;
  const isDrawn = form === DRAWN;
  const fields = fieldsOf(answer.form).filter(({ name }) => !isDrawn || !IN_LAYOUT.has(name));
  const set = fields.filter(({ name }) => at(config, [...path, name]) !== undefined).length;
  return (
    <>
    {isDrawn && <LayoutField form={answer.form} path={path} />}
    <details className="p-fold">
      <summary>{`Options of ${answer.title}`} <span className="p-fold-words">{set ? `${set} set` : "as usual"}</span></summary>
      <div className="p-fold-body">
        <p className="p-hint"><a href={answer.help} target="_blank" rel="noreferrer">{`How 7M reads and writes ${answer.title}`}</a></p>
        <Panel.Provider value={{ ...panel, root: answer.form }}>
          {fields.map((inner) => <FieldView key={inner.name} field={inner} path={[...path, inner.name]} />)}
        </Panel.Provider>
      </div>
    </details>
    </>
  );
}

/** The format that stands beside the options. @param {any} config @param {any} root @param {Path} path @param {string} kind @returns {string} */
function resolveFormat(config, root, path, kind) {
  const name = String(path.at(-1)).replace(/options$/, "format");
  const beside = root.properties?.[name];
  if (kind.startsWith("mllp")) return "hl7";
  return at(config, [...path.slice(0, -1), name]) ?? beside?.default ?? "";
}

/** @param {Props} props */
export function ConnectionField({ field, path }) {
  const { config, change, clear } = usePanel();
  const value = at(config, path) ?? "";
  return (
    <Shell field={field} path={path}>
      {(wiring) => <ConnectionChooser wiring={wiring} value={value} connector={config.connector ?? ""} label={field.title} isOptional={!field.required} onChange={(name) => (name ? change(path, name, field.title) : clear(path, field.title))} />}
    </Shell>
  );
}
