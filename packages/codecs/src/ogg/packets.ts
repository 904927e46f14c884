import { concatenate } from '@audiozoo/core/plugin';
import type { Page } from './pages.js';

/** Longer packets are cut: comments with pictures in them, which nobody here looks at. */
const maxPacketBytes = 2 ** 20;

export interface PacketJoiner {
  /** The packets that end on this page, and whether any before them is missing. */
  push(page: Page): { readonly packets: readonly Uint8Array[]; readonly lost: boolean };
}

/** Joins the pieces of packets that lie on several pages of one stream. */
export function createPacketJoiner(): PacketJoiner {
  let sequence: number | undefined;
  let pieces: Uint8Array[] = [];
  let length = 0;
  /** Whether a packet has begun that goes on on the next page. */
  let open = false;

  function add(piece: Uint8Array): void {
    const kept = piece.subarray(0, Math.max(0, maxPacketBytes - length));
    if (kept.length > 0) pieces.push(kept);
    length += kept.length;
  }
  function take(): Uint8Array {
    const packet = pieces.length === 1 ? pieces[0]! : concatenate(Uint8Array, pieces);
    pieces = [];
    length = 0;
    return packet;
  }

  return {
    push({ sequence: number, continues, lacing, body }) {
      let lost = sequence !== undefined && number !== sequence + 1;
      sequence = number;
      if (!continues || lost) {
        lost ||= open && !continues;
        take();
        open = false;
      }
      // The end of a packet whose beginning is not there.
      let headless = continues && !open;
      lost ||= headless;

      const packets: Uint8Array[] = [];
      let from = 0;
      let to = 0;
      const endPiece = (ends: boolean) => {
        // Of a page that was cut, packets that are not all there are left out.
        if (!headless && to <= body.length) add(body.subarray(from, to));
        if (ends && !headless && to <= body.length) packets.push(take());
        if (ends) headless = false;
        from = to;
      };
      for (const size of lacing) {
        to += size;
        if (size < 255) endPiece(true);
      }
      const unfinished = lacing.length > 0 && lacing[lacing.length - 1] === 255;
      if (unfinished) endPiece(false);
      open = unfinished && !headless;
      // What goes on must outlive this page.
      pieces = pieces.map((piece) => piece.slice());
      return { packets, lost };
    },
  };
}
