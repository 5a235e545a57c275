/** Changing one value inside a config; everything else stays the very same objects, and what the form does not know is kept. */

/** @typedef {(string | number)[]} Path */

/** @param {any} config @param {Path} path @returns {any} undefined where nothing stands */
export const at = (config, path) => path.reduce((found, key) => (found === null || found === undefined ? undefined : found[key]), config);

/** @param {any} config @param {Path} path @param {any} value @returns {any} */
export function put(config, path, value) {
  if (!path.length) return value;
  const [key, ...rest] = path;
  if (typeof key === "number") return Array.isArray(config) ? config.with(key, put(config[key], rest, value)) : [put(undefined, rest, value)];
  return { ...config, [key]: put(config?.[key], rest, value) };
}

/** Take a value away: a key of an object, an item of a list. @param {any} config @param {Path} path @returns {any} */
export function without(config, path) {
  const [key, ...rest] = path;
  if (at(config, path) === undefined) return config;
  if (rest.length) return put(config, [key], without(config[key], rest));
  if (Array.isArray(config)) return config.toSpliced(Number(key), 1);
  const { [key]: _, ...others } = config;
  return others;
}

/** Move an item of a list; beyond the ends nothing changes. @param {any[]} list @param {number} index @param {number} by */
export function moved(list, index, by) {
  const to = index + by;
  return to < 0 || to >= list.length ? list : list.toSpliced(index, 1).toSpliced(to, 0, list[index]);
}

/** Rename a key where it stands; a name that is taken changes nothing. @param {Record<string, any>} map @param {string} from @param {string} to */
export const renamed = (map, from, to) =>
  from === to || Object.hasOwn(map, to) ? map : Object.fromEntries(Object.entries(map).map(([key, value]) => [key === from ? to : key, value]));

/** How places of problems are written: `cases[0].if`. @param {Path} path */
export const placeOf = (path) => path.reduce((/** @type {string} */ text, key) => (typeof key === "number" ? `${text}[${key}]` : text ? `${text}.${key}` : key), "");
