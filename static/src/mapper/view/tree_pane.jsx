/** One side of the mapper: a tree of fields with its search box. Rows out of view are not drawn where there are many. */
import { memo, useEffect, useLayoutEffect, useRef, useState } from "react";
import { Icon } from "../../icon.jsx";
import { ROW, windowOf } from "../drawing.js";
import { WORDS } from "../matching.js";
import { moved, typedTo } from "../tree.js";

/** @import { Row } from "../tree.js" */
/** @import { View } from "../drawing.js" */
/** @typedef {import("../tree.js").Node} TreeNode */

const TYPE_ICONS = /** @type {Record<string, string>} */ ({
  text: "type", integer: "hash", decimal: "hash", boolean: "toggle-left", date: "calendar", moment: "clock", bytes: "binary", object: "braces", any: "circle-dashed",
});
const TYPING_MS = 700;

/**
 * @typedef {{ value: string, chips: string[], state: "" | "filled" | "bad" | "ghost" | "todo", note: string }} Seen
 * @typedef {{
 *   onWanted: (text: string) => void, onActive: (id: string) => void, onFold: (id: string, open: boolean) => void, onView: (view: View) => void,
 *   onEnter: (node: TreeNode) => void, onClick: (node: TreeNode) => void, onPort: (node: TreeNode) => void, onKey: (event: import("react").KeyboardEvent, node: TreeNode | null) => boolean,
 *   onDrag: (event: import("react").PointerEvent, node: TreeNode) => void, onHover: (id: string) => void,
 * }} Acts
 * @typedef {{
 *   side: "source" | "target", title: string, rows: Row[], active: string, picked: string, selected: string, dims: (node: TreeNode) => string,
 *   seen: (node: TreeNode) => Seen, wanted: string, hint: import("react").ReactNode, extra?: import("react").ReactNode, acts: Acts,
 * }} Props  dims: why a field cannot be the other end of the line that is drawn, "" where it can
 * @param {Props} props
 */
export function TreePane(props) {
  const { side, title, rows, active, wanted, hint, extra, acts } = props;
  const box = useRef(/** @type {HTMLDivElement | null} */ (null));
  const [view, setView] = useState({ top: 0, height: 600 });
  const typed = useRef({ text: "", at: 0 });
  const at = Math.max(0, rows.findIndex((row) => row.node.id === active));
  const shown = windowOf(rows.length, view);
  const { onView } = acts;

  useLayoutEffect(() => {
    const place = box.current;
    if (!place) return undefined;
    const measure = () => {
      const next = { top: place.scrollTop, height: place.clientHeight };
      onView(next);
      setView((before) => (windowOf(rows.length, before).first === windowOf(rows.length, next).first && before.height === next.height ? before : next));
    };
    const watcher = new ResizeObserver(measure);
    watcher.observe(place);
    place.addEventListener("scroll", measure, { passive: true });
    measure();
    return () => {
      watcher.disconnect();
      place.removeEventListener("scroll", measure);
    };
  }, [rows.length, onView]);

  useEffect(() => {
    const place = box.current;
    if (!place || !active) return;
    const top = at * ROW;
    if (top < place.scrollTop) place.scrollTop = top;
    else if (top + ROW > place.scrollTop + place.clientHeight) place.scrollTop = top + ROW - place.clientHeight;
  }, [active, at]);

  const keys = (/** @type {import("react").KeyboardEvent} */ event) => {
    const node = rows[at]?.node ?? null;
    if (acts.onKey(event, node)) return event.preventDefault();
    if (event.ctrlKey || event.metaKey || event.altKey) return undefined;
    const go = moved(rows, at, event.key);
    if (go) {
      event.preventDefault();
      if ("fold" in go) acts.onFold(go.fold, go.open);
      else if (rows[go.at]) acts.onActive(rows[go.at].node.id);
    } else if (event.key === "Enter" && node) {
      event.preventDefault();
      acts.onEnter(node);
    } else if (event.key.length === 1 && event.key !== " " && event.key !== "/") {
      const now = performance.now();
      typed.current = { text: now - typed.current.at < TYPING_MS ? typed.current.text + event.key : event.key, at: now };
      acts.onActive(rows[typedTo(rows, at, typed.current.text)]?.node.id ?? active);
    }
    return undefined;
  };
  const domId = `m-${side}`;
  return (
    <section className={`m-pane is-${side}`} aria-label={title}>
      <header className="m-pane-top">
        <h2>{title}</h2>
        {extra}
        <label className="m-search">
          <Icon name="search" size={14} />
          <input className="form-control form-control-sm" type="search" placeholder="Search" aria-label={`Search the ${side} fields`} data-m-search={side} value={wanted} onChange={(event) => acts.onWanted(event.target.value)}
            onKeyDown={(event) => { if (event.key === "ArrowDown" || event.key === "Enter") { event.preventDefault(); box.current?.focus(); } }} />
        </label>
      </header>
      {rows.length === 0 && <div className="m-empty">{wanted ? <p>No field has this name.</p> : hint}</div>}
      <div ref={box} id={domId} className="m-tree" role="tree" aria-label={`${title}: fields`} tabIndex={rows.length ? 0 : -1} data-m-tree={side} hidden={!rows.length}
        aria-activedescendant={rows[at] ? `${domId}-${at}` : undefined} onKeyDown={keys} onPointerLeave={() => acts.onHover("")}>
        <div className="m-rows" role="none" style={{ height: rows.length * ROW }}>
          {rows.slice(shown.first, shown.last).map((row, index) => {
            const { node } = row;
            const found = props.seen(node);
            return (
              <FieldRow key={node.id} side={side} row={row} index={shown.first + index} acts={acts} dim={props.dims(node)}
                isActive={shown.first + index === at} isPicked={props.picked === node.id} isSelected={props.selected === node.id}
                value={found.value} chips={found.chips.join("\u0001")} state={found.state} note={found.note} />
            );
          })}
        </div>
      </div>
    </section>
  );
}

