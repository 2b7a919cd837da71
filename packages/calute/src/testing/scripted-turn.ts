import type { ModelEvent } from '@calute/core/models/model-provider';
import type { RunUsage } from '@calute/core/runs/run-end';

/** A call of a tool by the scripted model. */
export interface ScriptedCall {
  readonly name: string;
  /** Sent as JSON; a string is sent as it is, so that a model that writes bad JSON can be played. @defaultValue {} */
  readonly arguments?: object | string;
}

/** What the scripted model says when it is asked once. A text alone is the same as `{ text }`. */
export type ScriptedTurn =
  | string
  | {
      readonly text?: string;
      readonly reasoning?: string;
      readonly calls?: readonly ScriptedCall[];
      /** @defaultValue `tool_calls` when it calls any, else `stop` */
      readonly finishReason?: 'stop' | 'length' | 'content_filter';
      /** @defaultValue 10 tokens in and 10 out */
      readonly usage?: { readonly promptTokens: number; readonly completionTokens: number };
      /** The provider fails, after `text`; a CaluteError keeps its code. */
      readonly error?: Error;
    };

/** A turn that calls one tool. */
export function callTool(name: string, args: object | string = {}): ScriptedTurn {
  return { calls: [{ name, arguments: args }] };
}

const usual: RunUsage = { promptTokens: 10, completionTokens: 10, cachedTokens: 0, reasoningTokens: 0 };

/** The events of a turn, one array each, as a provider streams them; `index` makes the ids of its calls differ from other turns'. */
export function* playTurn(turn: ScriptedTurn, index: number): Generator<readonly ModelEvent[]> {
  const { text, reasoning, calls = [], finishReason, usage, error } = asObject(turn);
  if (reasoning !== undefined) yield [{ type: 'reasoning-delta', text: reasoning }];
  if (text !== undefined && text !== '') yield [{ type: 'text-delta', text }];
  if (error !== undefined) throw error;
  for (const [place, call] of calls.entries()) {
    const args = typeof call.arguments === 'string' ? call.arguments : JSON.stringify(call.arguments ?? {});
    yield [
      { type: 'tool-call', index: place, id: `call_${index + 1}_${place + 1}`, name: call.name },
      { type: 'tool-call-delta', index: place, arguments: args },
    ];
  }
  const natural = calls.length > 0 ? 'tool_calls' : 'stop';
  yield [{ type: 'model-end', finishReason: finishReason ?? natural, usage: { ...usual, ...usage } }];
}

function asObject(turn: ScriptedTurn): Exclude<ScriptedTurn, string> {
  return typeof turn === 'string' ? { text: turn } : turn;
}
