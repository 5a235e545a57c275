/** Fields of many values: lists, lists of objects with their own fields, maps of names to texts or expressions, groups. */
import { useRef } from "react";
import { Icon } from "../../icon.jsx";
import { digits, number } from "../../server/exact_json.js";
import { emptyOf, fieldsOf } from "../schema.js";
import { at, moved, renamed, without } from "../values.js";
import { usePanel } from "./context.jsx";
import { DataInput } from "./data.jsx";
import { FieldView } from "./field_view.jsx";
import { Problems, Shell } from "./shell.jsx";
import { problemsAt } from "../problems.js";
import { TemplateInput } from "./template.jsx";

/** @import { Field } from "../schema.js" */
/** @import { Path } from "../values.js" */
/** @typedef {{ field: Field, path: Path }} Props */

/** Buttons to move and remove an item; the arrow keys with Alt move it as well. @param {{ title: string, index: number, count: number, onMove: (by: number) => void, onRemove: () => void, canRemove?: boolean }} props */
function ItemButtons({ title, index, count, onMove, onRemove, canRemove = true }) {
  return (
    <span className="p-buttons">
      <button type="button" className="x-icon-btn is-small" disabled={index === 0} aria-label={`Move ${title} up`} onClick={() => onMove(-1)}><Icon name="arrow-up" size={14} /></button>
      <button type="button" className="x-icon-btn is-small" disabled={index === count - 1} aria-label={`Move ${title} down`} onClick={() => onMove(1)}><Icon name="arrow-down" size={14} /></button>
      <button type="button" className="x-icon-btn is-small" disabled={!canRemove} aria-label={`Remove ${title}`} onClick={onRemove}><Icon name="trash-2" size={14} /></button>
    </span>
  );
}

/** @param {import("react").KeyboardEvent} event @param {(by: number) => void} move */
function moveByKey(event, move) {
  if (!event.altKey || (event.key !== "ArrowUp" && event.key !== "ArrowDown")) return;
  event.preventDefault();
  event.stopPropagation();
  move(event.key === "ArrowUp" ? -1 : 1);
}

/** @param {Props} props */
export function ListField({ field, path }) {
  const { config, change, clear, isReadOnly } = usePanel();
  const value = at(config, path);
  /** @type {any[]} */
  const list = Array.isArray(value) ? value : [];
  const isNumber = field.schema.items.type !== "string";
  const box = useRef(/** @type {HTMLDivElement | null} */ (null));
  const set = (/** @type {any[]} */ next) => (next.length || field.required ? change(path, next, field.title) : clear(path, field.title));
  const read = (/** @type {string} */ text) => (isNumber ? number(text) ?? text : text);
  const add = () => {
    set([...list, isNumber ? 0 : ""]);
    requestAnimationFrame(() => /** @type {HTMLInputElement | undefined} */ ([...(box.current?.querySelectorAll("input") ?? [])].at(-1))?.focus());
  };
  return (
    <Shell field={field} path={path} isGroup>
      {() => (
        <div className="p-list" ref={box}>
          {list.map((item, index) => (
            <div className="p-item is-line" key={index} onKeyDown={(event) => moveByKey(event, (by) => set(moved(list, index, by)))}>
              <input className="form-control" aria-label={`${field.title} ${index + 1}`} inputMode={isNumber ? "decimal" : undefined} readOnly={isReadOnly} value={digits(item) ?? String(item ?? "")} onChange={(event) => set(list.with(index, read(event.target.value)))} />
              {!isReadOnly && <ItemButtons title={`${field.title} ${index + 1}`} index={index} count={list.length} onMove={(by) => set(moved(list, index, by))} onRemove={() => set(list.toSpliced(index, 1))} />}
            </div>
          ))}
          {!isReadOnly && <button type="button" className="btn btn-sm" onClick={add}><Icon name="plus" size={14} /> Add</button>}
        </div>
      )}
    </Shell>
  );
}

