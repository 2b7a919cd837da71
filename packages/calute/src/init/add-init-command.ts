import { relative, resolve } from 'node:path';
import type { Command } from 'commander';
import type { CommandContext, JsonOption } from '../cli/command-context.ts';

export function addInitCommand(program: Command, { terminal, version }: CommandContext): void {
  program
    .command('init [folder]')
    .description('write a project: two agents, a test, Dockerfile, compose file')
    .option('--json', 'print the names of the files as JSON')
    .action(async (folder: string | undefined, { json }: JsonOption) => {
      const { initProject } = await import('./init-project.ts');
      const files = await initProject(folder ?? '.', version);
      if (json) return terminal.json(files);
      terminal.write(files.map((file) => `${file}\n`).join(''));
      const place = relative(process.cwd(), resolve(folder ?? '.'));
      const steps = [...(place === '' ? [] : [`cd ${place}`]), 'npm install', 'npx calute dev'];
      terminal.note(`\nNext: ${steps.join(' && ')}\n`);
    });
}
