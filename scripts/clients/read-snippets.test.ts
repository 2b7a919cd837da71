import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { clients } from './clients.ts';
import { readSnippets } from './read-snippets.ts';

test('blocks belong to the bold words above them, up to the end of the section', () => {
  const readme = [
    '## Before\n```ts\nno\n```',
    '## Clients\nSome **words**.\n',
    '**One**\n\n```ts\none();\n```\n',
    '**Two**, with a file:\n\n```json\n{}\n```\n\n```sh\ntwo\n```\n',
    '## After\n**Three**\n```ts\nno\n```',
  ].join('\n');
  expect(readSnippets(readme)).toEqual([
    { client: 'One', blocks: [{ language: 'ts', text: 'one();\n' }] },
    {
      client: 'Two',
      blocks: [
        { language: 'json', text: '{}\n' },
        { language: 'sh', text: 'two\n' },
      ],
    },
  ]);
});

test('every client of the README is tried, but the one that is no npm package', async () => {
  const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
  const inReadme = readSnippets(readme).map(({ client }) => client);
  expect(inReadme.filter((client) => client !== 'OpenAI SDK, Python')).toEqual(
    clients.map(({ name }) => name),
  );
});
