/** A loop: over which list, which of its items, in which order, together or with partners from another list. */
import { OpEditor } from "../../expression/view/op_editor.jsx";
import { Icon } from "../../icon.jsx";
import { editorSight } from "../editing.js";
import { sightOf, within } from "../reading.js";

/** @import { Entry, Op } from "../reading.js" */
/** @typedef {Omit<Parameters<typeof OpEditor>[0], "op" | "onChange" | "label" | "sight" | "isCondition">} Editor */

/** @param {{ entry: Entry, editor: Editor, scope: any, onChange: (change: Record<string, any>, tag?: string) => void }} props */
export function LoopDetail({ entry, editor, scope, onChange }) {
  const { rule, sight } = entry;
  const { isReadOnly } = editor;
  const inItems = editorSight(within(sight, { ...rule, group: undefined }), scope);
  const around = editorSight(sight, scope);
  const sort = Array.isArray(rule.sort) ? rule.sort : [];
  const joins = Array.isArray(rule.join) ? rule.join : [];
  const by = rule.group?.by ?? {};
  return (
    <div className="m-loop">
      <Part title="For each item of"><OpEditor {...editor} op={rule.each} label="List" sight={around} onChange={(each) => onChange({ each }, "each")} /></Part>
      <label className="m-part"><span className="m-label">Called</span>
        <input className="form-control form-control-sm m-short" value={rule.name ?? ""} readOnly={isReadOnly} placeholder="item" onChange={({ target: { value } }) => onChange({ name: value || undefined }, "name")} />
      </label>
      {joins.map((/** @type {any} */ join, /** @type {number} */ index) => (
        <Part key={index} title={`With its partner “${join.name}” of`} onRemove={isReadOnly ? undefined : () => onChange({ join: joins.length > 1 ? joins.toSpliced(index, 1) : undefined })}>
          <OpEditor {...editor} op={join.list} label="Other list" sight={around} onChange={(list) => onChange({ join: joins.with(index, { ...join, list }) }, `join${index}`)} />
          <span className="m-label">where its</span>
          <OpEditor {...editor} op={join.by} label="Key of the other list" sight={editorSight(within(sight, { each: join.list, name: join.name }), scope)} onChange={(key) => onChange({ join: joins.with(index, { ...join, by: key }) }, `by${index}`)} />
          <span className="m-label">is the item’s</span>
          <OpEditor {...editor} op={join.on} label="Key of the item" sight={inItems} onChange={(on) => onChange({ join: joins.with(index, { ...join, on }) }, `on${index}`)} />
        </Part>
      ))}
      {"where" in rule && <Part title="Keep those where" onRemove={isReadOnly ? undefined : () => onChange({ where: undefined })}><OpEditor {...editor} op={rule.where} label="Filter" sight={inItems} isCondition onChange={(where) => onChange({ where }, "where")} /></Part>}
      {sort.map((/** @type {any} */ key, /** @type {number} */ index) => (
        <Part key={index} title={index ? "then by" : "Sorted by"} onRemove={isReadOnly ? undefined : () => onChange({ sort: sort.length > 1 ? sort.toSpliced(index, 1) : undefined })}>
          <OpEditor {...editor} op={key.by} label="Sort key" sight={inItems} onChange={(op) => onChange({ sort: sort.with(index, { ...key, by: op }) }, `sort${index}`)} />
          <select className="form-select form-select-sm m-short" aria-label="Order" value={key.order ?? "asc"} disabled={isReadOnly} onChange={({ target: { value } }) => onChange({ sort: sort.with(index, { ...key, order: value }) })}>
            <option value="asc">smallest first</option>
            <option value="desc">largest first</option>
          </select>
        </Part>
      ))}
      {Object.entries(by).map(([name, op]) => (
        <Part key={name} title={`Together by “${name}”`} onRemove={isReadOnly ? undefined : () => onChange({ group: without(rule.group, name) })}>
          <OpEditor {...editor} op={op} label={`Group key ${name}`} sight={inItems} onChange={(key) => onChange({ group: { ...rule.group, by: { ...by, [name]: key } } }, `group${name}`)} />
        </Part>
      ))}
      {!isReadOnly && (
        <div className="m-buttons">
          {!("where" in rule) && <button type="button" className="btn btn-sm" onClick={() => onChange({ where: ["eq", ["it"], ""] })}><Icon name="funnel" size={14} /> Filter</button>}
          <button type="button" className="btn btn-sm" onClick={() => onChange({ sort: [...sort, { by: ["it"], order: "asc" }] })}><Icon name="arrow-down" size={14} /> Sort</button>
          <button type="button" className="btn btn-sm" onClick={() => onChange({ group: { ...rule.group, by: { ...by, [`key${Object.keys(by).length + 1}`]: ["it"] } } })}><Icon name="group" size={14} /> Group</button>
          <button type="button" className="btn btn-sm" onClick={() => onChange({ join: [...joins, { list: ["list"], name: `partner${joins.length || ""}`, by: ["it"], on: ["it"] }] })}><Icon name="link" size={14} /> Join a list</button>
        </div>
      )}
    </div>
  );
}

/** @param {any} group @param {string} name */
function without(group, name) {
  const { [name]: _, ...by } = group.by;
  return Object.keys(by).length ? { ...group, by } : undefined;
}

/** @param {{ title: string, children: import("react").ReactNode, onRemove?: () => void }} props */
function Part({ title, children, onRemove }) {
  return (
    <div className="m-part" role="group" aria-label={title}>
      <span className="m-label">{title}</span>
      <div className="m-part-body">{children}</div>
      {onRemove && <button type="button" className="x-icon-btn is-small" aria-label={`Remove: ${title}`} onClick={onRemove}><Icon name="x" size={14} /></button>}
    </div>
  );
}

/** Named values: computed once before the rules, used by name. @param {{ plan: any, editor: Editor, scope: any, onSet: (name: string, op: Op, tag?: string) => void, onAdd: () => void, onRemove: (name: string) => void }} props */
export function NamedValues({ plan, editor, scope, onSet, onAdd, onRemove }) {
  const lets = Object.entries(plan.let ?? {});
  return (
    <div className="m-loop">
      <p>A named value is computed once, before the rules, and can be used in all of them.</p>
      {lets.map(([name, op], index) => (
        <Part key={name} title={name} onRemove={editor.isReadOnly ? undefined : () => onRemove(name)}>
          <OpEditor {...editor} op={op} label={name} sight={editorSight({ ...sightOf(plan), lets: Object.fromEntries(lets.slice(0, index)) }, scope)} onChange={(changed) => onSet(name, changed, `let ${name}`)} />
        </Part>
      ))}
      {!editor.isReadOnly && <button type="button" className="btn btn-sm" onClick={onAdd}><Icon name="plus" size={14} /> Add a named value</button>}
    </div>
  );
}
