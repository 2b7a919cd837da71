import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';

const scripts = fileURLToPath(new URL('..', import.meta.url));
const lock = JSON.stringify({
  packages: {
    '': { name: 'checkout' },
    'apps/api': { name: 'api' },
    'node_modules/one': { version: '1.0.0', integrity: 'sha512-one' },
    'node_modules/other-platform': { version: '1.0.0', integrity: 'sha512-other', optional: true },
  },
});
const installed = JSON.stringify({
  packages: { 'node_modules/one': { version: '1.0.0', integrity: 'sha512-one' } },
});
const outdated = JSON.stringify({
  packages: { 'node_modules/one': { version: '0.9.0', integrity: 'sha512-old' } },
});

test('the file runs with its arguments, a compile cache and its own exit code', async () => {
  const checkout = await createCheckout({ present: installed });
  await checkout.add(
    'file.js',
    'console.log(process.argv.slice(2).join(), process.env.NODE_COMPILE_CACHE); process.exit(7)',
  );
  const run = checkout.run(['a', 'b']);
  expect(await run.exitCode).toBe(7);
  expect(run.output()).toBe(`a,b ${join(checkout.dir, 'node_modules/.cache/node-compile')}\n`);
});

test('variables of the file .env are there where they are asked for, unless the environment has them', async () => {
  const checkout = await createCheckout({ present: installed });
  await checkout.add(
    'file.js',
    'console.log(process.argv.slice(2).join(), process.env.ONE, process.env.TWO)',
  );
  await checkout.add('.env', 'ONE=1\nTWO="of the file"\n');
  const setup = ['scripts/setup.mjs', '--dotenv', 'file.js', '--mine=1'];
  const run = follow(checkout.spawn(process.execPath, setup, { TWO: 'of the shell' }));
  expect(await run.exitCode).toBe(0);
  expect(run.output()).toBe('--mine=1 1 of the shell\n');
  const unasked = checkout.run();
  expect(await unasked.exitCode).toBe(0);
  expect(unasked.output()).toBe(' undefined undefined\n');
  await rm(join(checkout.dir, '.env'));
  const without = follow(checkout.spawn(process.execPath, setup, { TWO: 'of the shell' }));
  expect(await without.exitCode).toBe(0);
  expect(without.output()).toBe('--mine=1 undefined of the shell\n');
});

test.each([
  ['missing', undefined],
  ['outdated', outdated],
])('dependencies that are %s are installed in silence, without scripts', async (_, present) => {
  const checkout = await createCheckout({ present });
  const run = checkout.run();
  expect(await run.exitCode).toBe(0);
  expect(run.output()).toBe('calute: installing the dependencies (npm ci) …\nran\n');
  expect(await checkout.installs()).toEqual([expect.stringMatching(/^ci --ignore-scripts /)]);
  expect(await readdir(join(checkout.dir, '.calute'))).toEqual([]);
});

test('two commands at once on a fresh clone install once', async () => {
  const checkout = await createCheckout({ present: undefined });
  const runs = [checkout.run(), checkout.run()];
  expect(await Promise.all(runs.map((run) => run.exitCode))).toEqual([0, 0]);
  expect(await checkout.installs()).toHaveLength(1);
});

test('the lock of an installer that was killed is taken over', async () => {
  const checkout = await createCheckout({ present: undefined });
  const gone = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
  await once(gone, 'exit');
  await checkout.add('.calute/install.lock', String(gone.pid));
  expect(await checkout.run().exitCode).toBe(0);
});

test('an install that fails shows its output and ends with its exit code', async () => {
  const checkout = await createCheckout({ present: undefined });
  await checkout.add('npm.js', "console.log('why it failed'); process.exit(9)");
  const run = checkout.run();
  expect(await run.exitCode).toBe(9);
  expect(run.output()).toContain('why it failed\ncalute: "npm ci" failed');
});

