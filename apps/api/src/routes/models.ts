import type { ListedAgent } from '@calute/core/fleet/agent-directory';
import { findAgent } from '../admission/find-agent.ts';
import { sendJson } from '../answers/send-json.ts';
import type { ApiParts } from '../api-parts.ts';
import { pathParameter, type Route } from './route.ts';

type ModelParts = Pick<ApiParts, 'agents'>;

/** `GET /v1/models`: the agents that workers have announced. */
export function listModelsRoute({ agents }: ModelParts): Route {
  return {
    method: 'get',
    path: '/v1/models',
    scope: 'infer',
    async handle({ response }) {
      const listed = await agents.list();
      sendJson(response, 200, { object: 'list', data: listed.map(toModel) });
    },
  };
}

/** `GET /v1/models/{id}`; an id may hold slashes, written as they are or as `%2F`. */
export function oneModelRoute({ agents }: ModelParts): Route {
  return {
    method: 'get',
    path: '/v1/models/*id',
    scope: 'infer',
    async handle({ request, response }) {
      const agent = await findAgent(agents, pathParameter(request, 'id'));
      sendJson(response, 200, toModel(agent));
    },
  };
}

function toModel({ id, created }: ListedAgent): object {
  return { id, object: 'model', created, owned_by: 'calute' };
}
