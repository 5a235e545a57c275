/** The call of a connector: which operation, over whose account, and with what; each field fixed, from earlier data, or an expression. */
import { useState } from "react";
import { Icon } from "../../icon.jsx";
import { isValue, literal, valueOf } from "../../expression/op.js";
import { inputRows, unfilledPath, withInput, withoutInput } from "../input_rules.js";
import { fieldPlace, problemsAt } from "../problems.js";
import { fieldsOf } from "../schema.js";
import { Combo } from "./combo.jsx";
import { ConnectionChooser } from "./connection_chooser.jsx";
import { useAsked, usePanel } from "./context.jsx";
import { DataInput } from "./data.jsx";
import { LiveChoices } from "./live_choices.jsx";
import { Problems, Shell } from "./shell.jsx";

/** @import { Row, Wanted } from "../input_rules.js" */
/** @import { Field } from "../schema.js" */
const OWN = new Set(["connector", "operation", "connection", "input"]);
const PARTS = /** @type {Record<string, string>} */ ({ path: "in the address", query: "in the query", header: "as a header", body: "" });

const NUMBERS = new Set(["integer", "number"]);

/** The fields that are drawn here and not by the general form. @param {Field} field */
export const isOfCall = (field) => OWN.has(field.name);

/** @param {{ form: any }} props */
export function CallForm({ form }) {
  const { config, setConfig, change, connectors, connections, isReadOnly } = usePanel();
  const fields = Object.fromEntries(fieldsOf(form).map((field) => [field.name, field]));
  const connector = connectors.find((one) => one.key === config.connector);
  const chooseConnector = (/** @type {string} */ key) => {
    const only = connections.filter((one) => one.connector === key);
    setConfig({ ...config, connector: key, operation: "", connection: only.length === 1 ? only[0].name : "", input: null }, "Connector");
  };
  return (
    <>
      <Shell field={fields.connector} path={["connector"]}>
        {({ id, describedBy, isInvalid }) => <Combo id={id} label="Connector" value={config.connector ?? ""} choices={connectors.map(({ key, title, category }) => ({ value: key, title, note: category }))} describedBy={describedBy} isInvalid={isInvalid} isReadOnly={isReadOnly} isStrict placeholder="Choose …" onPick={(choice) => choice.value !== config.connector && chooseConnector(choice.value)} />}
      </Shell>
      {connector && (
        <Shell field={fields.operation} path={["operation"]}>
          {({ id, describedBy, isInvalid }) => <Combo id={id} label="Operation" value={config.operation ?? ""} choices={connector.operations.map(({ key, title, summary }) => ({ value: key, title, note: summary }))} describedBy={describedBy} isInvalid={isInvalid} isReadOnly={isReadOnly} isStrict placeholder="Choose …" onPick={(choice) => change(["operation"], choice.value, "Operation")} />}
        </Shell>
      )}
      {connector && (
        <Shell field={fields.connection} path={["connection"]}>
          {(wiring) => <ConnectionChooser wiring={wiring} value={config.connection ?? ""} connector={connector.key} label="Connection" onChange={(name) => change(["connection"], name, "Connection")} />}
        </Shell>
      )}
      {connector && config.operation && <Input />}
    </>
  );
}

function Input() {
  const { config, problems, urls, change, openMapper, isReadOnly } = usePanel();
  const [added, setAdded] = useState(/** @type {string[]} */ ([]));
  const { answer, message, again } = useAsked(`${urls.operation}?connector=${encodeURIComponent(config.connector)}&operation=${encodeURIComponent(config.operation)}`);
  if (message) return <p className="p-problem is-bad" role="alert">{message} <button type="button" className="btn btn-sm" onClick={again}>Try again</button></p>;
  if (!answer) return <p className="p-hint" role="status">Opening the fields …</p>;
  const rows = inputRows(config.input, answer.fields);
  const isShown = (/** @type {Row} */ row) => row.wanted?.required || row.state !== "empty" || added.includes(row.path.join("."));
  const hidden = rows.filter((row) => !isShown(row));
  const known = new Set(rows.flatMap((row) => row.rules.map((index) => `input.rules[${index}]`)));
  const whole = problems.filter((problem) => fieldPlace(problem.place) === "input" && !rows.some((row) => row.path.join(".") === unfilledPath(problem.message)));
  const loose = problems.filter(({ place }) => fieldPlace(place).startsWith("input.") && ![...known].some((at) => fieldPlace(place).startsWith(at)));
  return (
    <section className="p-section" aria-label="Input">
      <div className="p-section-top">
        <h3>Input</h3>
        <button type="button" className="btn btn-sm" onClick={() => openMapper("input")}><Icon name="shuffle" size={14} /> Open in the mapper</button>
      </div>
      <p className="p-hint">{answer.summary} {answer.sent_twice}</p>
      <Problems problems={[...whole, ...loose]} />
      {rows.length === 0 && <p className="p-none">This operation needs no input.</p>}
      {rows.filter(isShown).map((row) => <InputRow key={row.path.join(".")} row={row} />)}
      {!isReadOnly && hidden.length > 0 && (
        <div className="p-add-field">
          <Combo label="Add a field" value="" placeholder={`Add a field (${hidden.length} more)`} isStrict choices={hidden.map((row) => ({ value: row.path.join("."), title: row.wanted?.title ?? row.path.join("."), note: row.wanted?.help || row.path.join(" / ") }))}
            onPick={(choice) => { setAdded([...added, choice.value]); const row = rows.find((one) => one.path.join(".") === choice.value); if (row) change(["input"], withInput(config.input, row, begin(row.wanted)), row.wanted?.title ?? "Input"); }} />
        </div>
      )}
    </section>
  );
}

