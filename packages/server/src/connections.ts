import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Knows which connections are in the middle of a request. Node's own `closeIdleConnections` counts one that has never sent
 * anything, as browsers open them in advance, as busy; a stopping server would wait for it until the very end.
 */
export class Connections {
  /** Each open connection and its requests that are not answered yet. */
  readonly #requests = new Map<Socket, number>();

  constructor(server: Server) {
    server.on('connection', (socket: Socket) => {
      this.#requests.set(socket, 0);
      socket.once('close', () => this.#requests.delete(socket));
    });
    const begin = ({ socket }: { socket: Socket }, response: ServerResponse) => {
      this.#add(socket, 1);
      response.once('close', () => this.#add(socket, -1));
    };
    server.prependListener('request', begin);
    server.prependListener('checkContinue', begin);
  }

  closeIdle(): void {
    for (const [socket, requests] of this.#requests) if (requests === 0) socket.destroySoon();
  }

  #add(socket: Socket, requests: number): void {
    const before = this.#requests.get(socket);
    if (before !== undefined) this.#requests.set(socket, before + requests);
  }
}
