// Runs in the page before anything of its own: when its frames were begun, and how long its long tasks took, between
// `begin` and `end`. All in milliseconds.

let frames = [];
let longTasks = [];

function onFrame(time) {
  frames.push(time);
  requestAnimationFrame(onFrame);
}
requestAnimationFrame(onFrame);

const note = (entries) => longTasks.push(...entries.map(({ duration }) => duration));
const observer = new PerformanceObserver((list) => note(list.getEntries()));
observer.observe({ type: 'longtask' });

globalThis.recorder = {
  begin() {
    observer.takeRecords();
    frames = [];
    longTasks = [];
  },
  end() {
    note(observer.takeRecords());
    return { frames, longTasks };
  },
};
