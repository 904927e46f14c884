// Results for those who listen to the page: the newest, no more often than it can be read out.

const pause = 1500;

export interface Announcer {
  say(text: string): void;
}

export function createAnnouncer(region: HTMLElement): Announcer {
  let waiting = '';
  let isPausing = false;

  function next(): void {
    isPausing = waiting !== '';
    if (!isPausing) return;
    region.textContent = waiting;
    waiting = '';
    setTimeout(next, pause);
  }
  return {
    say(text) {
      waiting = text === region.textContent ? '' : text;
      if (!isPausing) next();
    },
  };
}
