/** Does a task after all before it, whether those succeed or not. */
export type InTurn = <Result>(task: () => Promise<Result>) => Promise<Result>;

/** A queue: its tasks are done one at a time. */
export function createTurns(): InTurn {
  let last: Promise<unknown> = Promise.resolve();
  return (task) => {
    const result = last.then(task);
    last = result.catch(() => {});
    return result;
  };
}
