/** Texts with braces, as the steps read them: `{order.body.id}` is a path of the scope, and a sample shows what comes of it. */
import { valueAt } from "../expression/fields.js";
import { digits } from "../server/exact_json.js";

const PLACE = /\{([A-Za-z_][\w-]*(?:\.[\w-]+)*)\}/g;

/** The braces for a path; null for one that cannot stand in them, such as a place in a list. @param {(string | number)[]} path */
export const placeholderOf = (path) => (path.every((key) => typeof key === "string" && /^[\w-]+$/.test(key)) && /^[A-Za-z_]/.test(String(path[0])) ? `{${path.join(".")}}` : null);

/** What a text gives on the sample; null where nothing is filled in, or it is not known. @param {string} text @param {any} values @returns {string | null} */
export function filled(text, values) {
  let isKnown = true;
  const made = text.replace(PLACE, (_, /** @type {string} */ path) => {
    const found = valueAt(values, path.split("."));
    const shown = digits(found) ?? (typeof found === "string" ? found : typeof found === "boolean" ? String(found) : undefined);
    if (shown === undefined) isKnown = false;
    return shown ?? "";
  });
  return isKnown && made !== text ? made : null;
}
