import type { ServerSetting } from './server-setting.ts';
import { roundHalfEven, toBaseUnit } from './setting-units.ts';

/** What a setting is, besides what it is set to. */
export type SettingKind = Pick<ServerSetting, 'name' | 'type' | 'unit' | 'values'>;

const MAX_INT = 2_147_483_647;
/** Digits that a server prints of a real. */
const REAL_DIGITS = 6;
/** Sign, digits, and what stands behind them; C reads hexadecimal digits everywhere. */
const NUMBER = /^\s*([+-]?)(0x[0-9a-f]+|(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)\s*(\S*)\s*$/i;
const TRUE = /^(t|tr|tru|true|y|ye|yes|on|1)$/i;
const FALSE = /^(f|fa|fal|fals|false|n|no|of|off|0)$/i;

/** Other names of a value that the server never prints, besides those of on and off. */
const ALIASES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  wal_compression: { on: 'pglz' },
  wal_level: { archive: 'replica', hot_standby: 'replica' },
  client_min_messages: { debug: 'debug2' },
  log_min_messages: { debug: 'debug2' },
  log_min_error_statement: { debug: 'debug2' },
};
/** Lists, in which blanks beside a comma mean nothing. */
const LISTS = new Set([
  'createrole_self_grant',
  'listen_addresses',
  'local_preload_libraries',
  'log_destination',
  'search_path',
  'session_preload_libraries',
  'shared_preload_libraries',
  'synchronized_standby_slots',
  'temp_tablespaces',
  'unix_socket_directories',
  'wal_consistency_checking',
]);
/** Texts that the server spells in its own way when it takes them. */
const FOLDED = new Set(['datestyle', 'timezone', 'log_timezone', 'client_encoding']);

/**
 * `text` as the server would print it, had it been set: numbers in the setting's own unit, a bool as
 * `on` or `off`, an enum by its first name, a list without blanks. Two texts that give the same are
 * the same to the server.
 *
 * @returns `undefined` when the server would refuse the text. Its range is not looked at.
 * @see parse_int, parse_real and parse_and_validate_value in PostgreSQL's src/backend/utils/misc/guc.c
 * @example canonicalValue({ name: 'shared_buffers', type: 'integer', unit: '8kB', values: [] }, '1GB') // '131072'
 */
export function canonicalValue(kind: SettingKind, text: string): string | undefined {
  return CANONICAL[kind.type](text, kind);
}

const CANONICAL: Readonly<
  Record<SettingKind['type'], (text: string, kind: SettingKind) => string | undefined>
> = {
  bool: canonicalBool,
  enum: canonicalEnum,
  integer: canonicalInteger,
  real: canonicalReal,
  string: canonicalText,
};

function canonicalBool(text: string): string | undefined {
  if (TRUE.test(text)) return 'on';
  return FALSE.test(text) ? 'off' : undefined;
}

function canonicalEnum(text: string, { name, values }: SettingKind): string | undefined {
  const word = text.toLowerCase();
  const alias = ALIASES[name.toLowerCase()] ?? {};
  const known = values.find((value) => value.toLowerCase() === word);
  if (known !== undefined) return alias[known] ?? known;
  if (alias[word] !== undefined) return alias[word];
  const bool = /^(true|yes|1|false|no|0)$/.test(word) ? canonicalBool(word) : undefined;
  if (bool === undefined || !values.includes(bool)) return undefined;
  return alias[bool] ?? bool;
}

function canonicalInteger(text: string, { unit: base }: SettingKind): string | undefined {
  const match = NUMBER.exec(text);
  const [, sign = '', digits = '', unit = ''] = match ?? [];
  // strtol gives up before a point that anything stands before, and then nothing is tried again.
  if (match === null || (digits.startsWith('.') && !text.startsWith('.'))) return undefined;
  const amount = wholeOrReal(digits, sign);
  const value = amount === undefined ? undefined : inBase(amount, unit, base);
  if (value === undefined) return undefined;
  const rounded = roundHalfEven(value);
  return rounded >= -MAX_INT - 1 && rounded <= MAX_INT ? String(rounded + 0) : undefined;
}

/** As strtol reads it with base 0: hexadecimal and octal too; as strtod when it has a point or an exponent. */
function wholeOrReal(digits: string, sign: string): number | undefined {
  if (!/^0\d+$/.test(digits)) return signed(sign, Number(digits));
  return /^[0-7]+$/.test(digits) ? signed(sign, Number.parseInt(digits, 8)) : undefined;
}

function signed(sign: string, amount: number): number {
  // Zero has one sign only.
  return sign === '-' && amount !== 0 ? -amount : amount;
}

function canonicalReal(text: string, { unit: base }: SettingKind): string | undefined {
  const match = NUMBER.exec(text);
  const [, sign = '', digits = '', unit = ''] = match ?? [];
  if (match === null) return undefined;
  const value = inBase(signed(sign, Number(digits)), unit, base);
  return value === undefined ? undefined : String(Number(value.toPrecision(REAL_DIGITS)));
}

function inBase(amount: number, unit: string, base: string | undefined): number | undefined {
  if (unit === '') return amount;
  return base === undefined ? undefined : toBaseUnit(amount, unit, base);
}

function canonicalText(text: string, kind: SettingKind): string {
  const name = kind.name.toLowerCase();
  const spelt = FOLDED.has(name) ? text.toLowerCase() : text;
  if (!LISTS.has(name) && !FOLDED.has(name)) return spelt;
  return spelt
    .split(',')
    .map((item) => item.trim())
    .join(',');
}