test('a Ctrl-C that arrives twice reaches the file once', async () => {
  const checkout = await createCheckout({ present: installed });
  await checkout.add(
    'file.js',
    `process.on('SIGINT', () => console.log('SIGINT'));
     process.on('SIGTERM', () => process.exit(5));
     setInterval(() => {}, 1000);
     console.log('up');`,
  );
  const run = checkout.run();
  await run.says('up');
  run.child.kill('SIGINT');
  await run.says('SIGINT');
  run.child.kill('SIGINT');
  run.child.kill('SIGTERM');
  expect(await run.exitCode).toBe(5);
  expect(run.output()).toBe('up\nSIGINT\n');
});

test('a file that dies of a signal gives the exit code of a shell', async () => {
  const checkout = await createCheckout({ present: installed });
  await checkout.add('file.js', "process.kill(process.pid, 'SIGKILL')");
  expect(await checkout.run().exitCode).toBe(137);
});

test('the file learns by its channel that its parent was killed', async () => {
  const checkout = await createCheckout({ present: installed });
  await checkout.add(
    'file.js',
    `process.once('disconnect', () => { console.log('orphan'); process.exit(); });
     console.log('up');`,
  );
  const run = checkout.run();
  await run.says('up');
  run.child.kill('SIGKILL');
  await run.says('orphan');
});

test('the file is told to end when the shell between npm and the setup has died', async () => {
  const checkout = await createCheckout({ present: installed });
  await checkout.add(
    'file.js',
    `process.on('SIGTERM', () => { console.log('SIGTERM'); process.exit(); });
     setInterval(() => {}, 1000);
     console.log('up');`,
  );
  // The second command keeps the shell from handing its process over to the first.
  const run = follow(checkout.spawn('sh', ['-c', `'${process.execPath}' scripts/setup.mjs file.js; true`]));
  await run.says('up');
  run.child.kill('SIGTERM');
  await run.says('SIGTERM');
});

/** A folder with the real scripts, a file that says `ran`, and an npm that notes how it is called and installs. */
async function createCheckout({ present }: { present: string | undefined }) {
  const dir = await mkdtemp(join(tmpdir(), 'calute-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  const add = async (path: string, text: string) => {
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await writeFile(join(dir, path), text);
  };
  await cp(join(scripts, 'setup.mjs'), join(dir, 'scripts/setup.mjs'));
  await cp(join(scripts, 'setup'), join(dir, 'scripts/setup'), { recursive: true });
  await add('package-lock.json', lock);
  await add('package.json', '{"type":"commonjs"}');
  await add('file.js', "console.log('ran')");
  await add('installs', '');
  await add(
    'npm.js',
    `const fs = require('fs');
     fs.appendFileSync('installs', process.argv.slice(2).join(' ') + '\\n');
     fs.mkdirSync('node_modules', { recursive: true });
     fs.writeFileSync('node_modules/.package-lock.json', ${JSON.stringify(installed)});
     console.log('npm talks');`,
  );
  if (present !== undefined) await add('node_modules/.package-lock.json', present);
  const { NODE_COMPILE_CACHE: _, ...env } = process.env;
  const start = (file: string, args: readonly string[], more: NodeJS.ProcessEnv = {}) =>
    spawn(file, args, {
      cwd: dir,
      env: { ...env, ...more, npm_execpath: join(dir, 'npm.js') },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  return {
    dir,
    add,
    spawn: start,
    run: (args: readonly string[] = []) =>
      follow(start(process.execPath, ['scripts/setup.mjs', 'file.js', ...args])),
    installs: async () => (await readFile(join(dir, 'installs'), 'utf8')).split('\n').filter(Boolean),
  };
}

function follow(child: ChildProcess) {
  let text = '';
  const grown = new EventTarget();
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk) => {
      text += chunk;
      grown.dispatchEvent(new Event('data'));
    });
  }
  return {
    child,
    output: () => text,
    exitCode: once(child, 'close').then(([code]) => code),
    async says(line: string) {
      while (!text.split('\n').includes(line)) await once(grown, 'data');
    },
  };
}
