#!/usr/bin/env node
// Plain JavaScript without new syntax: an old Node has to get as far as the sentence below.
import module from 'node:module';

const major = Number(process.versions.node.split('.')[0]);
if (major < 24) {
  process.stderr.write(`calute: Node 24 or newer is needed, and this is ${process.versions.node}.\n`);
  process.exitCode = 1;
} else {
  // Most of the start is compiling; an older Node has no such cache.
  module.enableCompileCache?.();
  await import('../src/cli/main.ts');
}
