import { given } from '../given.ts';
import { readGoogleErrorDetails } from './google-error-details.ts';
import { readPageTitle } from './read-page-title.ts';
import { saysSomething } from './says-something.ts';

/** What an upstream says of a failure, as far as it says it. */
export interface UpstreamFault {
  readonly message?: string | undefined;
  readonly param?: string | undefined;
  readonly code?: string | undefined;
  readonly type?: string | undefined;
  /** The HTTP status that it names itself. */
  readonly status?: number | undefined;
  readonly isKeyRefused?: boolean;
  readonly isProviderWide?: boolean;
  readonly retryAfterMs?: number | undefined;
}

type Fields = Readonly<Record<string, unknown>>;

const maxMessageLength = 2000;
const maxJsonLength = 500;
/** An error may stand in an error; deeper ones are told as JSON. */
const maxDepth = 8;
/** Where servers put an error within another object. */
const nests = ['error', 'errors', 'detail', 'fault', 'base_resp', 'message'];
const messageKeys =
  'message Message msg error_message errorMessage error_msg status_msg detail description faultstring title'.split(
    ' ',
  );
const codeKeys = ['code', 'error_code', 'errorCode', 'status_code', 'statusCode'];
const statusKeys = [...codeKeys, 'status', 'http_status', 'http_code', 'http_status_code'];

/** Reads a failed response's body: JSON in any of the usual shapes, or a text. */
export function readUpstreamFault(body: string | undefined): UpstreamFault {
  const text = body?.trim() ?? '';
  const json = parse(text);
  // Without words for it, the error itself is what can be told.
  if (json !== undefined) return { message: text.slice(0, maxJsonLength), ...given(readInBandFault(json)) };
  const message = text.startsWith('<') ? readPageTitle(text) : text;
  return message === '' || message === undefined ? {} : { message: message.slice(0, maxMessageLength) };
}

/**
 * Reads an error that came as JSON, with or without an envelope: in a list, in an `error` or `errors`, flat, as a text, or
 * with a text that is JSON again. Sources: OpenAI, vLLM, Ollama, FastAPI, Mistral, Gemini, OpenRouter, Cloudflare, AWS.
 */
export function readInBandFault(value: unknown): UpstreamFault {
  const fault = readFault(value, 0);
  return fault.message === undefined
    ? fault
    : { ...fault, message: fault.message.slice(0, maxMessageLength) };
}

function readFault(value: unknown, depth: number): UpstreamFault {
  if (typeof value === 'string') {
    const json = parse(value);
    return json === undefined || depth >= maxDepth ? { message: toText(value) } : readFault(json, depth + 1);
  }
  if (Array.isArray(value)) return joinList(value.map((one) => readFault(one, depth)).filter(isTelling));
  return typeof value === 'object' && value !== null ? readFields(value as Fields, depth) : {}; // because it is no list
}

function readFields(fields: Fields, depth: number): UpstreamFault {
  const own: UpstreamFault = {
    message: readMessage(fields),
    param: toText(fields['param']),
    code: find(fields, codeKeys, toText),
    // Of the fault of a single field the type is one of validation, not of errors.
    type: 'loc' in fields ? undefined : readType(fields),
    status: find(fields, statusKeys, toStatus),
    ...readGoogleErrorDetails(fields['details']),
  };
  const inner = depth >= maxDepth ? undefined : findInner(fields, depth + 1);
  return inner === undefined ? own : joinFaults(own, inner);
}

function readType(fields: Fields): string | undefined {
  return toText(fields['type']) ?? toText(fields['__type']) ?? toName(fields['status']);
}

function joinList([first = {}, ...others]: readonly UpstreamFault[]): UpstreamFault {
  const words = [first, ...others].flatMap(({ message }) => message ?? []);
  return words.length < 2 ? first : { ...first, message: [...new Set(words)].join('; ') };
}

function findInner(fields: Fields, depth: number): UpstreamFault | undefined {
  for (const key of nests) {
    const value = fields[key];
    if (!saysSomething(value)) continue;
    const isError = key === 'error' || typeof value === 'object' || parse(`${value}`) !== undefined;
    const inner = isError ? readFault(value, depth) : {};
    if (key === 'error' || isTelling(inner)) return inner;
  }
  return undefined;
}

/** The inner error knows better; what only the outer one knows is kept. */
function joinFaults(own: UpstreamFault, inner: UpstreamFault): UpstreamFault {
  const outer = own.message === undefined || parse(own.message) !== undefined ? undefined : own.message;
  const said = inner.message;
  const message =
    outer === undefined || said === undefined || outer.includes(said) ? (outer ?? said) : `${outer}: ${said}`;
  return {
    ...own,
    ...given(inner),
    isKeyRefused: own.isKeyRefused === true || inner.isKeyRefused === true,
    isProviderWide: own.isProviderWide === true || inner.isProviderWide === true,
    message,
  };
}

/** A text, or what lists of faults of single fields say: `body.temperature: Input should be less than 2`. */
function readMessage(fields: Fields): string | undefined {
  const said = find(fields, messageKeys, toText);
  const raw = toText((fields['metadata'] as Fields | undefined | null)?.['raw']); // because any value may be asked for a field
  const place = Array.isArray(fields['loc']) ? fields['loc'].join('.') : undefined;
  const message = said !== undefined && place !== undefined ? `${place}: ${said}` : said;
  const more = raw === undefined ? undefined : (readFault(raw, maxDepth - 2).message ?? raw);
  return more === undefined || message?.includes(more) ? message : [message, more].filter(Boolean).join(': ');
}

function isTelling({ message, code, status, type }: UpstreamFault): boolean {
  return [message, code, status, type].some((said) => said !== undefined);
}

function find<Found>(
  fields: Fields,
  keys: readonly string[],
  read: (value: unknown) => Found | undefined,
): Found | undefined {
  for (const key of keys) {
    const found = read(fields[key]);
    if (found !== undefined) return found;
  }
  return undefined;
}

function toText(value: unknown): string | undefined {
  if (typeof value === 'number') return `${value}`;
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}

/** Google names its statuses. */
function toName(value: unknown): string | undefined {
  return typeof value === 'string' && /^[A-Z_]+$/.test(value) ? value : undefined;
}

function toStatus(value: unknown): number | undefined {
  const status = typeof value === 'string' && /^\d{3}$/.test(value) ? Number(value) : value;
  return typeof status === 'number' && status >= 400 && status < 600 ? status : undefined;
}

/** The object or list that a text is; undefined for anything else. */
function parse(text: string): unknown {
  if (!/^\s*[{[]/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