/** @param {Props} props */
export function ObjectsField({ field, path }) {
  const { config, change, root, problems, isReadOnly } = usePanel();
  const value = at(config, path);
  /** @type {any[]} */
  const list = Array.isArray(value) ? value : [];
  const fields = fieldsOf(field.schema.items, root);
  const singular = field.title.replace(/s$/, "");
  const set = (/** @type {any[]} */ next) => change(path, next, field.title);
  return (
    <Shell field={field} path={path} isGroup isDeep={false}>
      {() => (
        <ol className="p-list">
          {list.map((item, index) => (
            <li className="p-item" key={index} onKeyDown={(event) => moveByKey(event, (by) => set(moved(list, index, by)))}>
              <div className="p-item-top">
                <strong>{`${singular} ${index + 1}`}</strong>
                {!isReadOnly && <ItemButtons title={`${singular} ${index + 1}`} index={index} count={list.length} canRemove={list.length > (field.schema.minItems ?? 0)} onMove={(by) => set(moved(list, index, by))} onRemove={() => set(list.toSpliced(index, 1))} />}
              </div>
              <Problems problems={problemsAt(problems, [...path, index], false)} />
              {fields.map((inner) => <FieldView key={inner.name} field={inner} path={[...path, index, inner.name]} />)}
            </li>
          ))}
          {!isReadOnly && (
            <li><button type="button" className="btn btn-sm" disabled={list.length >= (field.schema.maxItems ?? Infinity)} onClick={() => set([...list, emptyOf(field.schema.items, root)])}><Icon name="plus" size={14} /> {`Add a ${singular.toLowerCase()}`}</button></li>
          )}
        </ol>
      )}
    </Shell>
  );
}

/** Names with texts (headers, where braces give data) or with expressions. @param {Props} props */
export function MapField({ field, path }) {
  const { config, change, clear, problems, isReadOnly } = usePanel();
  const value = at(config, path);
  /** @type {Record<string, any>} */
  const map = value && typeof value === "object" ? value : {};
  const names = Object.keys(map);
  const isOps = field.kind === "ops";
  const set = (/** @type {Record<string, any>} */ next) => (Object.keys(next).length ? change(path, next, field.title) : clear(path, field.title));
  return (
    <Shell field={field} path={path} isGroup isDeep={false}>
      {() => (
        <div className="p-list">
          {names.map((name, index) => (
            <div className="p-item" key={index}>
              <div className="p-item-top">
                <NameInput name={name} label={`${field.title}: name ${index + 1}`} isReadOnly={isReadOnly} onName={(to) => set(renamed(map, name, to))} />
                {!isReadOnly && <button type="button" className="x-icon-btn is-small" aria-label={`Remove ${name}`} onClick={() => set(without(map, [name]))}><Icon name="trash-2" size={14} /></button>}
              </div>
              {isOps
                ? <DataInput op={map[name]} label={`${field.title}: ${name}`} onChange={(op) => set({ ...map, [name]: op })} />
                : <TemplateInput text={String(map[name] ?? "")} label={`${field.title}: ${name}`} onChange={(text) => set({ ...map, [name]: text })} />}
              <Problems problems={problemsAt(problems, [...path, name])} />
            </div>
          ))}
          {!isReadOnly && <button type="button" className="btn btn-sm" onClick={() => set({ ...map, [freeName(map)]: "" })}><Icon name="plus" size={14} /> Add</button>}
        </div>
      )}
    </Shell>
  );
}

/** @param {Record<string, any>} map */
function freeName(map) {
  let number = 1;
  while (Object.hasOwn(map, `name${number}`)) number += 1;
  return `name${number}`;
}

/** A key, changed when it is left, so that two names never fall together while typing. @param {{ name: string, label: string, isReadOnly: boolean, onName: (name: string) => void }} props */
function NameInput({ name, label, isReadOnly, onName }) {
  return (
    <input key={name} className="form-control form-control-sm" aria-label={label} defaultValue={name} readOnly={isReadOnly}
      onBlur={(event) => event.target.value.trim() && onName(event.target.value.trim())} onKeyDown={(event) => { if (event.key === "Enter") event.currentTarget.blur(); }} />
  );
}

/** @param {Props} props */
export function GroupField({ field, path }) {
  const { root } = usePanel();
  return (
    <Shell field={field} path={path} isGroup isDeep={false}>
      {() => <div className="p-item">{fieldsOf(field.schema, root).map((inner) => <FieldView key={inner.name} field={inner} path={[...path, inner.name]} />)}</div>}
    </Shell>
  );
}
