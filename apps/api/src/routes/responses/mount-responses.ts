import type { Express } from 'express';
import type { ApiParts } from '../../api-parts.ts';
import { requireScope } from '../../middleware/identify.ts';
import { refuseMethod } from '../../middleware/refuse.ts';
import { createResponse } from './create-response.ts';
import { listInputItems } from './input-items.ts';
import { cancelResponse, deleteResponse, getResponse } from './one-response.ts';

/** Puts the routes of Responses on the app, behind the scope `infer`. */
export function mountResponses(app: Express, parts: ApiParts): void {
  const allowed = requireScope('infer');
  app.route('/v1/responses').post(allowed, createResponse(parts)).all(refuseMethod);
  app
    .route('/v1/responses/:id')
    .get(allowed, getResponse(parts))
    .delete(allowed, deleteResponse(parts))
    .all(refuseMethod);
  app.route('/v1/responses/:id/cancel').post(allowed, cancelResponse(parts)).all(refuseMethod);
  app.route('/v1/responses/:id/input_items').get(allowed, listInputItems(parts)).all(refuseMethod);
}
