import type { UpstreamFault } from './upstream-error-body.ts';

/**
 * The HTTP statuses that codes and types of errors stand for, by their names without case, signs and a last "error" or
 * "exception". Sources: OpenAI, Anthropic, Google's error model, AWS, Azure, Mistral, Moonshot, DashScope, vLLM.
 */
const statuses: Readonly<Record<string, number>> = {
  badrequest: 400,
  invalidrequest: 400,
  invalidargument: 400,
  invalidparameter: 400,
  invalidinput: 400,
  failedprecondition: 400,
  outofrange: 400,
  validation: 400,
  unprocessableentity: 400,
  contextlengthexceeded: 400,
  contextwindowexceeded: 400,
  exceedcontextsize: 400,
  contentfilter: 400,
  contentpolicyviolation: 400,
  authentication: 401,
  unauthenticated: 401,
  unauthorized: 401,
  invalidapikey: 401,
  incorrectapikey: 401,
  paymentrequired: 402,
  billing: 402,
  insufficientbalance: 402,
  insufficientcredits: 402,
  exceededcurrentquota: 402,
  insufficientquota: 429,
  permission: 403,
  permissiondenied: 403,
  forbidden: 403,
  accessdenied: 403,
  notfound: 404,
  modelnotfound: 404,
  requesttoolarge: 413,
  ratelimit: 429,
  ratelimited: 429,
  ratelimitexceeded: 429,
  ratelimitreached: 429,
  accountratelimitexceeded: 429,
  toomanyrequests: 429,
  resourceexhausted: 429,
  throttling: 429,
  throttled: 429,
  requestlimitexceeded: 429,
  overloaded: 503,
  serverisoverloaded: 503,
  serveroverloaded: 503,
  engineoverloaded: 503,
  modeloverloaded: 503,
  serviceunavailable: 503,
  unavailable: 503,
  modelnotready: 503,
  slowdown: 503,
  timeout: 504,
  gatewaytimeout: 504,
  deadlineexceeded: 504,
  api: 500,
  server: 500,
  internal: 500,
  internalserver: 500,
  badgateway: 502,
};

/** The status that an error within an answer stands for, as far as it says so. */
export function findFaultStatus({ status, code, type }: UpstreamFault): number | undefined {
  return findNamed(code) ?? status ?? findNamed(type);
}

/**
 * The status that counts of a failed answer. What says of itself that it is a limit or an overload is that, and of a server
 * error what the error within it is: gateways give one status to many failures.
 */
export function refineStatus(httpStatus: number, fault: UpstreamFault): number {
  const own = findFaultStatus(fault);
  if (own === undefined) return httpStatus;
  if (own === 429 || own === 503 || own === 529 || httpStatus < 400) return own;
  return httpStatus === 500 || httpStatus === 502 ? own : httpStatus;
}

function findNamed(text: string | undefined): number | undefined {
  const name =
    text
      ?.toLowerCase()
      .replaceAll(/[^a-z]/g, '')
      .replace(/(?:error|exception)$/, '') ?? '';
  return Object.hasOwn(statuses, name) ? statuses[name] : undefined;
}
