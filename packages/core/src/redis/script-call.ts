import { Command } from 'ioredis';

export interface Script {
  readonly lua: string;
  readonly sha: string;
  /** The socket that has been sent the source last: what follows over it may name the script by its hash. */
  sentOver: object | undefined;
}

/**
 * One call of a script. ioredis has a command for scripts, which copies and checks its arguments several times and takes two
 * promises more; this one is written once, straight from what the caller has.
 */
export class ScriptCall extends Command {
  readonly #script: Script;
  readonly #keys: readonly string[];
  readonly #args: readonly (string | number)[];

  constructor(script: Script, keys: readonly string[], args: readonly (string | number)[]) {
    super('evalsha', [], { replyEncoding: 'utf8' });
    this.#script = script;
    this.#keys = keys;
    this.#args = args;
  }

  /** Called for each socket that the call is sent over: once more when the answer was lost with the one before. */
  override toWritable(socket: object): string {
    const { lua, sha, sentOver } = this.#script;
    this.#script.sentOver = socket;
    const head = sentOver === socket ? ['EVALSHA', sha] : ['EVAL', lua];
    const keys = this.#keys;
    const args = this.#args;
    let text = `*${head.length + 1 + keys.length + args.length}\r\n`;
    for (const part of head) text += toBulkString(part);
    text += toBulkString(String(keys.length));
    for (const key of keys) text += toBulkString(key);
    for (const arg of args) text += toBulkString(String(arg));
    return text;
  }
}

function toBulkString(text: string): string {
  return `$${Buffer.byteLength(text)}\r\n${text}\r\n`;
}
