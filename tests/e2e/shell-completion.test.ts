import { spawnSync } from 'node:child_process';
import { dirname, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';

const bin = resolve('node_modules/.bin');
const env = {
  PATH: `${bin}:${dirname(process.execPath)}:${process.env['PATH']}`,
  HOME: '/nonexistent',
  TERM: 'dumb',
};

/** Types a line into a shell that has loaded its script, presses Tab, and gives what it then offers or has written. */
type Complete = (line: string) => string;

const shells: Readonly<Record<string, Complete>> = {
  bash: (line) =>
    run('bash', [
      '--norc',
      '-c',
      `source <(calute completion bash)
       COMP_WORDS=(${line.split(' ').map(quote).join(' ')})
       COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
       $(complete -p calute | sed 's/.*-F \\([^ ]*\\).*/\\1/') calute
       printf '%s\\n' "\${COMPREPLY[@]}"`,
    ]),
  // In a terminal of its own: only there does the line editor run.
  zsh: (line) =>
    run('zsh', [
      '-f',
      '-c',
      `zmodload zsh/zpty
       zpty inner zsh -f -i
       zpty -w inner 'autoload -U compinit && compinit -u -D && source <(calute completion zsh)'
       zpty -w inner 'show() { zle -I; print -r -- "LINE $BUFFER END" }; zle -N show; bindkey "^X" show; print LOA""DED'
       zpty -r -m inner out '*LOADED*'
       zpty -w -n inner ${quote(line)}$'\\t\\x18'
       zpty -r -m inner out '*LINE * END*'
       print -r -- $out`,
    ]),
  fish: (line) =>
    run('fish', ['--no-config', '-c', `calute completion fish | source; complete -C ${quote(line)}`]),
};

describe.each(Object.entries(shells))('%s', (shell, complete) => {
  const isThere = spawnSync(shell, ['--version']).error === undefined;
  const title = (what: string) => (isThere ? what : `${what}; skipped, as ${shell} is not installed`);

  test.skipIf(!isThere).each([
    ['a command', 'calute completi', ['completion']],
    ['one of a group', 'calute batch re', ['results', 'retry']],
    ['an option', 'calute batch submit requests.jsonl --endp', ['--endpoint']],
  ])(title('completes %s'), (_, line, expected) => {
    const offered = complete(line);
    for (const word of expected) expect(offered).toContain(word);
    expect(offered).not.toMatch(/error|not found|__complete/i);
  });
});

function quote(text: string): string {
  return `'${text}'`;
}

function run(shell: string, args: readonly string[]): string {
  const { stdout, stderr, status } = spawnSync(shell, args, { env, encoding: 'utf8', timeout: 15_000 });
  if (status !== 0) throw new Error(`${shell} ended with ${status}: ${stderr}`);
  return stdout;
}
