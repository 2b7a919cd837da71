import type { ListedAgent } from '@calute/core/fleet/agent-directory';
import type { RequestHandler } from 'express';
import { findAgent } from '../admission/find-agent.ts';
import { sendJson } from '../answers/send-json.ts';
import type { ApiParts } from '../api-parts.ts';

type ModelParts = Pick<ApiParts, 'agents'>;

/** `GET /v1/models`: the agents that workers have announced. */
export function listModels({ agents }: ModelParts): RequestHandler {
  return async (_request, response) => {
    const listed = await agents.list();
    sendJson(response, 200, { object: 'list', data: listed.map(toModel) });
  };
}

/** `GET /v1/models/{id}`; an id may hold slashes, written as they are or as `%2F`. */
export function oneModel({ agents }: ModelParts): RequestHandler<{ id: string[] }> {
  return async (request, response) => {
    const agent = await findAgent(agents, request.params.id.join('/'));
    sendJson(response, 200, toModel(agent));
  };
}

function toModel({ id, created }: ListedAgent): object {
  return { id, object: 'model', created, owned_by: 'calute' };
}
