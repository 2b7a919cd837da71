import { z } from 'zod';
import { CaluteError, type ErrorCode, errorCodes } from '../errors.ts';

const count = (max: number) => z.coerce.number().int().min(0).max(max);
const delayMs = count(60_000).default(0);

const schemas = {
  echo: z.strictObject({ delayMs }),
  lorem: z.strictObject({ delayMs, tokens: count(1_000_000).default(40) }),
  fail: z.strictObject({
    delayMs,
    after: count(1_000_000).default(0),
    code: z
      .custom<ErrorCode>(
        (code) => typeof code === 'string' && Object.hasOwn(errorCodes, code),
        'expected an error code',
      )
      .default('upstream_error'),
  }),
};

/** An offline model and its settings; `delayMs` is the pause before each token. */
export type OfflineModel =
  | ({ readonly kind: 'echo' } & z.output<typeof schemas.echo>)
  | ({ readonly kind: 'lorem' } & z.output<typeof schemas.lorem>)
  | ({ readonly kind: 'fail' } & z.output<typeof schemas.fail>);

/** Reads `echo`, `lorem?tokens=200&delayMs=20` or `fail?code=upstream_error&after=3`; throws `provider_not_configured`. */
export function parseOfflineModel(name: string): OfflineModel {
  const [kind = '', query = ''] = name.split('?', 2);
  const options = Object.fromEntries(new URLSearchParams(query));
  switch (kind) {
    case 'echo':
      return { kind, ...parseOptions(name, schemas.echo, options) };
    case 'lorem':
      return { kind, ...parseOptions(name, schemas.lorem, options) };
    case 'fail':
      return { kind, ...parseOptions(name, schemas.fail, options) };
    default:
      throw new CaluteError(
        'provider_not_configured',
        `Unknown offline model "${kind}"; known: ${Object.keys(schemas).join(', ')}`,
      );
  }
}

function parseOptions<Schema extends z.ZodType>(
  name: string,
  schema: Schema,
  options: object,
): z.output<Schema> {
  const parsed = schema.safeParse(options);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => [...issue.path, issue.message].join(': '));
  throw new CaluteError('provider_not_configured', `Bad options in "offline:${name}": ${faults.join('; ')}`);
}
