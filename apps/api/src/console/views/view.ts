import type { ConsoleSources } from '../console-sources.ts';
import type { RunMirror } from '../runs/run-mirror.ts';

/** What a view is made of. */
export interface ViewParts {
  readonly sources: ConsoleSources;
  readonly mirror: RunMirror;
}

/** What is asked of a view: its query, and whether prompts and answers may be shown. */
export interface ViewRequest {
  readonly query: Readonly<Record<string, unknown>>;
  readonly content: boolean;
}

/** What is shown now, as JSON; called again for each look. Throws CaluteError. */
export type ReadView = () => Promise<unknown>;

/** Opens a view for one request. Throws `invalid_request` when the query is at fault. */
export type View = (parts: ViewParts, request: ViewRequest) => ReadView;
