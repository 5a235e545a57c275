/**
 * The layout of a flat file as it is drawn: which columns are whose. Options in, options out; what is not changed stays the same object.
 *
 * @typedef {{ name: string, start: number, length: number, type?: string, [more: string]: any }} Field
 * @typedef {{ start: number, value?: string, pattern?: string }} Mark
 * @typedef {{ name: string, role?: string, marks?: Mark[], line_length?: number | null, fields: Field[], [more: string]: any }} RecordType
 * @typedef {{ records?: RecordType[], checks?: any[], [more: string]: any }} Options
 * @typedef {{ number: number, text: string, record: string, values: any, problem: Problem | null }} Line
 * @typedef {{ code: string, message: string, hint: string, place: string }} Problem
 */
import { toNumber } from "../server/exact_json.js";

const MOST_TYPES = 40;
/** Types whose values can be counted and added up. */
export const NUMBERS = new Set(["integer", "decimal"]);

/** @param {Options} options @returns {RecordType[]} */
export const recordsOf = (options) => (Array.isArray(options?.records) ? options.records : []);

/** Which record type a line is of, as the reader tells it; -1 for none. @param {string} text @param {Options} options */
export function recordAt(text, options) {
  const records = recordsOf(options);
  const marked = records.findIndex((record) => isMarked(record) && fits(text, record));
  return marked >= 0 ? marked : records.findIndex((record) => !isMarked(record));
}

/** @param {RecordType} record */
const isMarked = (record) => (record.marks?.length ?? 0) > 0 || (record.line_length ?? null) !== null;

/** @param {string} text @param {RecordType} record */
function fits(text, record) {
  if ((record.line_length ?? null) !== null && [...text].length !== toNumber(record.line_length)) return false;
  return (record.marks ?? []).every((mark) => (mark.pattern ? matches(mark.pattern, text.slice(toNumber(mark.start) - 1)) : text.startsWith(mark.value ?? "", toNumber(mark.start) - 1)));
}

/** @param {string} pattern @param {string} text */
function matches(pattern, text) {
  try {
    return new RegExp(`^(?:${pattern})`, "u").test(text);
  } catch {
    return false; // a pattern of RE2 that this browser cannot read: the server tells
  }
}

/** The lines of each record type, and at the end those of none. @param {Line[]} lines @param {Options} options @returns {Line[][]} */
export function grouped(lines, options) {
  const groups = [...recordsOf(options), null].map(() => /** @type {Line[]} */ ([]));
  for (const line of lines) (groups.at(recordAt(line.text, options)) ?? []).push(line);
  return groups;
}

/** A name that is free, with a number where it must. @param {Iterable<string>} taken @param {string} stem */
function freeName(taken, stem) {
  const names = new Set(taken);
  let number = 1;
  while (names.has(`${stem}_${number}`)) number += 1;
  return `${stem}_${number}`;
}

/**
 * Tell lines apart by what stands in some columns: one record type for each text found in lines that have no type yet.
 * A type that only the first line has is the header, one that only the last line has the trailer.
 * @param {Options} options @param {Line[]} lines @param {number} start @param {number} length @returns {Options}
 */
export function toldApart(options, lines, start, length) {
  const before = recordsOf(options);
  const loose = lines.filter((line) => recordAt(line.text, options) < 0);
  const texts = [...new Set(loose.map((line) => line.text.slice(start - 1, start - 1 + length)))].filter((text) => text.length === length).slice(0, MOST_TYPES);
  const made = texts.map((value) => {
    const its = lines.filter((line) => line.text.startsWith(value, start - 1));
    const role = its.length > 1 || texts.length + before.length < 2 ? "" : its[0] === lines[0] ? "header" : its[0] === lines.at(-1) ? "trailer" : "";
    const isFree = role && !before.some((record) => record.role === role);
    return { name: `record_${value.trim() || "blank"}`, ...(isFree ? { role } : {}), marks: [{ start, value }], fields: [] };
  });
  return { ...options, records: [...before, ...made] };
}

/** One more record type, recognised by nothing: all lines that no other takes. @param {Options} options @returns {Options} */
export function withRecord(options) {
  const records = recordsOf(options);
  return { ...options, records: [...records, { name: records.length ? freeName(records.map(({ name }) => name), "record") : "line", fields: [] }] };
}

/** Change a record type; another name is followed by what refers to it. @param {Options} options @param {number} index @param {Partial<RecordType>} change @returns {Options} */
export function recordChanged(options, index, change) {
  const records = recordsOf(options);
  const from = records[index].name;
  const next = records.with(index, /** @type {RecordType} */ (Object.fromEntries(Object.entries({ ...records[index], ...change }).filter(([, value]) => value !== undefined))));
  const to = next[index].name;
  if (from === to) return { ...options, records: next };
  return {
    ...options,
    records: next.map((record) => (record.within === from ? { ...record, within: to } : record)),
    ...(options.checks ? { checks: options.checks.map((check) => (check.records?.includes(from) ? { ...check, records: check.records.map((/** @type {string} */ name) => (name === from ? to : name)) } : check)) } : {}),
  };
}

/** @param {Options} options @param {number} index @returns {Options} */
export const recordRemoved = (options, index) => ({ ...options, records: recordsOf(options).toSpliced(index, 1) });

/** The column after a field, from 1; of one up to the end of the line, after its first time. @param {Field} field */
export const endOf = (field) => toNumber(field.start) + toNumber(field.length) * Math.max(toNumber(field.times ?? 1), 1);

/** @param {RecordType} record @param {number} column from 1 */
export const fieldAt = (record, column) => record.fields.findIndex((field) => toNumber(field.start) <= column && column < endOf(field));

