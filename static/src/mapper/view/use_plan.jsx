/** The plan while it is edited: its history, its rules and lines, and the commands on it. */
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { begin, edited, redone, undone } from "../../history.js";
import { addRule, changeRule, moveRule, removeRule } from "../commands.js";
import { entries, linesOf } from "../reading.js";

/** @import { Entry, Place, Plan } from "../reading.js" */

/** @param {Plan} given @param {(plan: Plan) => void} onChange @param {(text: string) => void} say */
export function usePlan(given, onChange, say) {
  const [history, setHistory] = useState(() => begin(given));
  const plan = history.present;
  const told = useRef(plan);
  useEffect(() => {
    if (told.current === plan) return;
    told.current = plan;
    onChange(plan);
  }, [plan, onChange]);
  const found = useMemo(() => entries(plan), [plan]);
  const lines = useSame(linesOf, found);
  const byTarget = useMemo(() => {
    const map = /** @type {Map<string, Entry[]>} */ (new Map());
    for (const entry of found) map.set(JSON.stringify(entry.target), [...(map.get(JSON.stringify(entry.target)) ?? []), entry]);
    return map;
  }, [found]);
  const set = useCallback((/** @type {(plan: Plan) => Plan} */ command, tag = "") => setHistory((before) => {
    const made = command(before.present);
    // Changes with one tag, one after the other, are one step however long they take: the clock stands.
    return JSON.stringify(made) === JSON.stringify(before.present) ? before : edited(before, made, { label: "", run: tag, now: 0 });
  }), []);
  const acts = useMemo(() => ({
    set,
    change: (/** @type {Place} */ place, /** @type {Record<string, any>} */ change, tag = "") => set((before) => changeRule(before, { place, change }), tag && `${tag} ${JSON.stringify(place)}`),
    remove: (/** @type {Place} */ place) => { set((before) => removeRule(before, { place })); say("Removed."); },
    move: (/** @type {Place} */ place, /** @type {number} */ by) => set((before) => moveRule(before, { place, by })),
    add: (/** @type {Place} */ into, /** @type {any} */ rule) => set((before) => addRule(before, { into, rule })),
    undo: () => { setHistory(undone); say("Undone."); },
    redo: () => { setHistory(redone); say("Done again."); },
  }), [set, say]);
  return { plan, entries: found, lines, byTarget, acts, canUndo: history.past.length > 0, canRedo: history.future.length > 0 };
}

/**
 * What is made of a value; the one made before while it says the same, so that what hangs on it is not made again with each keystroke.
 * @template V, M
 * @param {(value: V) => M} make @param {V} value @returns {M}
 */
export function useSame(make, value) {
  const before = useRef(/** @type {{ made: M, said: string } | null} */ (null));
  return useMemo(() => {
    const made = make(value), said = JSON.stringify(made);
    if (before.current?.said !== said) before.current = { made, said };
    return before.current.made;
  }, [make, value]);
}
