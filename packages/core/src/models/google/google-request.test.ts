import { describe, expect, test } from 'vitest';
import type { Message, ToolCall } from '../../request/message.ts';
import { emptyCall, type Sent, spy } from '../fake-upstream.ts';
import type { ModelCall } from '../model-provider.ts';
import { createGoogleProvider } from './google.ts';

const answer = `data: ${JSON.stringify({
  candidates: [{ content: { parts: [{ text: 'Hi' }], role: 'model' }, finishReason: 'STOP', index: 0 }],
})}\r\n\r\n`;

async function sentBy(call: Partial<ModelCall>): Promise<Sent> {
  const { fetch, sent } = spy(answer);
  const provider = createGoogleProvider('gemini-3-pro-preview', { apiKey: 'sk-secret' }, fetch);
  await Array.fromAsync(provider.stream({ ...emptyCall, ...call }, new AbortController().signal));
  return sent;
}

describe('a request to Google', () => {
  test('goes to the streaming endpoint of the model, with the key in a header', async () => {
    const { url, headers, body } = await sentBy({});
    expect(url).toBe(
      'https://generativelanguage.googleapis.com/v1beta/models/gemini-3-pro-preview:streamGenerateContent?alt=sse',
    );
    expect(headers.get('x-goog-api-key')).toBe('sk-secret');
    expect(body).toEqual({ generationConfig: {}, contents: [{ role: 'user', parts: [{ text: 'hi' }] }] });
  });

  test('has the sampling values that Google knows, and none of the others', async () => {
    const known = { temperature: 0, topP: 0.5, topK: 3, presencePenalty: 1, frequencyPenalty: 0.5 };
    const { body } = await sentBy({
      sampling: { ...known, maxTokens: 50, stop: ['END'], minP: 0.1, repetitionPenalty: 1.1 },
    });
    expect(body['generationConfig']).toEqual({ ...known, maxOutputTokens: 50, stopSequences: ['END'] });
  });

  test('has the parameters that Google honours', async () => {
    const schema = { type: 'object', properties: { a: { type: 'string' } } };
    const json_schema = { name: 'a', description: undefined, schema, strict: undefined };
    const { body } = await sentBy({
      parameters: {
        seed: 7,
        reasoning_effort: 'low',
        response_format: { type: 'json_schema', json_schema },
      },
    });
    expect(body['generationConfig']).toEqual({
      seed: 7,
      thinkingConfig: { thinkingLevel: 'low', includeThoughts: true },
      responseMimeType: 'application/json',
      responseJsonSchema: schema,
    });
    const loose = await sentBy({ parameters: { response_format: { type: 'json_object' } } });
    expect(loose.body['generationConfig']).toEqual({ responseMimeType: 'application/json' });
  });

  test('has tools, calls and results', async () => {
    const call = { id: 'a', type: 'function' as const, function: { name: 'f', arguments: '{"x":1}' } };
    const parameters = { type: 'object', properties: { x: { type: 'number' } } };
    const tool = { name: 'f', parameters, description: 'It is f', strict: undefined };
    const { body } = await sentBy({
      messages: [
        { role: 'system', content: 'Be brief.', name: undefined },
        { role: 'user', content: 'hi', name: undefined },
        { role: 'assistant', content: undefined, tool_calls: [call] },
        { role: 'tool', tool_call_id: 'a', content: 'done' },
      ],
      tools: [{ type: 'function', function: tool }],
      toolChoice: 'required',
    });
    expect(body).toMatchObject({
      systemInstruction: { parts: [{ text: 'Be brief.' }] },
      tools: [{ functionDeclarations: [{ name: 'f', description: 'It is f' }] }],
      toolConfig: { functionCallingConfig: { mode: 'ANY' } },
    });
    expect(body['contents']).toMatchObject([
      { role: 'user' },
      { role: 'model', parts: [{ functionCall: { name: 'f', args: { x: 1 } } }] },
      { role: 'user', parts: [{ functionResponse: { name: 'f' } }] },
    ]);
  });

  const turn = (signed: Pick<ToolCall, 'extra_content'>, text?: string): Message[] => [
    { role: 'user', content: 'hi' },
    {
      role: 'assistant',
      content: text,
      ...signed,
      tool_calls: [{ id: 'a', type: 'function', function: { name: 'f', arguments: '' }, ...signed }],
    },
    { role: 'tool', tool_call_id: 'a', content: 'done' },
  ];
  const signed = { extra_content: { google: { thought_signature: 'S' } } };

  test('returns signed thoughts, of a text and of a call', async () => {
    const { body } = await sentBy({ messages: turn(signed, 'well') });
    expect(body['contents']).toMatchObject([
      {},
      {
        parts: [
          { text: 'well', thoughtSignature: 'S' },
          { functionCall: { name: 'f', args: {} }, thoughtSignature: 'S' },
        ],
      },
      {},
    ]);
  });

  test('takes a history without signatures, as of another model', async () => {
    const { body } = await sentBy({ messages: turn({ extra_content: { other: 1 } }) });
    expect(body['contents']).toMatchObject([
      {},
      { parts: [{ functionCall: { name: 'f' }, thoughtSignature: 'skip_thought_signature_validator' }] },
      {},
    ]);
  });

  test('has system messages in front as its instruction, and later ones where they stand', async () => {
    const { body } = await sentBy({
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'hi' },
        { role: 'developer', content: 'Now in French.' },
        { role: 'user', content: 'go \ud83d on' },
      ],
    });
    expect(body['systemInstruction']).toEqual({ parts: [{ text: 'Be brief.' }] });
    expect(body['contents']).toMatchObject([
      { parts: [{ text: 'hi' }] },
      { parts: [{ text: '<system>\nNow in French.\n</system>' }] },
      { parts: [{ text: 'go \ufffd on' }] },
    ]);
  });

  test.each([0, -1])('leaves out a top_k of %i, which switches it off', async (topK) => {
    const { body } = await sentBy({ sampling: { topK } });
    expect(JSON.stringify(body)).not.toContain('topK');
  });
});
