// Plays what was given, and tells where it is: the picture has a line there, and a long sound's labels are
// those of that place.

export interface PlayerElements {
  readonly button: HTMLButtonElement;
  readonly position: HTMLInputElement;
  readonly playheads: readonly HTMLElement[];
}

export interface Player {
  /** Takes a new sound. `seekable` shows the slider. */
  open(file: Blob, options: { readonly seconds: number; readonly seekable: boolean }): void;
  play(): void;
  /** From there on. */
  playFrom(seconds: number): void;
  close(): void;
}

export function createPlayer(
  { button, position, playheads }: PlayerElements,
  /** Called while it plays or is moved, with seconds; with undefined when it has come to its end. */
  onMove: (seconds: number | undefined) => void,
): Player {
  const audio = new Audio();
  let seconds = 0;
  let url: string | undefined;
  let frame = 0;

  function showPlayheads(shown: boolean): void {
    for (const playhead of playheads) playhead.hidden = !shown;
  }
  function draw(): void {
    const time = audio.currentTime;
    for (const playhead of playheads) {
      playhead.style.transform = `translateX(${100 * Math.min(1, time / seconds)}%)`;
    }
    position.value = `${time}`;
    position.setAttribute('aria-valuetext', `${time.toFixed(1)} of ${seconds.toFixed(1)} seconds`);
  }
  function follow(): void {
    draw();
    onMove(audio.currentTime);
    frame = requestAnimationFrame(follow);
  }
  audio.addEventListener('play', () => {
    button.textContent = 'Pause';
    showPlayheads(true);
    cancelAnimationFrame(frame);
    follow();
  });
  audio.addEventListener('pause', () => {
    button.textContent = 'Play';
    cancelAnimationFrame(frame);
    if (!audio.ended) return;
    showPlayheads(false);
    onMove(undefined);
  });
  // What the browser cannot play may still be heard by the model, which reads more kinds of WAV.
  audio.addEventListener('error', () => {
    button.hidden = true;
  });
  position.addEventListener('input', () => {
    audio.currentTime = Number(position.value);
    showPlayheads(true);
    draw();
    onMove(audio.currentTime);
  });
  const play = () => void audio.play().catch(() => {}); // an error hides the button
  button.addEventListener('click', () => (audio.paused ? play() : audio.pause()));

  function close(): void {
    audio.pause();
    audio.removeAttribute('src');
    if (url) URL.revokeObjectURL(url);
    url = undefined;
    button.hidden = position.hidden = true;
    showPlayheads(false);
  }
  return {
    open(file, options) {
      close();
      seconds = options.seconds;
      url = URL.createObjectURL(file);
      audio.src = url;
      button.hidden = false;
      position.hidden = !options.seekable;
      position.step = seconds > 60 ? '1' : '0.1'; // what an arrow moves it by
      position.max = `${seconds}`;
      position.value = '0';
    },
    play,
    playFrom(from) {
      audio.currentTime = from;
      play();
    },
    close,
  };
}
