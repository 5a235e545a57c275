/** What every field of the panel needs to know. */
import { createContext, useCallback, useContext, useEffect, useState } from "react";
import { ask } from "../../server/ask.js";

/** @import { Functions } from "../../expression/op.js" */
/** @import { Problem } from "../problems.js" */
/** @import { Path } from "../values.js" */
/**
 * @typedef {{ id: string, name: string, connector: string, mode: string }} Connection
 * @typedef {{ key: string, title: string, category?: string, operations: { key: string, title: string, summary: string }[] }} Connector
 * @typedef {{
 *   config: any, root: any, problems: Problem[], isReadOnly: boolean, kind: string,
 *   urls: Record<string, string>, functions: Functions | null, scope: { schema: any, values: any }, titles: Record<string, string>,
 *   connectors: Connector[], connections: Connection[], onConnection: (made: Connection) => void, flowRetry: any[],
 *   change: (path: Path, value: any, title: string) => void, clear: (path: Path, title: string) => void, setConfig: (config: any, title: string) => void,
 *   openMapper: (field: string) => void,
 * }} PanelState  config: of the step; root: its form, which references point into
 */
export const Panel = createContext(/** @type {PanelState} */ (/** @type {unknown} */ (null)));
export const usePanel = () => useContext(Panel);

/** @type {Map<string, Promise<any>>} */
const kept = new Map();

/** Forget what was asked, so that the next one who needs it asks anew. @param {string} url */
export const forget = (url) => void kept.delete(url);

/**
 * What an address gives; asked once on a page, by whoever needs it first.
 * @param {string} url  "" asks nothing
 * @returns {{ answer: any, message: string, again: () => void }}
 */
export function useAsked(url) {
  const [found, set] = useState({ answer: /** @type {any} */ (null), message: "", url: "" });
  const [round, setRound] = useState(0);
  useEffect(() => {
    if (!url) return undefined;
    let isWanted = true;
    const asked = kept.get(url) ?? ask("GET", url);
    kept.set(url, asked);
    asked.then(
      (answer) => isWanted && set({ answer, message: "", url }),
      (error) => {
        kept.delete(url);
        if (isWanted) set({ answer: null, message: error.message, url });
      },
    );
    return () => void (isWanted = false);
  }, [url, round]);
  const again = useCallback(() => {
    forget(url);
    setRound((before) => before + 1);
  }, [url]);
  return found.url === url ? { answer: found.answer, message: found.message, again } : { answer: null, message: "", again };
}
