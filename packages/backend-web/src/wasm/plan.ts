// Where activations lie. They share memory: what is read no more makes room for what comes.

import { type Step, storagesOf } from './program.js';
import { type Activation, alignment, bytesOf, roundUp, type Storage } from './storage.js';

export interface Held {
  /** There before the first step. */
  readonly inputs: Iterable<Storage>;
  /** Read after the last step. */
  readonly outputs: Iterable<Storage>;
}

export interface Plan {
  /** Byte addresses, from 0. */
  readonly addresses: ReadonlyMap<Activation, number>;
  readonly bytes: number;
}

/** Gives every activation an address, so that none lies where another one is still needed. */
export function planActivations(steps: readonly Step[], held: Held): Plan {
  const lifetimes = shareInPlace(steps, lifetimesOf(steps, held));
  const placed: Place[] = []; // by address
  const largestFirst = [...new Set(lifetimes.values())].sort((a, b) => b.bytes - a.bytes);
  for (const lifetime of largestFirst) {
    let address = 0;
    for (const place of placed) {
      if (address + lifetime.bytes <= place.address) break;
      const meets = place.lifetime.first <= lifetime.last && lifetime.first <= place.lifetime.last;
      if (meets) address = Math.max(address, place.address + place.lifetime.bytes);
    }
    placed.push({ lifetime, address });
    placed.sort((a, b) => a.address - b.address);
  }
  const addressOf = new Map(placed.map(({ lifetime, address }) => [lifetime, address]));
  return {
    addresses: new Map(
      [...lifetimes].map(([activation, lifetime]) => [activation, addressOf.get(lifetime)!]),
    ),
    bytes: Math.max(0, ...placed.map(({ lifetime, address }) => address + lifetime.bytes)),
  };
}

/** Numbers of the first and the last step that touch it. */
interface Lifetime {
  readonly first: number;
  last: number;
  readonly bytes: number;
}

interface Place {
  readonly lifetime: Lifetime;
  readonly address: number;
}

function lifetimesOf(steps: readonly Step[], { inputs, outputs }: Held): Map<Activation, Lifetime> {
  const lifetimes = new Map<Activation, Lifetime>();
  const touch = (storages: Iterable<Storage>, at: number) => {
    for (const storage of storages) {
      if (storage.kind === 'constant') continue;
      const first = lifetimes.get(storage)?.first ?? at;
      lifetimes.set(storage, { first, last: at, bytes: roundUp(bytesOf(storage), alignment) });
    }
  };
  touch(inputs, -1);
  steps.forEach((step, at) => {
    touch(storagesOf(step), at);
  });
  touch(outputs, steps.length);
  return lifetimes;
}

/** Has a target live on where what it is made of lay, if that is read by nobody after. */
function shareInPlace(
  steps: readonly Step[],
  lifetimes: ReadonlyMap<Activation, Lifetime>,
): ReadonlyMap<Activation, Lifetime> {
  const shared = new Map([...lifetimes].map(([activation, lifetime]) => [activation, { ...lifetime }]));
  steps.forEach(({ target, replaceable }, at) => {
    const source = replaceable.find(
      (storage): storage is Activation =>
        storage.kind === 'activation' &&
        storage.elements === target.elements &&
        lifetimes.get(storage)!.last === at,
    );
    if (!source) return;
    const joined = shared.get(source)!;
    joined.last = lifetimes.get(target)!.last;
    shared.set(target, joined);
  });
  return shared;
}
