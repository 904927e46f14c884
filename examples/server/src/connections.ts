// What a connection may cost that brings no whole request, or does not take its answer. Requests have limits of
// their own.

import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

export interface ConnectionLimits {
  /** Connections at the same time. When another comes, the oldest ends of those without a whole header. */
  readonly most: number;
  /** Seconds in which an answer must be taken. */
  readonly answer: number;
  /** Seconds that what is left of a body may still come once it is answered. */
  readonly rest: number;
}

export interface Connections {
  /** To be told when an answer begins, and the seconds that it is worked out for while it is sent: none when absent. */
  answers(response: ServerResponse, working?: number): void;
}

export function limitConnections(server: Server, { most, answer, rest }: ConnectionLimits): Connections {
  const open = new Set<Socket>();
  const idle = new Set<Socket>(); // the oldest in front

  server.on('connection', (socket: Socket) => {
    open.add(socket);
    idle.add(socket);
    socket.once('close', () => {
      open.delete(socket);
      idle.delete(socket);
    });
    if (open.size <= most) return;
    const [oldest] = idle;
    open.delete(oldest!);
    idle.delete(oldest!);
    oldest!.destroy();
  });

  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const { socket } = request;
    idle.delete(socket);
    response.once('close', () => {
      if (open.has(socket)) idle.add(socket);
    });
    response.once('finish', () => {
      if (request.complete || socket.destroyed) return;
      const timer = setTimeout(() => socket.destroy(), rest * 1000);
      const settle = () => {
        clearTimeout(timer);
        request.off('end', settle);
        socket.off('close', settle);
      };
      request.once('end', settle);
      socket.once('close', settle);
    });
  });

  server.on('upgrade', ({ socket }: IncomingMessage) => idle.delete(socket)); // to a WebSocket, which has its own limits

  return {
    answers(response, working = 0) {
      if (response.destroyed) return; // whoever asked is gone
      const timer = setTimeout(() => response.socket?.destroy(), (working + answer) * 1000);
      response.once('close', () => clearTimeout(timer));
    },
  };
}
