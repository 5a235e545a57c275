/** Fields that take data: a fixed value, a field of earlier data, or an expression. */
import { Icon } from "../../icon.jsx";
import { OpEditor } from "../../expression/view/op_editor.jsx";
import { NOTHING } from "../../expression/sight.js";
import { targetWords } from "../schema.js";
import { at } from "../values.js";
import { usePanel } from "./context.jsx";
import { Shell } from "./shell.jsx";

/** @import { Op } from "../../expression/op.js" */
/** @import { Sight } from "../../expression/sight.js" */
/** @import { Field } from "../schema.js" */
/** @import { Path } from "../values.js" */

/** @param {{ op: Op, label: string, onChange: (op: Op) => void, sight?: Sight, isCondition?: boolean, wants?: string }} props */
export function DataInput({ op, label, onChange, sight = NOTHING, isCondition = false, wants }) {
  const { functions, scope, titles, urls, isReadOnly } = usePanel();
  if (!functions) return <p className="p-hint" role="status">Opening the functions …</p>;
  return <OpEditor op={op} onChange={onChange} label={label} functions={functions} scope={scope} titles={titles} sight={sight} evaluateUrl={urls.evaluate} isReadOnly={isReadOnly} isCondition={isCondition} wants={wants} />;
}

/** @param {{ field: Field, path: Path }} props */
export function DataField({ field, path }) {
  const { config, change, clear, isReadOnly } = usePanel();
  const op = at(config, path);
  const isUnset = op === undefined || op === null;
  const isCondition = field.name === "if" || field.name === "condition" || field.name === "when";
  return (
    <Shell field={field} path={path} isGroup>
      {() => (
        <>
          {isUnset && !field.required
            ? !isReadOnly && <button type="button" className="btn btn-sm" onClick={() => change(path, "", field.title)}><Icon name="plus" size={14} /> Set it</button>
            : <DataInput op={isUnset ? "" : op} label={field.title} isCondition={isCondition} onChange={(next) => change(path, next, field.title)} />}
          {!isUnset && !field.required && !isReadOnly && <button type="button" className="p-unset" onClick={() => clear(path, field.title)}><Icon name="x" size={14} /> Not set</button>}
        </>
      )}
    </Shell>
  );
}

/** A mapping: how much of it there is, and the way to the mapper. @param {{ field: Field, path: Path }} props */
export function PlanField({ field, path }) {
  const { config, change, clear, openMapper, isReadOnly } = usePanel();
  const plan = at(config, path);
  const count = Array.isArray(plan?.rules) ? plan.rules.length : 0;
  return (
    <Shell field={field} path={path} isGroup>
      {() => (
        <div className="p-plan">
          <span>{plan ? `${count} rule${count === 1 ? "" : "s"}` : "not set"}</span>
          <span className="p-buttons">
            <button type="button" className="btn btn-sm" onClick={() => { if (!plan && !isReadOnly) change(path, { version: 1, rules: [] }, field.title); openMapper(String(path[0])); }}><Icon name="shuffle" size={14} /> {plan || isReadOnly ? "Open the mapper" : "Map fields"}</button>
            {plan && !field.required && !isReadOnly && <button type="button" className="btn btn-sm" onClick={() => clear(path, field.title)}><Icon name="x" size={14} /> Not set</button>}
          </span>
        </div>
      )}
    </Shell>
  );
}

/** What a mapping is to make: said in words here, chosen in the mapper. @param {{ field: Field, path: Path }} props */
export function TargetField({ field, path }) {
  const { config, clear, openMapper, isReadOnly } = usePanel();
  const target = at(config, path);
  return (
    <Shell field={field} path={path} isGroup>
      {() => (
        <div className="p-plan">
          <span>{targetWords(target)}</span>
          <span className="p-buttons">
            {!isReadOnly && <button type="button" className="btn btn-sm" onClick={() => openMapper("plan")}><Icon name="shuffle" size={14} /> Choose in the mapper</button>}
            {target && !isReadOnly && <button type="button" className="btn btn-sm" onClick={() => clear(path, field.title)}><Icon name="x" size={14} /> Not set</button>}
          </span>
        </div>
      )}
    </Shell>
  );
}
