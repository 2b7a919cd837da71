import type { Express } from 'express';
import type { ApiParts } from '../../api-parts.ts';
import { requireScope } from '../../middleware/identify.ts';
import { refuseMethod } from '../../middleware/refuse.ts';
import { batchResults } from './batch-results.ts';
import { createBatch } from './create-batch.ts';
import { listBatches } from './list-batches.ts';
import { cancelBatch, getBatch, retryBatch } from './one-batch.ts';

/** Puts the routes of batches on the app, behind the scope `batches`. */
export function mountBatches(app: Express, parts: ApiParts): void {
  const allowed = requireScope('batches');
  app
    .route('/v1/batches')
    .get(allowed, listBatches(parts))
    .post(allowed, createBatch(parts))
    .all(refuseMethod);
  app.route('/v1/batches/:id').get(allowed, getBatch(parts)).all(refuseMethod);
  app.route('/v1/batches/:id/cancel').post(allowed, cancelBatch(parts)).all(refuseMethod);
  app.route('/v1/batches/:id/retry').post(allowed, retryBatch(parts)).all(refuseMethod);
  app.route('/v1/batches/:id/results').get(allowed, batchResults(parts)).all(refuseMethod);
}
