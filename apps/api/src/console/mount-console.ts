import type { Express, RequestHandler } from 'express';
import type { HttpSettings } from '../http-settings.ts';
import { jsonBody } from '../middleware/json-body.ts';
import { refuseMethod, refusePath } from '../middleware/refuse.ts';
import type { AccessParts } from './access/console-access.ts';
import { requireAccess, requireConsoleScope } from './access/require-access.ts';
import { showSession, signIn, signOut } from './access/session-routes.ts';
import {
  type ChangeParts,
  cancelAnyRun,
  removeDeadLetter,
  retryDeadLetter,
  runAgain,
} from './changes/change-runs.ts';
import type { Hub } from './live/hub.ts';
import { readView, streamView } from './live/stream-view.ts';
import { type Pages, readPages, sendAsset, sendPage } from './serve-pages.ts';
import type { ViewParts } from './views/view.ts';

/** Everything the console is made of. */
export interface Console extends ViewParts, ChangeParts {
  readonly access: AccessParts;
  readonly hub: Hub;
  readonly sources: ViewParts['sources'];
}

/** A key, and nothing longer. */
const signInBytes = 4096;

/** The console below `/console`: its pages, and the JSON that they show. Has to stand before `/v1`, to which it passes requests on. */
export function mountConsole(app: Express, parts: Console, settings: HttpSettings): void {
  const { access } = parts;
  const change = requireConsoleScope('admin');
  const body = jsonBody({ ...settings, maxBodyBytes: signInBytes });
  app.use('/console/api', keepFromBrowsers);
  app
    .route('/console/api/session')
    .get(showSession(access))
    .post(...body, signIn(access))
    .delete(signOut(access))
    .all(refuseMethod);
  app.use('/console/api', requireAccess(access));
  app.use(passOn);
  app.route('/console/api/views/:view').get(readView(parts)).all(refuseMethod);
  app.route('/console/api/live/:view').get(streamView(parts, parts)).all(refuseMethod);
  app.route('/console/api/runs/:id/cancel').post(change, cancelAnyRun(parts)).all(refuseMethod);
  app.route('/console/api/runs/:id/again').post(change, runAgain(parts)).all(refuseMethod);
  app.route('/console/api/dead-letters/:id/retry').post(change, retryDeadLetter(parts)).all(refuseMethod);
  app.route('/console/api/dead-letters/:id').delete(change, removeDeadLetter(parts)).all(refuseMethod);
  app.use('/console/api', refusePath);

  const pages = readOnce();
  app.route('/console/assets/*name').get(sendAsset(pages)).all(refuseMethod);
  app.route(['/console', '/console/*screen']).get(sendPage(pages)).all(refuseMethod);
}

/** What is answered here is data: never a page, whatever a client has put into its files, and for no cache. */
const keepFromBrowsers: RequestHandler = (_request, response, next) => {
  response.setHeader('cache-control', 'no-store');
  response.setHeader('x-content-type-options', 'nosniff');
  response.setHeader('content-security-policy', "default-src 'none'; sandbox; frame-ancestors 'none'");
  next();
};

/**
 * Lets the page use the API of clients with its cookie: `/console/api/v1/…` is `/v1/…`, as the tenant of the key that was exchanged,
 * with the scopes that each route wants.
 */
const passOn: RequestHandler = (request, _response, next) => {
  if (/^\/console\/api\/v1\//.test(request.url)) request.url = request.url.slice('/console/api'.length);
  next();
};

/** Nobody pays for the console who does not look at it. */
function readOnce(): () => Pages {
  let pages: Pages | undefined;
  return () => {
    pages ??= readPages();
    return pages;
  };
}
