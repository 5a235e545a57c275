/** A sample as a tree to look at and to drag from: input at the left of the settings, output at the right. */
import { useMemo, useState } from "react";
import { Icon } from "../../icon.jsx";
import { fieldsOf, idOf, rowsOf } from "../../expression/fields.js";
import { PATH_TYPE } from "../../expression/sight.js";
import { sayValue } from "../../expression/words.js";

/**
 * @param {{ label: string, schema?: any, value: any, titles?: Record<string, string>, isDraggable?: boolean, empty: string }} props
 */
export function Sample({ label, schema = null, value, titles = {}, isDraggable = false, empty }) {
  const tree = useMemo(() => fieldsOf(schema, value), [schema, value]);
  const [open, setOpen] = useState(() => new Set(/** @type {string[]} */ ([])));
  const [wanted, setWanted] = useState("");
  const shown = useMemo(() => (open.size || tree.length > 3 ? open : new Set(tree.map((node) => idOf(node.path)))), [open, tree]);
  const rows = rowsOf(tree, shown, wanted);
  if (value === undefined && !tree.length) return <p className="p-none">{empty}</p>;
  if (!tree.length) return <pre className="p-json">{typeof value === "string" ? value : JSON.stringify(value, null, 2)}</pre>;
  const toggle = (/** @type {string} */ id, /** @type {boolean} */ isOpen) => {
    const next = new Set(shown);
    if (isOpen) next.delete(id);
    else next.add(id);
    setOpen(next);
  };
  return (
    <div className="p-sample">
      <input className="form-control form-control-sm" type="search" aria-label={`Search in ${label.toLowerCase()}`} placeholder="Search" value={wanted} onChange={(event) => setWanted(event.target.value)} />
      <ul className="p-sample-rows" aria-label={label}>
        {rows.map(({ node, level, isOpen }) => {
          const id = idOf(node.path);
          const name = wanted ? node.path.map((key) => titles[key] ?? key).join(" / ") : level === 1 ? titles[String(node.path[0])] ?? node.name : node.name;
          return (
            <li key={id} className={`p-tree-row p-level-${Math.min(level, 8)}`} draggable={isDraggable} onDragStart={(event) => { event.dataTransfer.setData(PATH_TYPE, JSON.stringify(node.path)); event.dataTransfer.effectAllowed = "copy"; }}>
              {node.children.length && !wanted
                ? <button type="button" className="p-twist" aria-expanded={isOpen} aria-label={name} onClick={() => toggle(id, isOpen)}><Icon name={isOpen ? "chevron-down" : "chevron-right"} size={14} /></button>
                : <span className="p-twist" />}
              <span className="p-tree-name" title={node.title}>{name}</span>
              <span className="p-tree-type">{node.type}</span>
              {node.hasSample && !node.children.length && <span className="p-tree-sample">{sayValue(node.sample)}</span>}
            </li>
          );
        })}
      </ul>
    </div>
  );
}
