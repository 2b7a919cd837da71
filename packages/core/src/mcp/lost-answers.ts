type RequestId = string | number;

/** Tells requests whose answer will not come from those whose answer is only not read yet. */
export interface LostAnswers {
  asked(id: RequestId): void;
  answered(id: RequestId): void;
  /** What was to bring the answer is over. */
  streamOver(id: RequestId): void;
  /** Forgets all. */
  clear(): void;
}

/** From the end of a stream until the SDK has surely read what was in it. */
const readMs = 200;

/** Without this the SDK would leave the request open until its time is up. `onLost` is called once for a request. */
export function createLostAnswers(onLost: (id: RequestId) => void): LostAnswers {
  const open = new Map<RequestId, NodeJS.Timeout | undefined>();
  const forget = (id: RequestId) => {
    clearTimeout(open.get(id));
    return open.delete(id);
  };
  return {
    asked: (id) => void open.set(id, undefined),
    answered: forget,
    streamOver(id) {
      if (!open.has(id)) return;
      const giveUp = () => {
        if (forget(id)) onLost(id);
      };
      open.set(id, setTimeout(giveUp, readMs));
    },
    clear() {
      for (const id of [...open.keys()]) forget(id);
    },
  };
}
