import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { readModelProviders } from './read-model-providers.ts';

async function read(content: string | object, environment: Record<string, string> = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'calute-providers-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, 'providers.json');
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
  return await readModelProviders(path, environment);
}

const variable = (name: string) => `\${${name}}`;
const baseUrl = 'https://api.groq.test/openai/v1';

describe('a file of model providers', () => {
  test('gives each its address, its key from the environment, headers and differences', async () => {
    const providers = await read(
      {
        groq: {
          baseUrl,
          apiKey: variable('GROQ_KEY'),
          maxTokensField: 'max_completion_tokens',
          returns: ['reasoning'],
        },
        local: {
          baseUrl: 'http://127.0.0.1:8000/v1',
          headers: { 'X-Team': `a ${variable('TEAM')}` },
          streamOptions: false,
        },
      },
      { GROQ_KEY: 'k', TEAM: 'b' },
    );
    expect(providers).toEqual({
      groq: {
        baseUrl,
        apiKey: 'k',
        headers: {},
        dialect: { maxTokensField: 'max_completion_tokens', returns: ['reasoning'] },
      },
      local: {
        baseUrl: 'http://127.0.0.1:8000/v1',
        headers: { 'X-Team': 'a b' },
        dialect: { streamOptions: false },
      },
    });
  });

  test('says which variables a provider lacks', async () => {
    const file = { groq: { baseUrl, apiKey: variable('GROQ_KEY'), headers: { a: variable('TEAM') } } };
    expect((await read(file, { TEAM: '' }))['groq']?.lacks).toBe('GROQ_KEY and TEAM');
  });

  test.each<[string, string | object, RegExp]>([
    ['no JSON', '{', /is not JSON/],
    ['a list', [], /expected an object of providers by name/],
    ['a name that is taken', { openai: { baseUrl } }, /openai \(this name is taken/],
    ['a bad name', { 'Groq!': { baseUrl } }, /Groq! \(expected 1 to 32 small letters/],
    ['no address', { groq: {} }, /groq\.baseUrl/],
    ['a misspelt field', { groq: { baseUrl, apikey: 'sk-secret' } }, /groq \(Unrecognized key: "apikey"\)/],
    [
      'several faults',
      { groq: { baseUrl: 'x', streamOptions: 'off' } },
      /groq\.baseUrl .*; groq\.streamOptions/,
    ],
  ])('with %s is refused', async (_what, content, message) => {
    const refused = read(content);
    await expect(refused).rejects.toThrow(message);
    await expect(refused).rejects.not.toThrow(/sk-secret/);
  });

  test('that is not there is named', async () => {
    await expect(readModelProviders('/nowhere/providers.json', {})).rejects.toThrow(
      /names \/nowhere\/providers\.json, which cannot be read \(ENOENT\)/,
    );
  });
});
