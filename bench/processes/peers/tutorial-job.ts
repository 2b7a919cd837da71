import type { ChatCompletionMessageParam } from 'openai/resources';

export const queueName = 'completions';

export interface TutorialJob {
  readonly channel: string;
  readonly body: {
    readonly model: string;
    readonly stream?: boolean;
    readonly messages: ChatCompletionMessageParam[];
  };
}
