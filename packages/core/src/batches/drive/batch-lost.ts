/** Another process drives the batch now, or it is gone: nothing more of it is to be done here. */
export class BatchLost extends Error {
  override readonly name = 'BatchLost';

  constructor() {
    super('The batch is driven by another process.');
  }
}