/**
 * One field. Its settings are plain values, so that only rows that changed are drawn again.
 * @type {import("react").NamedExoticComponent<{ side: string, row: Row, index: number, acts: Acts, dim: string, isActive: boolean, isPicked: boolean, isSelected: boolean, value: string, chips: string, state: string, note: string }>}
 */
const FieldRow = memo(function FieldRow({ side, row, index, acts, dim, isActive, isPicked, isSelected, value, chips, state, note }) {
  const { node, level, position, size, isOpen, isBranch } = row;
  const { told } = node;
  const functions = chips ? chips.split("\u0001") : [];
  const classes = ["m-row", isActive && "is-active", isPicked && "is-picked", isSelected && "is-selected", dim && "is-dim", state && `is-${state}`, node.isExtra && "is-extra", row.match && "is-match"];
  const title = told.title && spelt(told.title) !== spelt(told.name) ? told.title : "";
  const type = `${told.repeats ? "list of " : ""}${WORDS[told.type] ?? told.type}`;
  return (
    <div id={`m-${side}-${index}`} role="treeitem" className={classes.filter(Boolean).join(" ")} style={{ top: index * ROW, paddingInlineStart: 8 + (level - 1) * 16 }}
      aria-level={level} aria-posinset={position} aria-setsize={size} aria-expanded={isBranch ? isOpen : undefined} aria-selected={isSelected || isPicked}
      aria-label={[told.name, title, type, told.required && "required", value && `value ${value}`, ...functions, note, dim].filter(Boolean).join(", ")}
      data-m-row={side} data-m-id={node.id} title={dim || [told.title, told.description, told.notation].filter(Boolean).join(" – ") || undefined}
      onPointerEnter={() => acts.onHover(node.id)} onPointerDown={(event) => acts.onDrag(event, node)} onClick={() => { acts.onActive(node.id); acts.onClick(node); }}>
      {isBranch
        ? <span className="m-twist" onPointerDown={(event) => event.stopPropagation()} onClick={(event) => { event.stopPropagation(); acts.onFold(node.id, !isOpen); }}><Icon name={isOpen ? "chevron-down" : "chevron-right"} size={14} /></span>
        : <span className="m-twist" />}
      <span className="m-type"><Icon name={told.repeats ? "list" : TYPE_ICONS[told.type] ?? "circle-dashed"} size={14} /></span>
      <span className="m-name">{told.name}{told.required && <b className="m-required" title="Required">*</b>}</span>
      {title && <span className="m-title">{title}</span>}
      <span className="m-type-word">{type}</span>
      {functions.length > 0 && <span className="m-chips">{functions.slice(0, 4).map((chip, number) => <span key={number} className="m-chip">{chip}</span>)}{functions.length > 4 && <span className="m-chip">+{functions.length - 4}</span>}</span>}
      <span className="m-value">{state === "bad" && <Icon name="triangle-alert" size={14} />}{note || value}</span>
      <span className="m-port" title={side === "source" ? "Draw a line from here" : "Draw a line to here"} onClick={(event) => { event.stopPropagation(); acts.onPort(node); }} />
    </div>
  );
}, (before, after) => Object.keys(after).every((key) => key === "row" ? sameRow(before.row, after.row) : /** @type {any} */ (before)[key] === /** @type {any} */ (after)[key]));

/** @param {string} words */
const spelt = (words) => words.toLowerCase().replaceAll(/[^a-z0-9]/g, "");

/** @param {Row} one @param {Row} other */
const sameRow = (one, other) => one.node === other.node && one.isOpen === other.isOpen && one.level === other.level && one.isBranch === other.isBranch && one.match === other.match && one.position === other.position && one.size === other.size;
