import type { Express } from 'express';
import type { ApiParts } from '../../api-parts.ts';
import { requireScope } from '../../middleware/identify.ts';
import { refuseMethod } from '../../middleware/refuse.ts';
import { createFile } from './create-file.ts';
import { fileContent } from './file-content.ts';
import { listFiles } from './list-files.ts';
import { deleteFile, getFile } from './one-file.ts';
import { addPart, cancelUpload, completeUpload, createUpload } from './uploads.ts';

/** Puts the routes of files and uploads on the app, behind the scope `files`. */
export function mountFiles(app: Express, parts: ApiParts): void {
  const allowed = requireScope('files');
  app.route('/v1/files').get(allowed, listFiles(parts)).post(allowed, createFile(parts)).all(refuseMethod);
  app
    .route('/v1/files/:id')
    .get(allowed, getFile(parts))
    .delete(allowed, deleteFile(parts))
    .all(refuseMethod);
  app.route('/v1/files/:id/content').get(allowed, fileContent(parts)).all(refuseMethod);
  app.route('/v1/uploads').post(allowed, createUpload(parts)).all(refuseMethod);
  app.route('/v1/uploads/:id/parts').post(allowed, addPart(parts)).all(refuseMethod);
  app.route('/v1/uploads/:id/complete').post(allowed, completeUpload(parts)).all(refuseMethod);
  app.route('/v1/uploads/:id/cancel').post(allowed, cancelUpload(parts)).all(refuseMethod);
}
