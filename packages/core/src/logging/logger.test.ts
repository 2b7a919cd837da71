import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { createLogger } from './logger.ts';

function open() {
  const lines: string[] = [];
  const logger = createLogger({
    role: 'test',
    level: 'info',
    destination: { write: (line) => void lines.push(line) },
  });
  const last = () => JSON.parse(lines.at(-1) ?? '');
  return { logger, lines, last };
}

it('writes a line of fields, with what a child was given', () => {
  const { logger, last } = open();
  logger.child({ runId: 'one' }).info({ usage: { promptTokens: 1 } }, 'run.finished');
  expect(last()).toMatchObject({
    role: 'test',
    pid: process.pid,
    level: 30,
    msg: 'run.finished',
    runId: 'one',
    usage: { promptTokens: 1 },
  });
});

it.each([
  ['a field', { apiKey: 'canary', request: 'canary', kept: 1 }],
  ['a field of an object', { a: { messages: ['canary'], kept: 2 }, b: { authorization: 'canary' }, kept: 1 }],
])('hides what may hold a prompt or a key as %s', (_, fields) => {
  const { logger, lines, last } = open();
  const given = structuredClone(fields);
  logger.info(fields, 'x');
  expect(lines.join('')).not.toContain('canary');
  expect(last()).toMatchObject({ kept: 1 });
  expect(fields).toEqual(given);
});

it('hides them as fields of a child', () => {
  const { logger, lines, last } = open();
  logger.child({ apiKey: 'canary', kept: 1 }).info('x');
  expect(lines.join('')).not.toContain('canary');
  expect(last()).toMatchObject({ kept: 1 });
});

it('hides them in an error, and keeps what it says', () => {
  const { logger, lines, last } = open();
  const error = Object.assign(new TypeError('failed'), { authorization: 'canary', status: 7 });
  logger.error({ err: error }, 'x');
  expect(lines.join('')).not.toContain('canary');
  expect(last().err).toMatchObject({ type: 'TypeError', message: 'failed', status: 7 });
  expect(error.authorization).toBe('canary');
});

/** A process that logs to standard error, as all do. */
function scriptThatLogs(then: string): string[] {
  const logger = JSON.stringify(new URL('./logger.ts', import.meta.url));
  const script = `import { createLogger } from ${logger};
    const logger = createLogger({ role: 'test', level: 'info' });
    logger.info('one');
    logger.warn('two');
    ${then}`;
  return ['--input-type=module', '-e', script];
}

it.each([
  ['exits', 'process.exit(1)'],
  ['fails', 'throw new Error()'],
  ['is done', ''],
])('writes its lines when the process %s', (_, last) => {
  const { stderr } = spawnSync(process.execPath, scriptThatLogs(last), { encoding: 'utf8' });
  expect(stderr).toMatch(/"msg":"one".*\n.*"msg":"two"/);
});

it('writes few lines while the process goes on', async () => {
  const child = spawn(process.execPath, scriptThatLogs('setInterval(() => {}, 1000);'));
  const [lines] = await once(child.stderr, 'data');
  child.kill('SIGKILL');
  expect(String(lines)).toMatch(/"msg":"one".*\n.*"msg":"two"/);
});

it.each([
  ['pretty', /^\d\d:\d\d:\d\d test run\.queued a=1\n$/],
  ['json', /^\{"level":30,.*"msg":"run\.queued"\}\n$/],
  [undefined, /^\{"level":30,.*"msg":"run\.queued"\}\n$/],
])('a process writes lines as the format "%s" asks; into a pipe they are JSON', (format, line) => {
  const logger = JSON.stringify(new URL('./logger.ts', import.meta.url));
  const options = JSON.stringify({ role: 'test', level: 'info', format });
  const script = `import { createLogger } from ${logger};
    createLogger(${options}).info({ a: 1 }, 'run.queued');`;
  const { stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  expect(stderr).toMatch(line);
});
