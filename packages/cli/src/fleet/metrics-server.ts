// Figures for Prometheus and autoscalers, over HTTP, in Prometheus's text format.

import { createServer } from 'node:http';
import { AudiozooError } from '@audiozoo/core';

export interface MetricsServer {
  readonly address: string;
  close(): void;
}

/** Serves the text as `/metrics`; port 0 is any that is free. */
export async function serveMetricsText(
  port: number,
  host: string,
  text: () => Promise<string>,
): Promise<MetricsServer> {
  const server = createServer(async (request, response) => {
    if (request.url !== '/metrics') return void response.writeHead(404).end();
    try {
      const body = await text();
      response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }).end(body);
    } catch (error) {
      response.writeHead(503).end(`${error instanceof Error ? error.message : error}\n`);
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => {
      const what = `port ${port} of ${host} cannot be listened on`;
      reject(
        new AudiozooError({ code: 'argument', what, got: String(cause), hint: 'Choose another.', cause }),
      );
    });
    server.listen(port, host, resolve);
  });
  const address = server.address();
  return {
    address: `http://${host}:${typeof address === 'object' ? address?.port : port}/metrics`,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
