import type { ApiParts } from '../api-parts.ts';
import { cancelRoute } from './cancel.ts';
import { chatCompletionsRoute } from './chat-completions.ts';
import { followStreamRoute } from './follow-stream.ts';
import { listModelsRoute, oneModelRoute } from './models.ts';
import type { Route } from './route.ts';

/** Every route that wants an identity. */
export function createRoutes(parts: ApiParts): readonly Route[] {
  return [
    chatCompletionsRoute(parts),
    followStreamRoute(parts),
    cancelRoute(parts),
    listModelsRoute(parts),
    oneModelRoute(parts),
  ];
}
