import { createContext, useContext, useSyncExternalStore } from "react";

/**
 * @typedef {{
 *   editor: import("../editor.js").Editor,
 *   live: import("../live.js").Live<any>,
 *   tried: import("../live.js").Live<any>,
 *   others: import("../live.js").Live<string[]>,
 *   near: import("../live.js").Live<boolean>,
 *   act: (action: string, argument?: any) => void,
 *   connectors: Map<string, any>,
 * }} Shared  live: figures by step. tried: results of the last test by step. others: who else is at a step. near: the edge that the pointer was over last
 */

/** @type {import("react").Context<Shared>} */
export const BuilderContext = createContext(/** @type {any} */ (null));

export const useBuilder = () => useContext(BuilderContext);

/** The editor's state; the view is drawn again at every change of it. @returns {import("../editor.js").State} */
export function useEditorState() {
  const { editor } = useBuilder();
  return useSyncExternalStore(editor.subscribe, editor.snapshot);
}

/**
 * One value of a live store.
 * @template T
 * @param {import("../live.js").Live<T>} store
 * @param {string} key
 * @returns {T | undefined}
 */
export const useLive = (store, key) => useSyncExternalStore(store.subscribe, () => store.get(key));
