import type { Express } from 'express';
import type { ApiParts } from '../../api-parts.ts';
import { requireScope } from '../../middleware/identify.ts';
import { refuseMethod } from '../../middleware/refuse.ts';
import { addItems, getItem, listItems, removeItem } from './conversation-items.ts';
import {
  createConversation,
  deleteConversation,
  getConversation,
  updateConversation,
} from './one-conversation.ts';

/** Puts the routes of conversations on the app, behind the scope `infer`. */
export function mountConversations(app: Express, parts: ApiParts): void {
  const allowed = requireScope('infer');
  app.route('/v1/conversations').post(allowed, createConversation(parts)).all(refuseMethod);
  app
    .route('/v1/conversations/:id')
    .get(allowed, getConversation(parts))
    .post(allowed, updateConversation(parts))
    .delete(allowed, deleteConversation(parts))
    .all(refuseMethod);
  app
    .route('/v1/conversations/:id/items')
    .get(allowed, listItems(parts))
    .post(allowed, addItems(parts))
    .all(refuseMethod);
  app
    .route('/v1/conversations/:id/items/:itemId')
    .get(allowed, getItem(parts))
    .delete(allowed, removeItem(parts))
    .all(refuseMethod);
}