/**
 * The free columns around one: from, to (after it); null where a field stands. Columns of marks are free: their text may be data too.
 * @param {RecordType} record @param {number} column @param {number} width @returns {[number, number] | null}
 */
export function gapAt(record, column, width) {
  if (column < 1 || fieldAt(record, column) >= 0) return null;
  const from = Math.max(1, ...record.fields.map(endOf).filter((end) => end <= column), ...markEnds(record).filter((end) => end <= column));
  const to = Math.min(width + 1, ...record.fields.map(({ start }) => toNumber(start)).filter((start) => start > column));
  return [from, Math.max(to, column + 1)];
}

/** @param {RecordType} record */
const markEnds = (record) => (record.marks ?? []).map((mark) => toNumber(mark.start) + (mark.value?.length ?? 0));

/**
 * A new field over these columns, cut to the free ones around where it was begun; null where none is free.
 * @param {RecordType} record @param {number} from @param {number} to  the last column @param {number} width
 * @returns {{ record: RecordType, index: number } | null}
 */
export function withField(record, from, to, width) {
  const gap = gapAt(record, from, Math.max(width, from, to));
  if (!gap) return null;
  const start = Math.max(Math.min(from, to), gap[0]);
  const end = Math.min(Math.max(from, to) + 1, gap[1]);
  return inserted(record, { name: freeName(record.fields.map(({ name }) => name), "field"), start, length: end - start });
}

/** @param {RecordType} record @param {Field} field */
function inserted(record, field) {
  const after = record.fields.findIndex((other) => toNumber(other.start) > field.start);
  const index = after < 0 ? record.fields.length : after;
  return { record: { ...record, fields: record.fields.toSpliced(index, 0, field) }, index };
}

/** Cut a field in two before a column; the second part is a text of its own. @param {RecordType} record @param {number} column @returns {{ record: RecordType, index: number } | null} */
export function fieldCut(record, column) {
  const index = fieldAt(record, column);
  const field = record.fields[index];
  if (!field || column <= toNumber(field.start) || toNumber(field.times ?? 1) !== 1) return null;
  const length = column - toNumber(field.start);
  const first = { ...record, fields: record.fields.with(index, { ...field, length }) };
  return inserted(first, { name: freeName(record.fields.map(({ name }) => name), "field"), start: column, length: toNumber(field.length) - length });
}

/**
 * Move one edge of a field to before a column, not over its neighbours. edge: its start, or its end.
 * @param {RecordType} record @param {number} index @param {"start" | "end"} edge @param {number} column
 */
export function edgeMoved(record, index, edge, column) {
  const field = record.fields[index];
  const [start, end] = [toNumber(field.start), endOf(field)];
  const others = record.fields.filter((other) => other !== field);
  const least = Math.max(1, ...others.map(endOf).filter((other) => other <= start));
  const most = Math.min(Infinity, ...others.map((other) => toNumber(other.start)).filter((other) => other >= end));
  const [from, to] = edge === "start" ? [Math.min(Math.max(column, least), end - 1), end] : [start, Math.max(Math.min(column, most), start + 1)];
  return fieldChanged(record, index, { start: from, length: to - from });
}

/** Change a field; undefined takes a setting away. @param {RecordType} record @param {number} index @param {Record<string, any>} change @returns {RecordType} */
export function fieldChanged(record, index, change) {
  const field = /** @type {Field} */ (Object.fromEntries(Object.entries({ ...record.fields[index], ...change }).filter(([, value]) => value !== undefined)));
  return { ...record, fields: record.fields.with(index, field) };
}

const OF_TYPE = /** @type {Record<string, string[]>} */ ({ integer: ["sign"], decimal: ["sign", "scale", "point"], date: ["pattern"], datetime: ["pattern"], boolean: ["pattern"] });
const DATES = ["YYYYMMDD", "YYMMDD", "YYYY-MM-DD", "YYYYDDD"];

/** Give a field another type: what only the former had is taken away, a pattern that fits is begun with. @param {RecordType} record @param {number} index @param {string} type */
export function typeChanged(record, index, type) {
  const field = record.fields[index];
  const kept = new Set(OF_TYPE[type] ?? []);
  const gone = Object.fromEntries(["sign", "scale", "point", "pattern"].filter((name) => !kept.has(name)).map((name) => [name, undefined]));
  const pattern = type === "boolean" ? "Y/N" : DATES.find((one) => one.length === toNumber(field.length)) ?? (type === "datetime" ? "YYYYMMDDHHmmSS" : "YYYYMMDD");
  return fieldChanged(record, index, { ...gone, type: type === "text" ? undefined : type, ...(kept.has("pattern") && !(field.type === type && field.pattern) ? { pattern } : {}) });
}

/** Names of number fields of a part of the file. @param {Options} options @param {(record: RecordType) => boolean} isWanted */
export const numbersOf = (options, isWanted) => [...new Set(recordsOf(options).filter(isWanted).flatMap((record) => record.fields.filter((field) => NUMBERS.has(field.type ?? "text")).map(({ name }) => name)))];

/** @param {RecordType} record */
export const isTrailer = (record) => record.role === "trailer";
/** @param {RecordType} record */
export const isData = (record) => (record.role ?? "item") === "item";

/** A layout in words. @param {Options} options */
export function layoutWords(options) {
  const records = recordsOf(options);
  const fields = records.reduce((sum, record) => sum + (record.fields?.length ?? 0), 0);
  return records.length ? `${records.length} record type${records.length === 1 ? "" : "s"}, ${fields} field${fields === 1 ? "" : "s"}` : "nothing drawn yet";
}

/** Where a problem of the file stands: “line 12, record detail, field quantity, column 37”. @param {string} place */
export const lineOf = (place) => Number(/^line (\d+)/.exec(place)?.[1] ?? 0);
