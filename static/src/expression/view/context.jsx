/** What every part of an expression's editor needs to know. */
import { createContext, useContext, useEffect, useRef, useState } from "react";
import { evaluated, keyOf, loadFunctions } from "../evaluated.js";
import { rootsOf } from "../op.js";

/** @import { Evaluated, Told } from "../evaluated.js" */
/** @import { Functions, Op } from "../op.js" */
/** @import { Sight } from "../sight.js" */
/**
 * @typedef {{ schema: any, values: any }} Scope
 * @typedef {{ functions: Functions, titles: Record<string, string>, scope: Scope, found: Found, isReadOnly: boolean }} Editing
 * @typedef {{ state: "none" | "busy" | "ready" | "failed", answer: Evaluated | null, message: string }} Found
 */

const PAUSE_MS = 150;
/** @type {Found} */
const NONE = { state: "none", answer: null, message: "" };
export const Expression = createContext(/** @type {Editing} */ ({ functions: new Map(), titles: {}, scope: { schema: null, values: {} }, found: NONE, isReadOnly: false }));

export const useEditing = () => useContext(Expression);

/** The value at a place of the operation, where the engine told it. @param {number[]} at @returns {Told | null} */
export const useValueAt = (at) => useEditing().found.answer?.steps.get(keyOf(at)) ?? null;

/** @param {string} url @returns {Functions | null} null until they are there */
export function useFunctions(url) {
  const [functions, set] = useState(/** @type {Functions | null} */ (null));
  useEffect(() => {
    let isWanted = true;
    loadFunctions(url).then((found) => isWanted && set(found), () => isWanted && set(new Map()));
    return () => void (isWanted = false);
  }, [url]);
  return functions;
}

/**
 * What the engine makes of an operation on the sample, some moments after the last change; an answer that is overtaken is dropped.
 * @param {string} url  "" asks nothing
 * @param {Op} op
 * @param {any} values
 * @param {Sight} sight
 * @returns {Found}
 */
export function useEvaluated(url, op, values, sight) {
  const [found, set] = useState(NONE);
  const said = JSON.stringify([op, sight.lets, sight.items.map(({ name }) => name)]);
  const read = useRead(op, values, sight);
  useEffect(() => {
    if (!url) return set(NONE);
    const ending = new AbortController();
    const timer = setTimeout(() => {
      set((before) => ({ ...before, state: "busy" }));
      evaluated(url, op, read.values, sight, ending.signal).then(
        (answer) => set({ state: "ready", answer, message: "" }),
        (error) => error.name !== "AbortError" && set({ state: "failed", answer: null, message: error.message }),
      );
    }, PAUSE_MS);
    return () => {
      clearTimeout(timer);
      ending.abort();
    };
    // The operation is compared by what it says, not by which object says it.
  }, [url, said, read]);
  return found;
}

/**
 * What of the sample an operation reads; the same object as before while those parts are the same.
 * @param {Op} op @param {any} values @param {Sight} sight @returns {{ parts: any[], values: any }}
 */
function useRead(op, values, sight) {
  const kept = useRef({ parts: /** @type {any[]} */ ([]), values: /** @type {any} */ ({}) });
  const roots = rootsOf(["list", op, ...Object.values(sight.lets)]);
  const names = [...(roots ?? Object.keys(values ?? {}))].sort();
  const parts = [...names, ...names.map((name) => values?.[name]), ...sight.items.map(({ value }) => value)];
  if (parts.length !== kept.current.parts.length || parts.some((part, index) => part !== kept.current.parts[index])) kept.current = { parts, values };
  return kept.current;
}