/** What a field begins with. @param {Wanted | null} wanted */
function begin(wanted) {
  if (!wanted) return "";
  if (wanted.default !== null && wanted.default !== undefined) return wanted.default;
  if (wanted.type === "boolean") return false;
  return wanted.options[0] ?? "";
}

/** @param {{ row: Row }} props */
function InputRow({ row }) {
  const { config, problems, change, clear, openMapper, isReadOnly } = usePanel();
  const { wanted, state } = row;
  const title = wanted?.title ?? row.path.slice(1).join(" / ");
  const label = title.charAt(0).toUpperCase() + title.slice(1);
  const here = row.rules.flatMap((index) => problemsAt(problems, ["input", "rules", index]));
  const unfilled = problems.filter((problem) => fieldPlace(problem.place) === "input" && unfilledPath(problem.message) === row.path.join("."));
  const set = (/** @type {any} */ op) => change(["input"], withInput(config.input, row, op), label);
  const remove = () => {
    const next = withoutInput(config.input, row);
    if (next === null) clear(["input"], label);
    else change(["input"], next, label);
  };
  return (
    <div className={`p-field p-input ${[...here, ...unfilled].some(({ severity }) => severity === "error") ? "is-invalid" : ""}`} role="group" aria-label={label} data-field={`input.${row.path.join(".")}`}>
      <div className="p-input-top">
        <span className="p-label">{label}{wanted?.required && <span className="p-needed"> *<span className="x-sr"> needed</span></span>}</span>
        <span className="p-where">{row.path.slice(1).join(" / ")} {PARTS[row.path[0]] ?? row.path[0]}</span>
        {state === "rule" && !isReadOnly && <button type="button" className="x-icon-btn is-small" aria-label={`Empty ${label}`} title="Empty it" onClick={remove}><Icon name="x" size={14} /></button>}
      </div>
      {state === "mapping"
        ? <p className="p-by-mapping"><Icon name="shuffle" size={14} /> {`Filled by mapping (${row.rules.length} rule${row.rules.length === 1 ? "" : "s"})`} <button type="button" className="btn btn-sm" onClick={() => openMapper("input")}>Open</button></p>
        : <RowInput row={row} label={label} onChange={set} />}
      {wanted?.help && <div className="p-hint">{wanted.help}</div>}
      {state === "empty" && wanted?.example !== null && wanted?.example !== undefined && <div className="p-hint">{`Example: ${wanted.example}`}</div>}
      <Problems problems={[...here, ...unfilled.map((problem) => ({ ...problem, message: "This is needed.", hint: "" }))]} />
    </div>
  );
}

/** @param {{ row: Row, label: string, onChange: (op: any) => void }} props */
function RowInput({ row, label, onChange }) {
  const { config, isReadOnly } = usePanel();
  const [isData, setData] = useState(false);
  const { wanted } = row;
  const op = row.state === "empty" ? "" : row.op;
  const isFixed = isValue(op) && !isData;
  const listed = wanted?.choices ? "choices" : wanted?.options.length ? "options" : wanted?.type === "boolean" ? "boolean" : "";
  const sight = { items: [], lets: config.input?.let ?? {} };
  if (!listed || !isFixed) {
    if ((wanted?.type === "list" || wanted?.type === "object") && row.state === "empty") return <ListHint label={label} kind={wanted.type} onChange={onChange} />;
    return (
      <>
        <DataInput op={op} label={label} sight={sight} wants={NUMBERS.has(wanted?.type ?? "") ? "number" : wanted?.type} onChange={onChange} />
        {listed && isValue(op) && <button type="button" className="p-unset" onClick={() => setData(false)}>Choose from the list</button>}
      </>
    );
  }
  const value = valueOf(op);
  return (
    <div className="p-listed">
      {listed === "choices" && <LiveChoices value={value} connection={config.connection ?? ""} operation={config.operation} field={row.path.join(".")} type={wanted?.type ?? ""} label={label} onChange={(next) => onChange(literal(next))} />}
      {listed !== "choices" && (
        <select className="form-select" aria-label={label} disabled={isReadOnly} value={row.state === "empty" ? "" : String(value)} onChange={(event) => onChange(listed === "boolean" ? event.target.value === "true" : event.target.value)}>
          {(row.state === "empty" || value === "") && <option value="">Choose …</option>}
          {(listed === "boolean" ? ["true", "false"] : wanted?.options ?? []).map((option) => <option key={option} value={option}>{listed === "boolean" ? (option === "true" ? "yes" : "no") : option}</option>)}
        </select>
      )}
      {!isReadOnly && <button type="button" className="p-unset" onClick={() => setData(true)}><Icon name="braces" size={14} /> From data</button>}
    </div>
  );
}

/** A list is made of records: that is the mapper's work. @param {{ label: string, kind: string, onChange: (op: any) => void }} props */
function ListHint({ label, kind, onChange }) {
  const { openMapper, isReadOnly } = usePanel();
  return (
    <p className="p-by-mapping">
      <button type="button" className="btn btn-sm" onClick={() => openMapper("input")}><Icon name="shuffle" size={14} /> {`Map ${label.toLowerCase()}`}</button>
      {!isReadOnly && <button type="button" className="btn btn-sm" onClick={() => onChange([kind])}><Icon name="braces" size={14} /> As an expression</button>}
    </p>
  );
}
