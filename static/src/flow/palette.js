/**
 * What the palette offers and how it is found: kinds of step and the operations of connectors, by group, recent ones first.
 *
 * @typedef {{ id: string, group: string, title: string, about: string, icon: string, tone: string, words: string, offer: import("./editor.js").Offer }} Entry
 */

export const GROUPS = /** @type {Record<string, string>} */ ({ recent: "Used lately", trigger: "Start", data: "Data", logic: "Logic", flow: "Logic", call: "Calls" });
const RECENT_MAX = 6;

/**
 * @param {import("./document.js").Kind[]} kinds
 * @param {{ key: string, title: string, category: string, operations: { key: string, title: string, summary: string }[] }[]} connectors
 * @param {{ name: string, connector: string }[]} connections
 * @returns {Entry[]}
 */
export function entriesOf(kinds, connectors, connections) {
  const call = kinds.find((kind) => kind.kind === "call");
  const steps = kinds
    .filter((kind) => kind.kind !== "call")
    .map((kind) => ({
      id: kind.kind,
      group: GROUPS[kind.group] ?? kind.group,
      title: kind.title,
      about: kind.summary,
      icon: kind.icon,
      tone: kind.tone,
      words: `${kind.title} ${kind.summary} ${kind.kind.replaceAll("_", " ")}`.toLowerCase(),
      offer: { kind: kind.kind, title: kind.title, config: {} },
    }));
  if (!call) return steps;
  const calls = connectors.flatMap((connector) => {
    const mine = connections.filter((connection) => connection.connector === connector.key);
    return connector.operations.map((operation) => ({
      id: `${connector.key}.${operation.key}`,
      group: connector.title,
      title: operation.title,
      about: operation.summary || connector.title,
      icon: call.icon,
      tone: call.tone,
      words: `${connector.title} ${connector.category} ${operation.title} ${operation.summary} ${operation.key.replaceAll("_", " ")}`.toLowerCase(),
      offer: {
        kind: "call",
        title: operation.title,
        config: { connector: connector.key, operation: operation.key, connection: mine.length === 1 ? mine[0].name : "" },
      },
    }));
  });
  return [...steps, ...calls];
}

/**
 * Find entries by words, each of which must occur; those whose title begins with the first word come first.
 * @param {Entry[]} entries
 * @param {string} text
 */
export function search(entries, text) {
  const wanted = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (!wanted.length) return entries;
  const found = entries.filter((entry) => wanted.every((word) => entry.words.includes(word)));
  const rank = (/** @type {Entry} */ entry) => {
    const title = entry.title.toLowerCase();
    return title.startsWith(wanted[0]) ? 0 : title.includes(wanted[0]) ? 1 : 2;
  };
  return found.sort((left, right) => rank(left) - rank(right));
}

/** @param {Entry[]} entries @param {string[]} recent ids @returns {[string, Entry[]][]} */
export function grouped(entries, recent) {
  /** @type {Map<string, Entry[]>} */
  const groups = new Map();
  const lately = recent.map((id) => entries.find((entry) => entry.id === id)).filter((entry) => entry !== undefined);
  if (lately.length) groups.set(GROUPS.recent, lately);
  for (const entry of entries) groups.set(entry.group, [...(groups.get(entry.group) ?? []), entry]);
  return [...groups];
}

/** @param {string[]} recent @param {string} id */
export const remembered = (recent, id) => [id, ...recent.filter((other) => other !== id)].slice(0, RECENT_MAX);
