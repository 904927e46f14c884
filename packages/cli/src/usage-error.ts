/** A command line that is wrong, whatever the files hold, and that only a command can tell: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
