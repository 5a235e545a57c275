/** Choosing a field of earlier data: a tree with types and sample values, a search over all of it, all by keyboard. */
import { useEffect, useId, useMemo, useRef, useState } from "react";
import { Icon } from "../../icon.jsx";
import { idOf, rowsOf } from "../fields.js";
import { opAt, treeOf } from "../sight.js";
import { sayValue } from "../words.js";
import { useEditing } from "./context.jsx";

/** @import { Op } from "../op.js" */
/** @import { Sight } from "../sight.js" */
/** @import { FieldRow } from "../fields.js" */

/** @param {{ sight: Sight, label: string, onPick: (op: Op) => void, onClose: () => void }} props */
export function FieldPicker({ sight, label, onPick, onClose }) {
  const { scope, titles } = useEditing();
  const tree = useMemo(() => treeOf(scope, sight), [scope, sight]);
  const names = useMemo(() => Object.fromEntries(tree.map(({ path, name }) => [path[0], name])), [tree]);
  const [open, setOpen] = useState(() => new Set(tree.slice(0, 1).map((node) => idOf(node.path))));
  const [wanted, setWanted] = useState("");
  const [active, setActive] = useState(0);
  const rows = useMemo(() => rowsOf(tree, open, wanted), [tree, open, wanted]);
  const id = useId();
  const box = useRef(/** @type {HTMLInputElement | null} */ (null));
  const list = useRef(/** @type {HTMLUListElement | null} */ (null));
  useEffect(() => { box.current?.focus(); }, []);
  useEffect(() => { list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest" }); }, [active]);

  const toggle = (/** @type {FieldRow} */ row, /** @type {boolean} */ to) => {
    const next = new Set(open);
    if (to) next.add(idOf(row.node.path));
    else next.delete(idOf(row.node.path));
    setOpen(next);
  };
  const pick = (/** @type {FieldRow} */ row) => onPick(opAt(row.node.path, sight));
  const keys = (/** @type {import("react").KeyboardEvent} */ event) => {
    const row = rows[active];
    const act = /** @type {Record<string, () => void>} */ ({
      ArrowDown: () => setActive(Math.min(active + 1, rows.length - 1)),
      ArrowUp: () => setActive(Math.max(active - 1, 0)),
      ArrowRight: () => row?.node.children.length && !wanted && toggle(row, true),
      ArrowLeft: () => row?.isOpen && toggle(row, false),
      Enter: () => row && pick(row),
      Escape: onClose,
    })[event.key];
    if (!act || ((event.key === "ArrowRight" || event.key === "ArrowLeft") && wanted)) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  };
  return (
    <div className="p-picker" role="group" aria-label={`Choose a field for ${label}`}>
      <div className="p-picker-top">
        <Icon name="search" />
        <input ref={box} className="form-control form-control-sm" role="combobox" aria-expanded="true" aria-controls={`${id}-tree`} aria-activedescendant={rows[active] ? `${id}-${active}` : undefined} aria-label="Search the fields"
          placeholder="Search the fields" value={wanted} onKeyDown={keys} onChange={(event) => { setWanted(event.target.value); setActive(0); }} />
        <button type="button" className="x-icon-btn is-small" aria-label="Close" onClick={onClose}><Icon name="x" /></button>
      </div>
      <ul ref={list} id={`${id}-tree`} role="tree" aria-label="Fields of earlier data" className="p-tree">
        {rows.map((row, index) => (
          <li key={idOf(row.node.path)} id={`${id}-${index}`} role="treeitem" aria-level={row.level} aria-posinset={row.position} aria-setsize={row.size} aria-selected={index === active}
            aria-expanded={row.node.children.length && !wanted ? row.isOpen : undefined} className={`p-tree-row p-level-${Math.min(row.level, 8)}`}
            onMouseDown={(event) => event.preventDefault()} onClick={() => { setActive(index); pick(row); }}>
            {row.node.children.length > 0 && !wanted
              ? <span className="p-twist" onClick={(event) => { event.stopPropagation(); setActive(index); toggle(row, !row.isOpen); }}><Icon name={row.isOpen ? "chevron-down" : "chevron-right"} size={14} /></span>
              : <span className="p-twist" />}
            <span className="p-tree-name">{wanted ? row.node.path.map((key, depth) => (typeof key === "number" ? `item ${key + 1}` : depth ? key : titles[key] ?? names[key] ?? key)).join(" / ") : row.level === 1 ? titles[String(row.node.path[0])] ?? row.node.name : row.node.name}</span>
            <span className="p-tree-type">{row.node.type}</span>
            {row.node.hasSample && row.node.children.length === 0 && <span className="p-tree-sample">{sayValue(row.node.sample)}</span>}
          </li>
        ))}
      </ul>
      {rows.length === 0 && <p className="p-none">{wanted ? "No field has this name." : "There is no earlier data yet. Test the steps before this one, or paste a sample."}</p>}
    </div>
  );
}
