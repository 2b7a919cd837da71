import type { RequestListener, Server } from 'node:http';
import { StartError } from '@calute/core/process/start-error';
import { type ListenOptions, startServer } from './listen.ts';

/** Listens. Throws StartError that names the variable to change when the address cannot be had. */
export async function listen(
  app: RequestListener,
  options: ListenOptions,
  variable: string,
): Promise<Server> {
  try {
    return await startServer(app, options);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    const { host, port } = options;
    if (code === 'EADDRINUSE') throw new StartError(`Port ${port} is taken; set ${variable} to a free one.`);
    if (code === 'EACCES')
      throw new StartError(`Port ${port} needs privileges; set ${variable} to one above 1023.`);
    if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
      throw new StartError(`${host} is no address of this machine.`);
    throw error;
  }
}

/** Where clients reach a server that listens. */
export function urlOf(server: Server): string {
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('The server does not listen.');
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return `http://${host}:${address.port}`;
}
