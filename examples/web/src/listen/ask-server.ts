// Live sound to a server of examples/server, and its answers: over a WebSocket at /v1/listen.

import { AudiozooError, type ErrorDescription } from '@audiozoo/core';
import type { AudioPieces } from '@audiozoo/features';
import type { LabelsAtTime } from '@audiozoo/tasks';

export interface AskServerOptions {
  /** The server's address, http(s) or ws(s). */
  readonly server: string;
  readonly token?: string | undefined;
  /** Seconds from one answer to the next. */
  readonly hop: number;
  /** Ends it, as the end of the sound does. */
  readonly signal: AbortSignal;
  /** Told the name of the model once the server listens. */
  onReady(model: string): void;
  onLabels(heard: LabelsAtTime): void;
}

type Answer =
  | { readonly type: 'ready'; readonly model: string }
  | ({ readonly type: 'labels' } & LabelsAtTime)
  | { readonly type: 'end' }
  | ({ readonly type: 'problem' } & ErrorDescription);

/** Of sound that waits for a slow network; what comes then is left out, or answers would come later and later. */
const mostSecondsWaiting = 2;
const bytesPerSample = Float32Array.BYTES_PER_ELEMENT;

/**
 * Resolves when the sound has ended and all of it is answered. Throws what the server says is wrong, and a `runtime`
 * error when there is no server, or no longer one.
 */
export async function askServer(sound: AudioPieces, options: AskServerOptions): Promise<void> {
  const { server, token, hop, signal, onReady, onLabels } = options;
  signal.throwIfAborted();
  const socket = new WebSocket(socketAddress(server));
  socket.binaryType = 'arraybuffer';
  const { sampleRate } = sound;
  let wasThere = false;

  async function send(): Promise<void> {
    for await (const samples of sound) {
      if (signal.aborted || socket.readyState !== WebSocket.OPEN) break;
      if (socket.bufferedAmount > mostSecondsWaiting * sampleRate * bytesPerSample) continue;
      socket.send(samples as Float32Array<ArrayBuffer>);
    }
    if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ end: true }));
  }

  const leave = () => socket.close();
  signal.addEventListener('abort', leave, { once: true });
  try {
    await new Promise<void>((resolve, reject) => {
      socket.addEventListener('open', () =>
        socket.send(JSON.stringify({ sampleRate, hop, ...(token && { token }) })),
      );
      socket.addEventListener('message', ({ data }: MessageEvent<string>) => {
        const answer = JSON.parse(data) as Answer;
        if (answer.type === 'problem') return reject(new AudiozooError(answer));
        if (answer.type === 'labels') return onLabels(answer);
        if (answer.type === 'end') return resolve();
        wasThere = true;
        onReady(answer.model);
        send().catch(reject);
      });
      socket.addEventListener('close', () => {
        if (signal.aborted) resolve();
        else reject(withoutServer(server, wasThere));
      });
    });
  } finally {
    signal.removeEventListener('abort', leave);
    socket.close();
  }
}

/** Throws an `argument` error unless it is an address. */
export function socketAddress(server: string): URL {
  const address = URL.canParse(server) ? new URL(server) : undefined;
  if (!address || !/^(http|ws)s?:$/.test(address.protocol)) {
    throw new AudiozooError({
      code: 'argument',
      what: 'this is no address of a server',
      expected: 'one such as http://localhost:8080',
      got: JSON.stringify(server),
    });
  }
  address.protocol = address.protocol.replace('http', 'ws');
  address.pathname = `${address.pathname.replace(/\/$/, '')}/v1/listen`;
  return address;
}

function withoutServer(server: string, wasThere: boolean): AudiozooError {
  return new AudiozooError({
    code: 'runtime',
    what: wasThere ? 'the connection to the server was lost' : 'the server does not answer',
    got: server,
    hint: 'See that it runs there (`npm run serve`), and takes pages of this origin (`--origin`).',
  });
}
